import { parentPath, textOfPath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Ledger } from "./ledger.ts";

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

/**
 * Groups entries by a key. An entry's header and padding go with it, so entries without content (directories, links,
 * whiteouts) have blob bytes too.
 */
export function groupEntries(
  ledger: Ledger,
  keyOf: (layer: number, entry: number, instance: number) => string,
): GroupRow[] {
  const rows = new Map<string, MutableRow>();
  const rowOf = (key: string): MutableRow => {
    let row = rows.get(key);
    if (row === undefined) {
      row = emptyRow(key);
      rows.set(key, row);
    }
    return row;
  };
  ledger.image.layers.forEach(({ index, blob }, layer) => {
    const { kinds, sizes, count } = index.entries;
    const start = ledger.squash.starts[layer] as number;
    const shares = ledger.layers[layer]?.blobBytes === null ? null : blob.shares;
    for (let i = 0; i < count; i++) {
      const row = rowOf(keyOf(layer, i, start + i));
      if (shares !== null) row.blobBytes += shares.entryBytes[i] as number;
      if (kinds[i] !== KIND.regular) continue;
      const bytes = sizes[i] as number;
      row.contentBytes += bytes;
      if (ledger.squash.fates[start + i] === FATE.live) row.liveBytes += bytes;
      else row.wastedBytes += bytes;
    }
    if (shares !== null && shares.overheadBytes > 0) rowOf(FORMAT_OVERHEAD).blobBytes += shares.overheadBytes;
  });
  return finish(rows.values(), ledger).sort(bySize);
}

/** One row a directory: what lies directly in it, not below it. */
export function groupByDirectory(ledger: Ledger): GroupRow[] {
  const { tree, nodes } = ledger.squash;
  const textOfNode = new Map<number, string>();
  return groupEntries(ledger, (layer, i, instance) => {
    const node = nodes[instance] as number;
    const { entries } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index;
    if (node === NONE) {
      const path = entryPath(entries, i);
      return directoryText(entries.kinds[i] === KIND.opaque ? path : parentPath(path));
    }
    // An opaque marker lies in the directory that it names.
    const directory = entries.kinds[i] === KIND.opaque ? node : (tree.parents[node] as number);
    let text = textOfNode.get(directory);
    if (text === undefined) {
      text = directoryText(directory <= 0 ? "" : tree.pathOf(directory));
      textOfNode.set(directory, text);
    }
    return text;
  });
}

/** Two directories must not share a key because both have names that are not UTF-8. */
function directoryText(path: string): string {
  const { path: text, pathBase64 } = textOfPath(path);
  return pathBase64 === undefined ? text : `${text} [base64 ${pathBase64}]`;
}
