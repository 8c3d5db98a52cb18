import type { BlobShares } from "../layer-index.ts";
import type { TocChunk, TocEntry } from "./toc-entries.ts";

interface Stretch {
  readonly entry: number;
  readonly chunk: TocChunk;
}

/**
 * What each entry costs in the blob, by the offsets of the table: a file all of the members that hold its contents. A
 * stretch between contents holds the headers of the entries that follow, up to the next with contents, and is divided
 * evenly among them. Everything behind the data is overhead.
 *
 * @param dataEnd where the blob's data ends
 */
export function shareByToc(entries: readonly TocEntry[], dataEnd: number, blobBytes: number): BlobShares {
  const entryBytes = new Float64Array(entries.length);
  const stretches = entries.flatMap(({ chunks }, entry): Stretch[] => chunks.map((chunk) => ({ entry, chunk })));
  stretches.sort((a, b) => a.chunk.offset - b.chunk.offset || a.entry - b.entry);
  let at = 0;
  let before = -1;
  for (let i = 0; i < stretches.length; ) {
    const { entry, chunk } = stretches[i] as Stretch;
    const from = i;
    while (i < stretches.length && stretches[i]?.chunk.offset === chunk.offset) i++;
    if (chunk.offset > at) divideEvenly(entryBytes, chunk.offset - at, before + 1, entry);
    const end = Math.max(at, chunk.end);
    divideMember(entryBytes, end - Math.max(at, chunk.offset), stretches.slice(from, i));
    at = end;
    before = Math.max(before, (stretches[i - 1] as Stretch).entry);
  }
  let overheadBytes = blobBytes - dataEnd;
  if (before + 1 < entries.length) divideEvenly(entryBytes, dataEnd - at, before + 1, entries.length - 1);
  else overheadBytes += dataEnd - at;
  return { entryBytes, overheadBytes };
}

function add(entryBytes: Float64Array, entry: number, bytes: number): void {
  entryBytes[entry] = (entryBytes[entry] as number) + bytes;
}

/** Entries `first` to `last`; all to the last where the blob is not in the order of the table. */
function divideEvenly(entryBytes: Float64Array, bytes: number, first: number, last: number): void {
  const count = last - first + 1;
  const each = count > 1 ? Math.floor(bytes / count) : 0;
  for (let i = first; i < last; i++) add(entryBytes, i, each);
  add(entryBytes, last, bytes - each * Math.max(0, count - 1));
}

/** Small files may share a member: each has its part by length, the last what rounding leaves. */
function divideMember(entryBytes: Float64Array, bytes: number, stretches: readonly Stretch[]): void {
  const total = stretches.reduce((sum, { chunk }) => sum + chunk.length, 0);
  let left = bytes;
  for (const { entry, chunk } of stretches) {
    const share = Math.floor((bytes * chunk.length) / total);
    add(entryBytes, entry, share);
    left -= share;
  }
  add(entryBytes, (stretches.at(-1) as Stretch).entry, left);
}
