import type { BlobRecord, CapturedFile, LayerIndex } from "../layer/layer-index.ts";
import { isObject } from "../oci/json.ts";
import type { Column, Entry } from "./entry-format.ts";
import { areCounts, isCount } from "./shape.ts";
import { areSoundFacts, isSoundIndex } from "./sound-index.ts";

/** [request, entry, bytes, truncated] of a captured file; its contents stand in a column with those of the others. */
type CaptureRow = readonly [string, number, number, boolean];

/** A layer as a file of the cache holds it. */
export function layerEntry({ entries, captures, ...rest }: LayerIndex): Entry {
  const { count, hashes, ...columns } = entries;
  const rows: CaptureRow[] = captures.map((file) => [file.request, file.entry, file.content.length, file.truncated]);
  const contents = new Uint8Array(Buffer.concat(captures.map(({ content }) => content)));
  return {
    meta: { ...rest, count, captures: rows },
    columns: { ...columns, ...(hashes !== null && { hashes }), captures: contents },
  };
}

/**
 * The layer that an entry holds, its columns and captured files being views of the entry's bytes. null where it does
 * not hold together: whoever wrote it, nothing later trips over it.
 */
export function readLayerEntry({ meta, columns }: Entry): LayerIndex | null {
  if (!isObject(meta)) return null;
  const { count, captures: rows, ...rest } = meta;
  const captures = readCaptures(rows, columns["captures"]);
  if (captures === null || !areSoundFacts(rest["binaries"], rest["archives"])) return null;
  const { captures: _, ...own } = columns;
  const index = { ...rest, entries: { hashes: null, ...own, count }, captures } as unknown as LayerIndex;
  return isSoundIndex(index) ? index : null;
}

function readCaptures(rows: unknown, contents: Column | undefined): CapturedFile[] | null {
  if (!Array.isArray(rows) || !(contents instanceof Uint8Array)) return null;
  const files: CapturedFile[] = [];
  let at = 0;
  for (const row of rows as unknown[]) {
    const [request, entry, bytes, truncated] = Array.isArray(row) ? (row as unknown[]) : [];
    if (typeof request !== "string" || !isCount(entry) || !isCount(bytes) || typeof truncated !== "boolean")
      return null;
    files.push({ request, entry, content: contents.subarray(at, at + bytes), truncated });
    at += bytes;
  }
  return at === contents.length ? files : null;
}

/** A blob's own record, with the layer that it inflates to. */
export function blobEntry({ shares, ...rest }: BlobRecord, diffId: string | null): Entry {
  const columns: Record<string, Column> = shares === null ? {} : { entryBytes: shares.entryBytes };
  return { meta: { ...rest, diffId, overheadBytes: shares?.overheadBytes ?? null }, columns };
}

/** The record that an entry holds, where it is one of this layer's; else null. */
export function readBlobEntry({ meta, columns }: Entry, index: LayerIndex): BlobRecord | null {
  if (!isObject(meta)) return null;
  const { digest, compression, blobBytes, diffId, overheadBytes } = meta;
  if (diffId !== index.diffId || !isCount(blobBytes) || (digest !== null && typeof digest !== "string")) return null;
  if (compression !== "none" && compression !== "gzip" && compression !== "zstd") return null;
  const record = { digest: digest as BlobRecord["digest"], compression, blobBytes } as const;
  const { entryBytes } = columns;
  if (overheadBytes === null) return entryBytes === undefined ? { ...record, shares: null } : null;
  if (!isCount(overheadBytes) || !(entryBytes instanceof Float64Array)) return null;
  if (entryBytes.length !== index.entries.count || !areCounts(entryBytes)) return null;
  let sum = overheadBytes;
  for (const bytes of entryBytes) sum += bytes;
  return sum === blobBytes ? { ...record, shares: { entryBytes, overheadBytes } } : null;
}
