import { type EntryColumns, HASH_BYTES, KIND } from "./layer-index.ts";

/** The hashes of a layer's regular files. */
interface HashColumn {
  readonly bytes: Buffer;
  /** By entry: where its hash begins. */
  readonly offsets: Uint32Array;
}

const columns = new WeakMap<EntryColumns, HashColumn>();

/** Where the hash of each regular file stands, counted once for a layer; null where contents were not read. */
function columnOf(entries: EntryColumns): HashColumn | null {
  const { kinds, count, hashes } = entries;
  if (hashes === null) return null;
  let column = columns.get(entries);
  if (column === undefined) {
    const offsets = new Uint32Array(count);
    for (let i = 0, at = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      offsets[i] = at;
      at += HASH_BYTES;
    }
    column = { bytes: Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength), offsets };
    columns.set(entries, column);
  }
  return column;
}

/** SHA-256 of a regular file, a view of the layer's column; null for anything else, and where contents were not read. */
export function contentHash(entries: EntryColumns, entry: number): Buffer | null {
  const column = entries.kinds[entry] === KIND.regular ? columnOf(entries) : null;
  if (column === null) return null;
  const at = column.offsets[entry] as number;
  return column.bytes.subarray(at, at + HASH_BYTES);
}

/** The same in hex. */
export function contentHashText(entries: EntryColumns, entry: number): string | null {
  return contentHash(entries, entry)?.toString("hex") ?? null;
}

/** Whether two regular files have one hash, without views of them; null where contents were not read. */
export function haveEqualHashes(a: EntryColumns, entry: number, b: EntryColumns, other: number): boolean | null {
  const own = columnOf(a);
  const others = columnOf(b);
  if (own === null || others === null) return null;
  const from = own.offsets[entry] as number;
  const to = others.offsets[other] as number;
  // The first byte tells most that differ.
  return (
    own.bytes[from] === others.bytes[to] &&
    own.bytes.compare(others.bytes, to, to + HASH_BYTES, from, from + HASH_BYTES) === 0
  );
}
