import { type ImagePath, parentPath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** Which layer had a path first: it was there before every later one. */
export interface FirstLayers {
  /** Of directories, named or implied; the root was there before all. */
  readonly directories: ReadonlyMap<ImagePath, number>;
  /** Of paths that some whiteout names: the first entry of whatever kind. */
  readonly removed: ReadonlyMap<ImagePath, number>;
}

const known = new WeakMap<Ledger, FirstLayers>();

function entriesOf({ image }: Ledger) {
  return image.layers.map(({ index }) => index.entries);
}

function directoriesOf(ledger: Ledger): ReadonlyMap<ImagePath, number> {
  const directories = new Map<ImagePath, number>([["", -1]]);
  for (const [layer, entries] of entriesOf(ledger).entries())
    for (let i = 0; i < entries.count; i++) {
      const path = entryPath(entries, i);
      const start = entries.kinds[i] === KIND.directory ? path : parentPath(path);
      for (let at = start; !directories.has(at); at = parentPath(at)) directories.set(at, layer);
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
