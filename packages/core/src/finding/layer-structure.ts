import type { ImageLayer } from "../image/image.ts";
import type { ImagePath } from "../image-path.ts";
import { entryLink, entryPath, KIND } from "../layer/layer-index.ts";
import { ParentReader } from "../layer/parent-reader.ts";
import { DirectoryNumbers } from "./directory-numbers.ts";

/** How the entries of a layer hang together. Directories are numbered; 0 is the root. */
interface LayerStructure {
  /** By entry: the directory that it lies in. */
  readonly directoryOf: Int32Array;
  /** By directory: the one above it, -1 for the root. */
  readonly parents: readonly number[];
  /** By directory: its own entries in the layer; none where it is only implied. */
  readonly entriesOf: readonly (readonly number[])[];
  /** By directory: entries below it, however deep, that are no directories. */
  readonly counts: readonly number[];
}

const structures = new WeakMap<ImageLayer, LayerStructure>();

/** The structure of a layer, worked out once: findings ask for it again and again. */
function structureOf(layer: ImageLayer): LayerStructure {
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
  const reader = new ParentReader(entries);
  let directory = 0;
  for (let entry = 0; entry < entries.count; entry++) {
    if (!reader.moveTo(entry)) directory = numberOf(reader.path);
    directoryOf[entry] = directory;
    if (entries.kinds[entry] === KIND.directory) {
      const path = entryPath(entries, entry);
      // The root has no directory above it, and is never emptied.
      if (path !== "") entriesOf[numberOf(path)]?.push(entry);
    } else counts[directory] = (counts[directory] as number) + 1;
  }
  // Directories have higher numbers than those above them, so counts are complete before they are passed on.
  for (let directory = parents.length - 1; directory > 0; directory--) {
    const parent = parents[directory] as number;
    counts[parent] = (counts[parent] as number) + (counts[directory] as number);
  }
  return { directoryOf, parents, entriesOf, counts };
}

/** Hard links of a layer, by the path that they lead to. */
type Links = ReadonlyMap<ImagePath, readonly number[]>;

const links = new WeakMap<ImageLayer, Links>();

function linksOf(layer: ImageLayer): Links {
  const known = links.get(layer);
  if (known !== undefined) return known;
  const { entries } = layer.index;
  const found = new Map<ImagePath, number[]>();
  for (let entry = entries.kinds.indexOf(KIND.hardLink); entry >= 0 && entry < entries.count; entry++) {
    if (entries.kinds[entry] !== KIND.hardLink) continue;
    const target = entryLink(entries, entry);
    const own = found.get(target);
    if (own === undefined) found.set(target, [entry]);
    else own.push(entry);
  }
  links.set(layer, found);
  return found;
}

/** Hard links that go with the files they lead to. */
export function linksTo(layer: ImageLayer, gone: Iterable<number>): number[] {
  const targets = linksOf(layer);
  if (targets.size === 0) return [];
  return [...gone].flatMap((entry) => targets.get(entryPath(layer.index.entries, entry)) ?? []);
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
