import { CATEGORIES, type Category } from "../category/catalogue.ts";
import { keyOfPath, parentPath, textOfPath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE, ROOT } from "../tree/path-tree.ts";
import { KeyNumbers } from "./key-numbers.ts";
import type { Ledger } from "./ledger.ts";
import { UNOWNED } from "./owner-keys.ts";
import { type Column, type RowSums, sharesOf, sumRows } from "./row-sums.ts";

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

const DEBUG_SYMBOLS: Category = "debug-symbols";

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

/**
 * Groups entries by a key. An entry's header and padding go with it, so entries without content (directories, links,
 * whiteouts) have blob bytes too.
 */
export function groupEntries(ledger: Ledger, keyOf: KeyOf): GroupRow[] {
  const { starts } = ledger.squash;
  const keys = new KeyNumbers();
  const numbers = new Uint32Array(starts.at(-1) ?? 0);
  ledger.image.layers.forEach(({ index }, layer) => {
    const start = starts[layer] as number;
    for (let i = 0; i < index.entries.count; i++) numbers[start + i] = keys.numberOf(keyOf(layer, i, start + i));
  });
  return groupColumn(ledger, { keys: keys.list, numbers });
}

/** Rows that sum to the image. */
function groupColumn(ledger: Ledger, column: Column): GroupRow[] {
  return groupSums(ledger, column.keys, sumRows(ledger, column));
}

/** The same of sums that are there. What belongs to no entry goes to a row that may have the key of another. */
function groupSums(ledger: Ledger, keys: readonly string[], sums: RowSums): GroupRow[] {
  const rows = rowsOf(ledger, keys, sums);
  const overhead = sumOverhead(ledger);
  if (overhead > 0) addOverhead(rows, ledger.blobBytes === null ? null : overhead);
  return rows.sort(bySize);
}

function addOverhead(rows: GroupRow[], blobBytes: number | null): void {
  const same = rows.findIndex(({ key }) => key === FORMAT_OVERHEAD);
  const row = rows[same] ?? { key: FORMAT_OVERHEAD, contentBytes: 0, liveBytes: 0, wastedBytes: 0, blobBytes: 0 };
  const sum = { ...row, blobBytes: blobBytes === null ? null : (row.blobBytes ?? 0) + blobBytes };
  if (same < 0) rows.push(sum);
  else rows[same] = sum;
}

/** Numbers that no entry has are no rows. */
function rowsOf({ blobBytes }: Ledger, keys: readonly string[], sums: RowSums): GroupRow[] {
  const rows: GroupRow[] = [];
  for (let number = 0; number < keys.length; number++) {
    if (sums.used[number] === 0) continue;
    const contentBytes = sums.content[number] as number;
    const liveBytes = sums.live[number] as number;
    rows.push({
      key: keys[number] as string,
      contentBytes,
      liveBytes,
      wastedBytes: contentBytes - liveBytes,
      blobBytes: blobBytes === null ? null : (sums.blob[number] as number),
    });
  }
  return rows;
}

function sumOverhead(ledger: Ledger): number {
  return ledger.layers.reduce((sum, _, layer) => sum + (sharesOf(ledger, layer)?.overheadBytes ?? 0), 0);
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
  const { parents } = tree;
  const keys = new KeyNumbers();
  const numbers = new Uint32Array(nodes.length);
  const numberOfNode = new Map<number, number>();
  // Entries of one directory follow each other.
  let last: number | null = null;
  let number = 0;
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
      const directory = isOpaque ? node : (parents[node] as number);
      if (directory !== last) {
        last = directory;
        number =
          numberOfNode.get(directory) ?? keys.numberOf(directoryKey(directory <= ROOT ? "" : tree.pathOf(directory)));
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
  const unowned = { numbers: owners, number: ownerKeys.indexOf(UNOWNED) };
  const column = directoryColumn(ledger);
  return rowsOf(ledger, column.keys, sumRows(ledger, column, unowned)).sort(bySize);
}

/** One row a category. Debug sections of ELF files are `debug-symbols`, the rest of such a file is what it is. */
export function groupByCategory(ledger: Ledger): GroupRow[] {
  const sums = sumRows(ledger, { keys: CATEGORIES, numbers: ledger.attribution.categories });
  moveDebugBytes(ledger, sums);
  return groupSums(ledger, CATEGORIES, sums);
}

/** Blob bytes go with them in proportion. */
function moveDebugBytes(ledger: Ledger, { content, live, blob, used }: RowSums): void {
  const { categories, debugBytes } = ledger.attribution;
  const { starts, fates } = ledger.squash;
  const to = CATEGORIES.indexOf(DEBUG_SYMBOLS);
  const move = (sums: Float64Array, from: number, bytes: number): void => {
    sums[from] = (sums[from] as number) - bytes;
    sums[to] = (sums[to] as number) + bytes;
  };
  for (const [instance, bytes] of debugBytes) {
    const layer = layerOfInstance(starts, instance);
    const entry = instance - (starts[layer] as number);
    const size = ledger.image.layers[layer]?.index.entries.sizes[entry] as number;
    const blobBytes = sharesOf(ledger, layer)?.entryBytes[entry] ?? 0;
    const from = categories[instance] as number;
    used[to] = 1;
    move(content, from, bytes);
    move(blob, from, Math.floor((blobBytes * bytes) / size));
    if (fates[instance] === FATE.live) move(live, from, bytes);
  }
}

/** `base` and `yours`, by the layer that stores the bytes. */
export function groupByBase(ledger: Ledger): GroupRow[] {
  return groupLayers(ledger, (layer) => (layer < ledger.attribution.base.layers ? "base" : "yours"));
}

/** Two directories must not share a key because both have names that are not UTF-8. */
function directoryKey(path: string): string {
  return keyOfPath(textOfPath(path));
}
