import type { ImageLayer } from "../image/image.ts";
import { type ImagePath, parentPath } from "../image-path.ts";
import { entryLink, KIND, pathReader } from "../layer/layer-index.ts";
import { DirectoryNumbers } from "../tree/directory-numbers.ts";

/** How the entries of a layer hang together. Directories are numbered; 0 is the root. */
export interface LayerStructure {
  /** By entry: the directory that it lies in. */
  readonly directoryOf: Int32Array;
  /** By directory: the one above it, -1 for the root. */
  readonly parents: readonly number[];
  /** By directory: its own entries in the layer; none where it is only implied. */
  readonly entriesOf: readonly (readonly number[])[];
  /** By directory: entries below it, however deep, that are no directories. */
  readonly counts: readonly number[];
  /** Entries that are hard links, by the path that they lead to. */
  readonly links: ReadonlyMap<ImagePath, readonly number[]>;
}

const structures = new WeakMap<ImageLayer, LayerStructure>();

/** The structure of a layer, worked out once: findings ask for it again and again. */
export function structureOf(layer: ImageLayer): LayerStructure {
  const known = structures.get(layer);
  if (known !== undefined) return known;
  const structure = readStructure(layer);
  structures.set(layer, structure);
  return structure;
}

function readStructure({ index: { entries } }: ImageLayer): LayerStructure {
  const numbers = new DirectoryNumbers();
  const { parents } = numbers;
  const entriesOf: number[][] = [[]];
  const counts = [0];
  const numberOf = (path: ImagePath): number => {
    const number = numbers.numberOf(path);
    while (counts.length < numbers.count) {
      entriesOf.push([]);
      counts.push(0);
    }
    return number;
  };
  const directoryOf = new Int32Array(entries.count);
  const links = new Map<ImagePath, number[]>();
  const pathOf = pathReader(entries);
  let [lastPath, directory]: [ImagePath, number] = ["", 0];
  for (let entry = 0; entry < entries.count; entry++) {
    const path = pathOf(entry);
    const parent = parentPath(path);
    // Entries of one directory follow each other.
    if (parent !== lastPath) [lastPath, directory] = [parent, numberOf(parent)];
    directoryOf[entry] = directory;
    if (entries.kinds[entry] === KIND.directory) {
      // The root has no directory above it, and is never emptied.
      if (path !== "") entriesOf[numberOf(path)]?.push(entry);
      continue;
    }
    counts[directory] = (counts[directory] as number) + 1;
    if (entries.kinds[entry] !== KIND.hardLink) continue;
    const target = entryLink(entries, entry);
    const known = links.get(target);
    if (known === undefined) links.set(target, [entry]);
    else known.push(entry);
  }
  // Directories have higher numbers than those above them, so counts are complete before they are passed on.
  for (let directory = parents.length - 1; directory > 0; directory--) {
    const parent = parents[directory] as number;
    counts[parent] = (counts[parent] as number) + (counts[directory] as number);
  }
  return { directoryOf, parents, entriesOf, counts, links };
}

/** Hard links that go with the files they lead to. */
export function linksTo(layer: ImageLayer, gone: Iterable<number>): number[] {
  const { links } = structureOf(layer);
  if (links.size === 0) return [];
  const pathOf = pathReader(layer.index.entries);
  return [...gone].flatMap((entry) => links.get(pathOf(entry)) ?? []);
}

/**
 * Directories of a layer that lost all that lay in them. An engine stores a directory because something in it changed,
 * so those are not stored either; those that were empty before are.
 *
 * @param gone files that go; only directories above them count
 * @param alsoGone their hard links
 * @returns the directories' own entries
 */
export function emptiedBy(layer: ImageLayer, gone: readonly number[], alsoGone: readonly number[]): number[] {
  const { directoryOf, parents, entriesOf, counts } = structureOf(layer);
  const left = new Map<number, number>();
  const above = new Set<number>();
  const { kinds } = layer.index.entries;
  const take = (entry: number, isGone: boolean): void => {
    const weight = kinds[entry] === KIND.directory ? 0 : 1;
    for (let at = directoryOf[entry] as number; at > 0; at = parents[at] as number) {
      left.set(at, (left.get(at) ?? (counts[at] as number)) - weight);
      if (isGone) above.add(at);
    }
  };
  for (const entry of gone) take(entry, true);
  for (const entry of alsoGone) take(entry, false);
  return [...above].flatMap((directory) => (left.get(directory) === 0 ? (entriesOf[directory] ?? []) : []));
}
