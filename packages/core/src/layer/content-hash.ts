import { type EntryColumns, HASH_BYTES, KIND } from "./layer-index.ts";

const known = new WeakMap<EntryColumns, Uint32Array>();

/** Where the hash of each regular file stands among the layer's; counted once for a layer. */
function rowsOf(entries: EntryColumns): Uint32Array {
  let rows = known.get(entries);
  if (rows === undefined) {
    const { kinds, count } = entries;
    rows = new Uint32Array(count);
    for (let i = 0, row = 0; i < count; i++) if (kinds[i] === KIND.regular) rows[i] = row++;
    known.set(entries, rows);
  }
  return rows;
}

/** SHA-256 of a regular file, a view of the layer's column; null for anything else, and where contents were not read. */
export function contentHash(entries: EntryColumns, entry: number): Uint8Array | null {
  if (entries.hashes === null || entries.kinds[entry] !== KIND.regular) return null;
  const at = HASH_BYTES * (rowsOf(entries)[entry] as number);
  return entries.hashes.subarray(at, at + HASH_BYTES);
}

/** The same in hex. */
export function contentHashText(entries: EntryColumns, entry: number): string | null {
  const hash = contentHash(entries, entry);
  return hash === null ? null : Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("hex");
}
