import { readWal } from "./sqlite-wal.ts";
import type { Report } from "./stored-header.ts";

const MAGIC = "SQLite format 3\0";
const FILE_HEADER_BYTES = 100;
const UTF8 = 1;

/** The pages of an SQLite database, those of its write-ahead log in place of the file's. */
export class SqlitePages {
  /** An upper bound for the bytes of anything stored. */
  readonly bytes: number;
  readonly #file: Buffer;
  readonly #log: ReadonlyMap<number, Buffer>;
  readonly #pageBytes: number;
  /** Without what extensions reserve at the end of each page. */
  readonly #usable: number;
  /** Pages already read as part of a b-tree or of a row: none belongs to two. */
  readonly #used = new Set<number>();

  private constructor(file: Buffer, log: ReadonlyMap<number, Buffer>, pageBytes: number, reserved: number) {
    this.#file = file;
    this.#log = log;
    this.#pageBytes = pageBytes;
    this.#usable = pageBytes - reserved;
    this.bytes = file.length + log.size * pageBytes;
  }

  static open(content: Uint8Array, wal: Uint8Array | null, report: Report): SqlitePages | null {
    const file = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const log = wal === null ? null : readWal(Buffer.from(wal.buffer, wal.byteOffset, wal.byteLength), report);
    // Until the first checkpoint everything may be in the log, and the file empty.
    const first = log?.pages.get(1) ?? file;
    if (first.length < FILE_HEADER_BYTES || first.toString("latin1", 0, MAGIC.length) !== MAGIC) {
      report("not an SQLite database");
      return null;
    }
    const said = first.readUInt16BE(16);
    const pageBytes = said === 1 ? 65536 : said;
    const reserved = first[20] as number;
    if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0 || pageBytes - reserved < 480) {
      report("an impossible page size", String(said));
      return null;
    }
    if (log !== null && log.pages.size > 0 && log.pageBytes !== pageBytes) {
      report("a write-ahead log of another page size");
      return null;
    }
    const encoding = first.readUInt32BE(56);
    if (encoding > UTF8) {
      report("an SQLite database in UTF-16");
      return null;
    }
    const count = first.readUInt32BE(28);
    const there = Math.floor(file.length / pageBytes);
    if (log === null && count > there) report("the database is cut", `${there} of ${count} pages are there`);
    return new SqlitePages(file, log?.pages ?? new Map(), pageBytes, reserved);
  }

  /** A page, 1-based, the first time it is asked for; null where it is not there, or was taken before. */
  take(number: number): Buffer | null {
    if (this.#used.has(number)) return null;
    const logged = this.#log.get(number);
    const start = (number - 1) * this.#pageBytes;
    if (logged === undefined && (number < 1 || start + this.#pageBytes > this.#file.length)) return null;
    this.#used.add(number);
    return (logged ?? this.#file.subarray(start, start + this.#pageBytes)).subarray(0, this.#usable);
  }

  /** How much of a row's payload lies on its own page (fileformat2, "Cell Payload Overflow Pages"). */
  localBytes(payloadBytes: number): number {
    const most = this.#usable - 35;
    if (payloadBytes <= most) return payloadBytes;
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const wanted = least + ((payloadBytes - least) % (this.#usable - 4));
    return wanted <= most ? wanted : least;
  }

  /** A row's payload, the overflow pages' part included; null where they are not all there. */
  payload(page: Buffer, at: number, payloadBytes: number): Buffer | null {
    const local = this.localBytes(payloadBytes);
    if (local === payloadBytes) return page.subarray(at, at + local);
    if (at + local + 4 > page.length) return null;
    const parts = [page.subarray(at, at + local)];
    let left = payloadBytes - local;
    let next = page.readUInt32BE(at + local);
    while (left > 0) {
      const more = this.take(next);
      if (more === null) return null;
      const bytes = Math.min(left, this.#usable - 4);
      parts.push(more.subarray(4, 4 + bytes));
      left -= bytes;
      next = more.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }
}
