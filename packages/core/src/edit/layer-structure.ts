import type { ImageLayer } from "../image/image.ts";
import { type EntryColumns, entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FromAbove } from "../tree/from-above.ts";
import { ownNodeOf } from "../tree/instance.ts";
import { NONE, ROOT } from "../tree/path-tree.ts";
import { StoredDirectories } from "./stored-directories.ts";

/** How the entries of a layer hang together. Directories are numbered; 0 is the root. */
interface LayerStructure {
  /** By entry: the directory that it lies in. */
  readonly directoryOf: Int32Array;
  /** By directory: the one above it, NONE for the root. */
  readonly parents: readonly number[];
  /** By directory: its own entries in the layer; none of the root, which is never emptied, nor of one that is only implied. */
  readonly entriesOf: ReadonlyMap<number, readonly number[]>;
  /** By directory: entries below it, however deep, that are no directories. */
  readonly counts: Int32Array;
}

const structures = new WeakMap<Ledger, (LayerStructure | undefined)[]>();

/** The structure of a layer, worked out once: findings ask for it again and again. */
function structureOf(ledger: Ledger, number: number): LayerStructure {
  let known = structures.get(ledger);
  if (known === undefined) {
    known = [];
    structures.set(ledger, known);
  }
  known[number] ??= readStructure(ledger, number);
  return known[number];
}

function readStructure({ image, squash }: Ledger, number: number): LayerStructure {
  const { entries } = (image.layers[number] as ImageLayer).index;
  const { tree } = squash;
  const { parents: parentNodes } = tree;
  const start = squash.starts[number] as number;
  // Numbered from above: those above a directory have lower numbers than it.
  const parents: number[] = [NONE];
  const numbers = new FromAbove<number>(tree, ROOT, (above) => parents.push(above) - 1);
  const directoryOf = new Int32Array(entries.count);
  const entriesOf = new Map<number, number[]>();
  const counts: number[] = [];
  const nowhere: number[] = [];
  for (let entry = 0; entry < entries.count; entry++) {
    const node = ownNodeOf(squash, start + entry);
    if (node === NONE) nowhere.push(entry);
    if (node <= ROOT) continue;
    const directory = numbers.at(parentNodes[node] as number);
    directoryOf[entry] = directory;
    if (entries.kinds[entry] === KIND.directory) addTo(entriesOf, numbers.at(node), entry);
    else counts[directory] = (counts[directory] ?? 0) + 1;
  }
  placeWhiteouts(entries, nowhere, entriesOf, directoryOf, counts);
  return { directoryOf, parents, entriesOf, counts: withThoseBelow(counts, parents) };
}

/** Whiteouts of what is not there have no place in the tree: they lie in the lowest directory above them that the layer stores. */
function placeWhiteouts(
  entries: EntryColumns,
  whiteouts: readonly number[],
  entriesOf: LayerStructure["entriesOf"],
  directoryOf: Int32Array,
  counts: number[],
): void {
  if (whiteouts.length === 0) return;
  const stored = new StoredDirectories();
  for (const [directory, own] of entriesOf) for (const entry of own) stored.add(entryPath(entries, entry), directory);
  for (const entry of whiteouts) {
    const directory = stored.lowestAbove(entryPath(entries, entry));
    directoryOf[entry] = directory;
    counts[directory] = (counts[directory] ?? 0) + 1;
  }
}

function withThoseBelow(counts: readonly (number | undefined)[], parents: readonly number[]): Int32Array {
  const all = Int32Array.from(parents, (_, directory) => counts[directory] ?? 0);
  // Directories have higher numbers than those above them, so counts are complete before they are passed on.
  for (let directory = parents.length - 1; directory > 0; directory--) {
    const parent = parents[directory] as number;
    all[parent] = (all[parent] as number) + (all[directory] as number);
  }
  return all;
}

function addTo<Key>(lists: Map<Key, number[]>, key: Key, entry: number): void {
  const own = lists.get(key);
  if (own === undefined) lists.set(key, [entry]);
  else own.push(entry);
}

/**
 * Directories of a layer that lost all that lay in them. An engine stores a directory because something in it changed,
 * so those are not stored either; those that were empty before are.
 *
 * @param gone files that go; only directories above them count
 * @param alsoGone their hard links
 * @returns the directories' own entries
 */
function emptiedBy(ledger: Ledger, number: number, gone: readonly number[], alsoGone: readonly number[]): number[] {
  const { directoryOf, parents, entriesOf, counts } = structureOf(ledger, number);
  const { kinds } = (ledger.image.layers[number] as ImageLayer).index.entries;
  const left = new Map<number, number>();
  const above = new Set<number>();
  const take = (entries: readonly number[], isGone: boolean): void => {
    for (let i = 0; i < entries.length; ) {
      const directory = directoryOf[entries[i] as number] as number;
      // Files of one directory mostly follow each other.
      let taken = 0;
      for (; i < entries.length && directoryOf[entries[i] as number] === directory; i++)
        if (kinds[entries[i] as number] !== KIND.directory) taken++;
      for (let at = directory; at > 0; at = parents[at] as number) {
        left.set(at, (left.get(at) ?? (counts[at] as number)) - taken);
        if (isGone) above.add(at);
      }
    }
  };
  take(gone, true);
  take(alsoGone, false);
  return [...above].flatMap((directory) => (left.get(directory) === 0 ? (entriesOf.get(directory) ?? []) : []));
}

/** The entries of a layer that go when it does not store some files: these, hard links to them, and directories that they leave empty. */
export function goneWith(ledger: Ledger, number: number, files: ReadonlySet<number>): ReadonlySet<number> {
  const start = ledger.squash.starts[number] as number;
  const gone = Array.from(files, (instance) => instance - start);
  const links = gone.flatMap((entry) => ledger.links(number).to(entry));
  const all = new Set([...gone, ...links]);
  if (gone.every((entry) => staysBeside(ledger, number, entry, all))) return all;
  for (const directory of emptiedBy(ledger, number, gone, links)) all.add(directory);
  return all;
}

/** Whether something beside an entry stays in the same directory: then neither that one is emptied nor any above it. */
function staysBeside({ image, squash }: Ledger, number: number, entry: number, gone: ReadonlySet<number>): boolean {
  const { kinds, count } = (image.layers[number] as ImageLayer).index.entries;
  const start = squash.starts[number] as number;
  const parentOf = (one: number): number => {
    const node = ownNodeOf(squash, start + one);
    return node <= ROOT ? NONE : (squash.tree.parents[node] as number);
  };
  const stays = (other: number): boolean =>
    other >= 0 &&
    other < count &&
    kinds[other] !== KIND.directory &&
    !gone.has(other) &&
    parentOf(other) === parentOf(entry);
  return parentOf(entry) !== NONE && (stays(entry - 1) || stays(entry + 1));
}
