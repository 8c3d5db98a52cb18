import type { Report, StoredHeader } from "./stored-header.ts";

/**
 * `Packages`, a Berkeley DB hash database (rpm before 4.16): keys are instance numbers, values header blobs, key 0
 * holds the highest instance. Written in the byte order of the machine that made it. Layout: db_page.h of Berkeley DB
 * 5.3 and rpm 4.18's own read-only reader, lib/backend/bdb_ro.c.
 *
 * Pages are read one after the other instead of bucket by bucket: every hash page belongs to some bucket (a freed page
 * changes its type), and a damaged chain costs its own pages only.
 */

const HASH_MAGIC = 0x00061561;
const BTREE_MAGIC = 0x00053162;
const META_BYTES = 512;
const PAGE_HEADER_BYTES = 26;

const PAGE_HASH_UNSORTED = 2;
const PAGE_OVERFLOW = 7;
const PAGE_HASH = 13;

const ITEM_KEY_DATA = 1;
const ITEM_OFF_PAGE = 3;
const OFF_PAGE_ITEM_BYTES = 12;

interface Database {
  readonly file: Buffer;
  readonly pageBytes: number;
  readonly pages: number;
  readonly u16: (at: number) => number;
  readonly u32: (at: number) => number;
  /** Overflow pages that were read: a page belongs to one item only. */
  readonly used: Uint8Array;
  readonly report: Report;
}

export function readBerkeleyDb(content: Uint8Array, report: Report): StoredHeader[] {
  const database = openDatabase(Buffer.from(content.buffer, content.byteOffset, content.byteLength), report);
  if (database === null) return [];
  const headers: StoredHeader[] = [];
  for (let page = 1; page < database.pages; page++) {
    const type = database.file[page * database.pageBytes + 25];
    if (type === PAGE_HASH || type === PAGE_HASH_UNSORTED) readHashPage(database, page, headers);
  }
  return headers;
}

function openDatabase(file: Buffer, report: Report): Database | null {
  if (file.length < META_BYTES) {
    report("too short for a Berkeley DB");
    return null;
  }
  const little = file.readUInt32LE(12) === HASH_MAGIC;
  if (!little && file.readUInt32BE(12) !== HASH_MAGIC) {
    const btree = file.readUInt32LE(12) === BTREE_MAGIC || file.readUInt32BE(12) === BTREE_MAGIC;
    report(btree ? "a Berkeley DB b-tree, not the hash database that rpm writes" : "not a Berkeley DB hash database");
    return null;
  }
  const u16 = (at: number) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const pageBytes = u32(20);
  if (pageBytes < 512 || pageBytes > 65536 || (pageBytes & (pageBytes - 1)) !== 0) {
    report("an impossible page size", String(pageBytes));
    return null;
  }
  const whole = Math.floor(file.length / pageBytes);
  const said = u32(32) + 1;
  if (said > whole) report("the database is cut", `${whole} of ${said} pages are there`);
  const pages = Math.min(whole, said);
  return { file, pageBytes, pages, u16, u32, used: new Uint8Array(pages), report };
}

/**
 * Items of a hash page lie from its end to its beginning, key and value in turn, so an item ends where the one before
 * it begins.
 */
function readHashPage(database: Database, page: number, headers: StoredHeader[]): void {
  const { file, pageBytes, u16, u32, report } = database;
  const start = page * pageBytes;
  const count = Math.min(u16(start + 20), Math.floor((pageBytes - PAGE_HEADER_BYTES) / 2));
  let end = pageBytes;
  for (let i = 0; i + 1 < count; i += 2) {
    const key = u16(start + PAGE_HEADER_BYTES + 2 * i);
    const value = u16(start + PAGE_HEADER_BYTES + 2 * i + 2);
    if (key >= end || value >= key || value < PAGE_HEADER_BYTES + 2 * count) {
      report("a damaged hash page", `page ${page}`);
      return;
    }
    const instance = end - key === 5 && file[start + key] === ITEM_KEY_DATA ? u32(start + key + 1) : null;
    end = value;
    if (instance === 0) continue;
    const blob = instance === null ? null : readItem(database, start + value, key - value);
    if (instance === null || blob === null) report("a damaged or cut package", `on page ${page}`);
    else headers.push({ instance, blob });
  }
}

function readItem(database: Database, at: number, length: number): Uint8Array | null {
  const type = database.file[at];
  if (type === ITEM_KEY_DATA) return database.file.subarray(at + 1, at + length);
  if (type !== ITEM_OFF_PAGE || length !== OFF_PAGE_ITEM_BYTES) return null;
  return readOverflow(database, database.u32(at + 4), database.u32(at + 8));
}

function readOverflow({ file, pageBytes, pages, u16, u32, used }: Database, first: number, length: number) {
  if (length > file.length) return null;
  const parts: Uint8Array[] = [];
  let left = length;
  for (let page = first; left > 0; ) {
    if (page === 0 || page >= pages || used[page] === 1) return null;
    used[page] = 1;
    const start = page * pageBytes;
    const bytes = u16(start + 22);
    if (file[start + 25] !== PAGE_OVERFLOW || bytes === 0) return null;
    if (bytes > left || PAGE_HEADER_BYTES + bytes > pageBytes) return null;
    parts.push(file.subarray(start + PAGE_HEADER_BYTES, start + PAGE_HEADER_BYTES + bytes));
    left -= bytes;
    page = u32(start + 16);
  }
  return Buffer.concat(parts);
}
