import type { Report } from "./stored-header.ts";

/** SQLite's write-ahead log (https://www.sqlite.org/fileformat2.html#walformat). */

const MAGIC_LITTLE = 0x377f0682;
const MAGIC_BIG = 0x377f0683;
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

export interface Wal {
  readonly pageBytes: number;
  /** The newest committed content of each page in the log. */
  readonly pages: ReadonlyMap<number, Buffer>;
}

/**
 * Reads the frames that are committed and valid: salts equal those of the header and the running checksum fits; the
 * rest is left over from before the last checkpoint, or from a transaction that did not finish.
 */
export function readWal(log: Buffer, report: Report): Wal {
  const none: Wal = { pageBytes: 0, pages: new Map() };
  // A checkpoint may leave an empty log.
  if (log.length === 0) return none;
  const magic = log.length < HEADER_BYTES ? 0 : log.readUInt32BE(0);
  const pageBytes = magic === 0 ? 0 : log.readUInt32BE(8);
  if ((magic !== MAGIC_LITTLE && magic !== MAGIC_BIG) || pageBytes < 512 || pageBytes > 65536) {
    report("a damaged write-ahead log");
    return none;
  }
  const sum = new Checksum(magic === MAGIC_BIG);
  sum.add(log, 0, 24);
  if (!sum.equals(log, 24)) {
    report("a damaged write-ahead log");
    return none;
  }
  const pages = new Map<number, Buffer>();
  let waiting: [number, Buffer][] = [];
  for (let at = HEADER_BYTES; at + FRAME_HEADER_BYTES + pageBytes <= log.length; ) {
    const body = at + FRAME_HEADER_BYTES;
    if (log.readUInt32BE(at + 8) !== log.readUInt32BE(16)) break;
    if (log.readUInt32BE(at + 12) !== log.readUInt32BE(20)) break;
    sum.add(log, at, at + 8);
    sum.add(log, body, body + pageBytes);
    if (!sum.equals(log, at + 16)) break;
    waiting.push([log.readUInt32BE(at), log.subarray(body, body + pageBytes)]);
    // Only the last frame of a transaction says how many pages the database then has.
    if (log.readUInt32BE(at + 4) !== 0) {
      for (const [number, page] of waiting) pages.set(number, page);
      waiting = [];
    }
    at = body + pageBytes;
  }
  return { pageBytes, pages };
}

/** Two running sums over pairs of 32-bit words, in the byte order that the log's magic tells. */
class Checksum {
  readonly #big: boolean;
  #one = 0;
  #two = 0;

  constructor(big: boolean) {
    this.#big = big;
  }

  add(bytes: Buffer, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let one = this.#one;
    let two = this.#two;
    for (let at = start; at + 8 <= end; at += 8) {
      one = (one + view.getUint32(at, !this.#big) + two) >>> 0;
      two = (two + view.getUint32(at + 4, !this.#big) + one) >>> 0;
    }
    this.#one = one;
    this.#two = two;
  }

  equals(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.#one && bytes.readUInt32BE(at + 4) === this.#two;
  }
}
