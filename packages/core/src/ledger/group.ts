import { CATEGORIES, type Category } from "../category/catalogue.ts";
import { type Column, KeyNumbers } from "./key-numbers.ts";
import type { Ledger } from "./ledger.ts";
import { UNOWNED } from "./owner-keys.ts";
import { type RowSums, sumRows } from "./row-sums.ts";

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
  const keys = new KeyNumbers();
  const numbers = new Uint32Array(ledger.count);
  for (const { layer, first, count } of ledger.rows)
    for (let i = 0; i < count; i++) numbers[first + i] = keys.numberOf(keyOf(layer, i, first + i));
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
  return ledger.layers.reduce((sum, { overheadBytes }) => sum + (overheadBytes ?? 0), 0);
}

/** One row a directory: what lies directly in it, not below it. */
export function groupByDirectory(ledger: Ledger): GroupRow[] {
  return groupColumn(ledger, ledger.directories);
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
  const column = ledger.directories;
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
  const to = CATEGORIES.indexOf(DEBUG_SYMBOLS);
  const move = (sums: Float64Array, from: number, bytes: number): void => {
    sums[from] = (sums[from] as number) - bytes;
    sums[to] = (sums[to] as number) + bytes;
  };
  for (const [instance, bytes] of debugBytes) {
    const file = ledger.entry(instance);
    const from = categories[instance] as number;
    used[to] = 1;
    move(content, from, bytes);
    move(blob, from, Math.floor(((file.blobBytes ?? 0) * bytes) / file.bytes));
    if (file.isLive) move(live, from, bytes);
  }
}

/** `base` and `yours`, by the layer that stores the bytes. */
export function groupByBase(ledger: Ledger): GroupRow[] {
  return groupLayers(ledger, (layer) => (layer < ledger.attribution.base.layers ? "base" : "yours"));
}
