import type { ImagePath } from "../image-path.ts";
import { NONE, ROOT } from "../tree/path-tree.ts";

interface Place {
  /** The directory's number; NONE where it only lies on the way to one. */
  directory: number;
  readonly below: Map<string, Place>;
}

/** Directories that a layer stores, by their names one below the other: a path is walked once, however deep it is. */
export class StoredDirectories {
  readonly #root: Place = { directory: ROOT, below: new Map() };

  add(path: ImagePath, directory: number): void {
    let place = this.#root;
    for (const name of path.split("/")) {
      let next = place.below.get(name);
      if (next === undefined) {
        next = { directory: NONE, below: new Map() };
        place.below.set(name, next);
      }
      place = next;
    }
    place.directory = directory;
  }

  /** The directory closest to a path, but for the path itself; the root where there is no other. */
  lowestAbove(path: ImagePath): number {
    let place: Place | undefined = this.#root;
    let lowest: number = ROOT;
    for (const name of path.split("/").slice(0, -1)) {
      place = place.below.get(name);
      if (place === undefined) break;
      if (place.directory !== NONE) lowest = place.directory;
    }
    return lowest;
  }
}
