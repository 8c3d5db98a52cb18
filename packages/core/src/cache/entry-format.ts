import { createHash } from "node:crypto";
import { isObject } from "../oci/json.ts";

/** Columns of numbers, as they lie in memory. */
export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** What one file of the cache holds: a little JSON, and columns. */
export interface Entry {
  readonly meta: unknown;
  readonly columns: Readonly<Record<string, Column>>;
}

/*
 * A file of the cache: magic, length of the header, header (JSON: key, meta, where each column lies), columns, each at
 * a multiple of 8 bytes so that it can be used where it was read, and a SHA-256 of everything before.
 */
const MAGIC = Buffer.from("imgweigh", "latin1");
const PREFIX_BYTES = MAGIC.length + 8;
const CHECKSUM_BYTES = 32;
const ALIGNMENT = 8;

const COLUMN_TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;
type ColumnType = keyof typeof COLUMN_TYPES;

function typeOf(column: Column): ColumnType {
  if (column instanceof Float64Array) return "f64";
  if (column instanceof Uint32Array) return "u32";
  return column instanceof Uint16Array ? "u16" : "u8";
}

function padding(length: number): Uint8Array {
  return new Uint8Array((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
}

/** The bytes of a file, in parts, so that columns are not copied. */
export function encodeEntry(key: string, { meta, columns }: Entry): readonly Uint8Array[] {
  const named = Object.entries(columns);
  const lengths = named.map(([name, column]) => [name, typeOf(column), column.length]);
  const header = Buffer.from(JSON.stringify({ key, meta, columns: lengths }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  MAGIC.copy(prefix);
  prefix.writeUInt32LE(header.length, MAGIC.length);
  const parts: Uint8Array[] = [prefix, header, padding(header.length)];
  for (const [, column] of named) {
    parts.push(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), padding(column.byteLength));
  }
  return [...parts, checksum(parts)];
}

function checksum(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/**
 * What a file holds; null where it is not, to the last byte, what was written under that key. `bytes` begin at a
 * multiple of 8 of their buffer; the columns are views of them.
 */
export function decodeEntry(key: string, bytes: Uint8Array): Entry | null {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < PREFIX_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return null;
  if (!checksum([bytes.subarray(0, end)]).equals(bytes.subarray(end))) return null;
  const headerEnd = PREFIX_BYTES + Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32LE(MAGIC.length);
  if (headerEnd > end) return null;
  const header = parseHeader(bytes.subarray(PREFIX_BYTES, headerEnd));
  if (header === null || header["key"] !== key || !Array.isArray(header["columns"])) return null;
  const columns = viewColumns(header["columns"], bytes.subarray(0, end), headerEnd);
  return columns === null ? null : { meta: header["meta"], columns };
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
    return isObject(header) ? header : null;
  } catch {
    return null;
  }
}

function viewColumns(
  lengths: readonly unknown[],
  bytes: Uint8Array,
  start: number,
): Readonly<Record<string, Column>> | null {
  const columns = new Map<string, Column>();
  let at = start + padding(start).length;
  for (const described of lengths) {
    const [name, type, length] = Array.isArray(described) ? (described as unknown[]) : [];
    if (typeof name !== "string" || typeof type !== "string" || !Object.hasOwn(COLUMN_TYPES, type)) return null;
    if (!(Number.isInteger(length) && (length as number) >= 0)) return null;
    const make = COLUMN_TYPES[type as ColumnType];
    const byteLength = (length as number) * make.BYTES_PER_ELEMENT;
    if (at + byteLength > bytes.length) return null;
    columns.set(name, new make(bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length as number));
    at += byteLength + padding(byteLength).length;
  }
  return at === bytes.length ? Object.fromEntries(columns) : null;
}
