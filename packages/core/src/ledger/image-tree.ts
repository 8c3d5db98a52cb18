import { ImgweighError } from "../errors.ts";
import { type ImagePath, pathFromText, textOfPath } from "../image-path.ts";
import { NONE, ROOT } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import { LayerChanges } from "./layer-changes.ts";
import type { Ledger } from "./ledger.ts";
import type { PlaceSums } from "./place-sums.ts";
import type { Places } from "./places.ts";
import { nameMatcher } from "./search-names.ts";
import { TreePlace } from "./tree-place.ts";
import { TreeTable } from "./tree-table.ts";

/**
 * What people ask of the tree of an image: what lies in a directory and what it costs with all below it, what a layer
 * changed there, where files of some name are. Every path that any layer had is one place in it, also those that are
 * gone. Made once for an image, it answers without going through its entries again.
 */
export class ImageTree {
  readonly ledger: Ledger;
  /** The paths, numbered. */
  readonly places: Places;
  /** What is stored at and below each, in columns by its number. */
  readonly sums: PlaceSums;
  readonly #table: TreeTable;
  readonly #changes = new Map<number, LayerChanges>();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.#table = new TreeTable(ledger);
    this.places = this.#table.places;
    this.sums = this.#table.sums;
  }

  /** The root of the image: the sums of everything but `[format overhead]`. */
  get root(): TreePlace {
    return this.place(ROOT);
  }

  /** A place by its number: a whole one from 0 to before `places.count`, the same as long as the tree is. */
  place(number: number): TreePlace {
    return new TreePlace(this.#table, number);
  }

  /**
   * The place of a path as inside a container. Symlinks on the way and at its end are followed as far as they lead to
   * what is there; what is gone is found under the path that it had.
   *
   * @throws {ImgweighError} PATH_NOT_FOUND where no layer ever had it
   */
  at(path: string): TreePlace {
    const number = this.#find(pathFromText(path));
    if (number !== NONE) return this.place(number);
    throw new ImgweighError("PATH_NOT_FOUND", `no layer of the image has ${textOfPath(pathFromText(path)).path}`, {
      hint: "paths are those inside the container; imgweigh tree shows the large ones",
    });
  }

  /** What one layer changed, by place; worked out when it is first asked for. @throws {RangeError} where there is no such layer */
  changesIn(layer: number): LayerChanges {
    let changes = this.#changes.get(layer);
    if (changes === undefined) {
      changes = new LayerChanges(this.ledger, this.places, layer);
      this.#changes.set(layer, changes);
    }
    return changes;
  }

  /**
   * Places by their names, live and gone, directories before what lies in them.
   *
   * @param text what the name contains, in any case where it is all lower case; with `*` or `?` a glob for all of the
   *   name; with a slash, the same of the path
   */
  *search(text: string): Generator<TreePlace, void, undefined> {
    const matches = nameMatcher(text);
    for (let place = 1; place < this.places.count; place++) if (matches(this.places, place)) yield this.place(place);
  }

  #find(path: ImagePath): number {
    const { tree } = this.places;
    for (let end = path.length; ; end = path.lastIndexOf("/", end - 1)) {
      const node = end <= 0 ? ROOT : follow(tree, path.slice(0, end));
      if (node === NONE) continue;
      let place = this.places.ofNode[node] as number;
      const rest = path.slice(Math.max(end, 0)).split("/");
      for (const name of rest) if (name !== "" && place !== NONE) place = this.places.child(place, name);
      return place;
    }
  }
}
