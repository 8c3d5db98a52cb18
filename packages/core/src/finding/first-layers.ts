import { type ImagePath, parentPath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { DirectoryNumbers } from "../tree/directory-numbers.ts";

/** Which layer had a path first: it was there before every later one. */
export interface FirstLayers {
  readonly directories: FirstDirectories;
  /** Of paths that some whiteout names: the first entry of whatever kind. */
  readonly removed: ReadonlyMap<ImagePath, number>;
}

const known = new WeakMap<Ledger, FirstLayers>();

function entriesOf({ image }: Ledger) {
  return image.layers.map(({ index }) => index.entries);
}

/** Directories, named or implied, and the layers that had them first; the root was there before all. */
class FirstDirectories {
  readonly #numbers = new DirectoryNumbers();
  readonly #layers: number[] = [-1];

  /** To be called in the order of layers. */
  add(path: ImagePath, layer: number): void {
    this.#numbers.numberOf(path);
    while (this.#layers.length < this.#numbers.count) this.#layers.push(layer);
  }

  /** The highest directory above a path that was not there before a layer; null where all were. */
  topSince(path: ImagePath, layer: number): ImagePath | null {
    const { parents } = this.#numbers;
    let top: number | null = null;
    let at = this.#numbers.numberOf(parentPath(path));
    for (; (this.#layers[at] as number) >= layer; at = parents[at] as number) top = at;
    return top === null ? null : this.#numbers.pathOf(top);
  }
}

function directoriesOf(ledger: Ledger): FirstDirectories {
  const directories = new FirstDirectories();
  for (const [layer, entries] of entriesOf(ledger).entries()) {
    let last: ImagePath | null = null;
    for (let i = 0; i < entries.count; i++) {
      const path = entryPath(entries, i);
      const directory = entries.kinds[i] === KIND.directory ? path : parentPath(path);
      // Entries of one directory follow each other.
      if (directory !== last) directories.add(directory, layer);
      last = directory;
    }
  }
  return directories;
}

function removedOf(ledger: Ledger): ReadonlyMap<ImagePath, number> {
  const wanted = new Set<ImagePath>();
  for (const entries of entriesOf(ledger))
    for (let i = 0; i < entries.count; i++) if (entries.kinds[i] === KIND.whiteout) wanted.add(entryPath(entries, i));
  const removed = new Map<ImagePath, number>();
  if (wanted.size === 0) return removed;
  for (const [layer, entries] of entriesOf(ledger).entries())
    for (let i = 0; i < entries.count; i++) {
      const path = entryPath(entries, i);
      if (wanted.has(path) && !removed.has(path)) removed.set(path, layer);
    }
  return removed;
}

/** Found once for an image, however many steps are looked at. */
export function firstLayers(ledger: Ledger): FirstLayers {
  const found = known.get(ledger) ?? { directories: directoriesOf(ledger), removed: removedOf(ledger) };
  known.set(ledger, found);
  return found;
}
