import { SqlitePages } from "./sqlite-pages.ts";
import type { Report, StoredHeader } from "./stored-header.ts";

/**
 * Reads tables of an SQLite 3 database (https://www.sqlite.org/fileformat2.html): the b-tree of a table, its cells
 * with their overflow pages, the values of a record. Indices, free pages and the SQL language are left alone.
 */

export type SqliteValue = number | string | Uint8Array | null;

export interface SqliteRow {
  readonly rowid: number;
  /** In the order of the table's columns; a column added later may be absent. */
  readonly values: readonly SqliteValue[];
}

const LEAF_TABLE = 13;
const INTERIOR_TABLE = 5;
/** The table of tables starts at page 1. */
const SCHEMA_ROOT = 1;
const MAX_COLUMNS = 64;

export class SqliteDatabase {
  readonly #pages: SqlitePages;
  readonly #report: Report;
  readonly #roots: ReadonlyMap<string, number>;

  constructor(pages: SqlitePages, report: Report) {
    this.#pages = pages;
    this.#report = report;
    this.#roots = new Map(
      readTable(pages, SCHEMA_ROOT, report).flatMap(({ values: [type, name, , root] }) =>
        type === "table" && typeof name === "string" && typeof root === "number" ? [[name, root]] : [],
      ),
    );
  }

  /** The rows of a table in order of rowid; null where there is no such table. */
  rows(table: string): SqliteRow[] | null {
    const root = this.#roots.get(table);
    return root === undefined ? null : readTable(this.#pages, root, this.#report);
  }
}

/** Opens a database with its write-ahead log, if there is one; null, and a trouble, where it is none. */
export function openSqlite(content: Uint8Array, wal: Uint8Array | null, report: Report): SqliteDatabase | null {
  const pages = SqlitePages.open(content, wal, report);
  return pages === null ? null : new SqliteDatabase(pages, report);
}

/** The headers of `rpmdb.sqlite`: table `Packages (hnum INTEGER PRIMARY KEY, blob BLOB)` (rpm 4.18 lib/backend/sqlite.c). */
export function readRpmSqlite(content: Uint8Array, wal: Uint8Array | null, report: Report): StoredHeader[] {
  const rows = openSqlite(content, wal, report)?.rows("Packages");
  if (rows === null) report("no table Packages");
  return (rows ?? []).flatMap(({ rowid, values }) =>
    values[1] instanceof Uint8Array ? [{ instance: rowid, blob: values[1] }] : [],
  );
}

function readTable(pages: SqlitePages, root: number, report: Report): SqliteRow[] {
  const rows: SqliteRow[] = [];
  const waiting = [root];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    const page = pages.take(number);
    if (page === null) {
      report("a page of a table is not there, or used twice", `page ${number}`);
      continue;
    }
    const head = number === 1 ? 100 : 0;
    const type = page[head];
    if (type === INTERIOR_TABLE) waiting.push(...children(page, head).reverse());
    else if (type === LEAF_TABLE) readLeaf(pages, page, head, rows, report);
    else report("a damaged page of a table", `page ${number}`);
  }
  return rows;
}

function cellOffsets(page: Buffer, head: number, headerBytes: number): number[] {
  const count = Math.min(page.readUInt16BE(head + 3), Math.floor((page.length - head - headerBytes) / 2));
  return Array.from({ length: count }, (_, i) => page.readUInt16BE(head + headerBytes + 2 * i));
}

function children(page: Buffer, head: number): number[] {
  const left = cellOffsets(page, head, 12).flatMap((at) => (at + 4 <= page.length ? [page.readUInt32BE(at)] : []));
  return [...left, page.readUInt32BE(head + 8)];
}

function readLeaf(pages: SqlitePages, page: Buffer, head: number, rows: SqliteRow[], report: Report): void {
  // Cells do not overlap: together they have no more bytes than their page.
  let room = page.length;
  for (const at of cellOffsets(page, head, 8)) {
    const size = readVarint(page, at);
    const key = readVarint(page, size.next);
    const local = pages.localBytes(size.value);
    room -= local;
    if (size.value > pages.bytes || key.next + local > page.length || room < 0) {
      report("a damaged row");
      continue;
    }
    const payload = pages.payload(page, key.next, size.value);
    if (payload === null) report("a row whose pages are not all there");
    else rows.push({ rowid: key.value, values: readRecord(payload) });
  }
}

/** 1 to 9 bytes, seven bits each, the ninth with eight. Beyond 2⁵³ it loses digits; nothing that counts is so big. */
function readVarint(bytes: Buffer, from: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[from + i] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  return { value: value * 256 + (bytes[from + 8] ?? 0), next: from + 9 };
}

function readRecord(payload: Buffer): SqliteValue[] {
  const header = readVarint(payload, 0);
  const values: SqliteValue[] = [];
  let at = header.next;
  let body = header.value;
  while (at < Math.min(header.value, payload.length) && values.length < MAX_COLUMNS) {
    const serial = readVarint(payload, at);
    at = serial.next;
    const length = valueBytes(serial.value);
    if (body + length > payload.length) break;
    values.push(readValue(payload.subarray(body, body + length), serial.value));
    body += length;
  }
  return values;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

function valueBytes(serial: number): number {
  return INTEGER_BYTES[serial] ?? Math.floor((serial - 12) / 2);
}

function readValue(bytes: Buffer, serial: number): SqliteValue {
  if (serial === 0) return null;
  if (serial === 7) return bytes.readDoubleBE(0);
  if (serial === 6) return Number(bytes.readBigInt64BE(0));
  if (serial < 6) return bytes.readIntBE(0, bytes.length);
  if (serial < 12) return serial === 9 ? 1 : 0;
  return serial % 2 === 0 ? bytes : bytes.toString("utf8");
}
