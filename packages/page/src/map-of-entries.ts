import type { StoredEntry } from "@imgweigh/core/ledger";
import { escapeText } from "@imgweigh/core/report";
import { FATES, type MapData } from "./data/map-data.ts";

/** Numbers texts in the order in which they are met. */
class Numbers {
  readonly list: string[] = [];
  readonly #known = new Map<string, number>();

  of(text: string): number {
    let number = this.#known.get(text);
    if (number === undefined) {
      number = this.list.push(escapeText(text)) - 1;
      this.#known.set(text, number);
    }
    return number;
  }
}

/** Numbers the paths of entries, parents first. */
class PlaceNumbers {
  readonly names: string[] = [""];
  readonly parents: number[] = [0];
  readonly #directories = new Map<string, number>([["", 0]]);
  readonly #leaves = new Map<string, number>();

  of(path: string): number {
    return this.#find(path.endsWith("/") ? path.slice(0, -1) : path, this.#leaves);
  }

  #find(path: string, known: Map<string, number>): number {
    const place = this.#directories.get(path) ?? known.get(path);
    if (place !== undefined) return place;
    // Not recursive: a hostile path is thousands of directories deep.
    const missing: string[] = [];
    let above = path;
    let parent = 0;
    for (;;) {
      missing.push(above);
      above = above.slice(0, Math.max(above.lastIndexOf("/"), 0));
      const found = this.#directories.get(above) ?? this.#leaves.get(above);
      if (found === undefined) continue;
      parent = found;
      break;
    }
    for (const one of missing.reverse()) {
      this.parents.push(parent);
      parent = this.names.push(escapeText(one.slice(one.lastIndexOf("/") + 1))) - 1;
      (one === path ? known : this.#directories).set(one, parent);
    }
    return parent;
  }
}

/** The columns of a page's map from the entries of an analysis: what weighs nothing is left out. */
export function mapOfEntries(entries: readonly StoredEntry[]): MapData {
  const weighing = entries.filter(({ bytes, blobBytes }) => bytes > 0 || (blobBytes ?? 0) > 0);
  const places = new PlaceNumbers();
  const [owners, categories] = [new Numbers(), new Numbers()];
  const column = (value: (entry: StoredEntry) => number): Uint32Array => Uint32Array.from(weighing, value);
  return {
    place: column(({ path }) => places.of(path)),
    layer: column(({ addedIn }) => addedIn),
    removedIn: column(({ removedIn }) => (removedIn === null ? 0 : removedIn + 1)),
    fate: column(({ fate }) => (fate === null ? FATES.length - 1 : FATES.indexOf(fate))),
    owner: column(({ owner }) => owners.of(owner)),
    category: column(({ category }) => categories.of(category)),
    content: Float64Array.from(weighing, ({ bytes }) => bytes),
    blob: weighing.every(({ blobBytes }) => blobBytes !== null)
      ? Float64Array.from(weighing, ({ blobBytes }) => blobBytes ?? 0)
      : null,
    names: places.names,
    parents: Uint32Array.from(places.parents),
    owners: owners.list,
    categories: categories.list,
  };
}
