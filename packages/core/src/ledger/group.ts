import { CATEGORIES, type Category } from "../category/catalogue.ts";
import { keyOfPath, parentPath, textOfPath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { NONE, ROOT } from "../tree/path-tree.ts";
import { KeyNumbers } from "./key-numbers.ts";
import type { Ledger } from "./ledger.ts";
import { UNOWNED } from "./owner-keys.ts";

/** One row of a grouping. Each grouping sums to the image, in every column that is known. */
export interface GroupRow {
  readonly key: string;
  readonly contentBytes: number;
  readonly liveBytes: number;
  readonly wastedBytes: number;
  /** null where a layer of the image has no known blob size. */
  readonly blobBytes: number | null;
}

/** Blob bytes of tar ends, tables of contents and trailers, in groupings whose rows are made of entries. */
export const FORMAT_OVERHEAD = "[format overhead]";
/** Layers of which the history says nothing. */
export const NO_INSTRUCTION = "[no instruction]";

interface MutableRow {
  readonly key: string;
  contentBytes: number;
  liveBytes: number;
  wastedBytes: number;
  blobBytes: number;
}

function emptyRow(key: string): MutableRow {
  return { key, contentBytes: 0, liveBytes: 0, wastedBytes: 0, blobBytes: 0 };
}

function finish(rows: Iterable<MutableRow>, { blobBytes }: Ledger): GroupRow[] {
  return Array.from(rows, (row) => ({ ...row, blobBytes: blobBytes === null ? null : row.blobBytes }));
}

/** Content bytes, the largest first; then by key in code-unit order. */
function bySize(a: GroupRow, b: GroupRow): number {
  if (a.contentBytes !== b.contentBytes) return b.contentBytes - a.contentBytes;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** Groups whole layers. Rows stand in the order in which their keys first come. */
function groupLayers(ledger: Ledger, keyOf: (layer: number) => string): GroupRow[] {
  const rows = new Map<string, MutableRow>();
  ledger.layers.forEach((layer, i) => {
    const key = keyOf(i);
    const row = rows.get(key) ?? emptyRow(key);
    rows.set(key, row);
    row.contentBytes += layer.contentBytes;
    row.liveBytes += layer.fates.live;
    row.wastedBytes += layer.contentBytes - layer.fates.live;
    row.blobBytes += layer.blobBytes ?? 0;
  });
  return finish(rows.values(), ledger);
}

/** One row a layer, keyed by its number. */
export function groupByLayer(ledger: Ledger): GroupRow[] {
  return groupLayers(ledger, String);
}

/** One row an instruction, keyed by its number in the history and its text. */
export function groupByInstruction(ledger: Ledger): GroupRow[] {
  const { layers } = ledger.image.history;
  return groupLayers(ledger, (i) => {
    const origin = layers[i];
    if (!origin || origin.historyIndex === null || origin.instruction === null) return NO_INSTRUCTION;
    return `${origin.historyIndex} ${origin.instruction.text}`;
  });
}

/** Which row an entry's bytes go to. */
export type KeyOf = (layer: number, entry: number, instance: number) => string;

/** Which row each entry's bytes go to, by instance: the number of a key. */
interface Column {
  readonly keys: readonly string[];
  readonly numbers: ArrayLike<number>;
}

/** A part of a file's bytes that goes to a row of its own. */
export interface Part {
  readonly key: string;
  readonly bytesOf: (instance: number) => number;
}

/**
 * Groups entries by a key. An entry's header and padding go with it, so entries without content (directories, links,
 * whiteouts) have blob bytes too.
 */
export function groupEntries(ledger: Ledger, keyOf: KeyOf, part: Part | null = null): GroupRow[] {
  const { starts } = ledger.squash;
  const keys = new KeyNumbers();
  const numbers = new Uint32Array(starts.at(-1) ?? 0);
  ledger.image.layers.forEach(({ index }, layer) => {
    const start = starts[layer] as number;
    for (let i = 0; i < index.entries.count; i++) numbers[start + i] = keys.numberOf(keyOf(layer, i, start + i));
  });
  return groupColumn(ledger, { keys: keys.list, numbers }, part);
}

/** @param keep leaves entries out; then the rows no longer sum to the image */
function groupColumn(
  ledger: Ledger,
  { keys, numbers }: Column,
  part: Part | null = null,
  keep: ((instance: number) => boolean) | null = null,
): GroupRow[] {
  const { starts, fates } = ledger.squash;
  const rows: MutableRow[] = [];
  const others = new Map<string, MutableRow>();
  ledger.image.layers.forEach(({ index, blob }, layer) => {
    const { kinds, sizes, count } = index.entries;
    const start = starts[layer] as number;
    const shares = ledger.layers[layer]?.blobBytes === null ? null : blob.shares;
    for (let i = 0; i < count; i++) {
      const instance = start + i;
      if (keep !== null && !keep(instance)) continue;
      const isLive = fates[instance] === FATE.live;
      const content = kinds[i] === KIND.regular ? (sizes[i] as number) : 0;
      const blobBytes = shares === null ? 0 : (shares.entryBytes[i] as number);
      const partBytes = part === null || content === 0 ? 0 : part.bytesOf(instance);
      const partBlob = partBytes === 0 ? 0 : Math.floor((blobBytes * partBytes) / content);
      const number = numbers[instance] as number;
      rows[number] ??= emptyRow(keys[number] as string);
      addBytes(rows[number], content - partBytes, blobBytes - partBlob, isLive);
      if (part !== null && partBytes > 0) addBytes(rowOf(others, part.key), partBytes, partBlob, isLive);
    }
    if (shares !== null && shares.overheadBytes > 0 && keep === null)
      rowOf(others, FORMAT_OVERHEAD).blobBytes += shares.overheadBytes;
  });
  return finish(mergeRows(rows, others), ledger).sort(bySize);
}

function rowOf(rows: Map<string, MutableRow>, key: string): MutableRow {
  let row = rows.get(key);
  if (row === undefined) {
    row = emptyRow(key);
    rows.set(key, row);
  }
  return row;
}

/** A row of parts may have the key of another. Numbers that no entry has are holes. */
function mergeRows(rows: readonly MutableRow[], others: ReadonlyMap<string, MutableRow>): MutableRow[] {
  const left = new Map(others);
  const merged = rows.filter((row) => row !== undefined);
  for (const row of merged) {
    const other = left.get(row.key);
    if (other === undefined) continue;
    left.delete(row.key);
    row.contentBytes += other.contentBytes;
    row.liveBytes += other.liveBytes;
    row.wastedBytes += other.wastedBytes;
    row.blobBytes += other.blobBytes;
  }
  return [...merged, ...left.values()];
}

function addBytes(row: MutableRow, contentBytes: number, blobBytes: number, isLive: boolean): void {
  row.contentBytes += contentBytes;
  row.blobBytes += blobBytes;
  if (isLive) row.liveBytes += contentBytes;
  else row.wastedBytes += contentBytes;
}

const directories = new WeakMap<Ledger, Column>();

/** The directory that each entry lies in, as text; made once for an image. */
function directoryColumn(ledger: Ledger): Column {
  let column = directories.get(ledger);
  if (column === undefined) {
    column = readDirectories(ledger);
    directories.set(ledger, column);
  }
  return column;
}

function readDirectories({ image, squash: { tree, nodes, starts } }: Ledger): Column {
  const keys = new KeyNumbers();
  const numbers = new Uint32Array(nodes.length);
  const numberOfNode = new Map<number, number>();
  image.layers.forEach(({ index: { entries } }, layer) => {
    const start = starts[layer] as number;
    for (let i = 0; i < entries.count; i++) {
      const node = nodes[start + i] as number;
      // An opaque marker lies in the directory that it names.
      const isOpaque = entries.kinds[i] === KIND.opaque;
      if (node === NONE) {
        const path = entryPath(entries, i);
        numbers[start + i] = keys.numberOf(directoryKey(isOpaque ? path : parentPath(path)));
        continue;
      }
      const directory = isOpaque ? node : (tree.parents[node] as number);
      let number = numberOfNode.get(directory);
      if (number === undefined) {
        number = keys.numberOf(directoryKey(directory <= ROOT ? "" : tree.pathOf(directory)));
        numberOfNode.set(directory, number);
      }
      numbers[start + i] = number;
    }
  });
  return { keys: keys.list, numbers };
}

/** One row a directory: what lies directly in it, not below it. */
export function groupByDirectory(ledger: Ledger): GroupRow[] {
  return groupColumn(ledger, directoryColumn(ledger));
}

/** One row a package, `[unowned]`, `[package-state]`. */
export function groupByPackage(ledger: Ledger): GroupRow[] {
  const { owners, ownerKeys } = ledger.attribution;
  return groupColumn(ledger, { keys: ownerKeys, numbers: owners });
}

/** What no package owns, one row a directory: breaks the row `[unowned]` of {@link groupByPackage} down. */
export function listUnowned(ledger: Ledger): GroupRow[] {
  const { owners, ownerKeys } = ledger.attribution;
  const unowned = ownerKeys.indexOf(UNOWNED);
  return groupColumn(ledger, directoryColumn(ledger), null, (instance) => owners[instance] === unowned);
}

/** One row a category. Debug sections of ELF files are `debug-symbols`, the rest of such a file is what it is. */
export function groupByCategory(ledger: Ledger): GroupRow[] {
  const { categories, debugBytes } = ledger.attribution;
  const key: Category = "debug-symbols";
  const part = { key, bytesOf: (instance: number) => debugBytes.get(instance) ?? 0 };
  return groupColumn(ledger, { keys: CATEGORIES, numbers: categories }, debugBytes.size === 0 ? null : part);
}

/** `base` and `yours`, by the layer that stores the bytes. */
export function groupByBase(ledger: Ledger): GroupRow[] {
  return groupLayers(ledger, (layer) => (layer < ledger.attribution.base.layers ? "base" : "yours"));
}

/** Two directories must not share a key because both have names that are not UTF-8. */
function directoryKey(path: string): string {
  return keyOfPath(textOfPath(path));
}
