import { ImgweighError } from "../errors.ts";
import { parseNumber } from "./tar-header.ts";

/** A sparse file: which parts of it are stored, the rest being zeros. */
export interface SparseMap {
  /** Pairs of offset and length, ascending. */
  readonly fragments: readonly number[];
  /** Logical bytes of the whole file. */
  readonly realSize: number;
}

function malformed(what: string): ImgweighError {
  return new ImgweighError("ARCHIVE_MALFORMED", `malformed sparse file: ${what}`);
}

/** Checks that fragments ascend, stay inside the file and add up to what is stored. @throws {ImgweighError} ARCHIVE_MALFORMED */
export function sparseMap(fragments: readonly number[], realSize: number, storedSize: number): SparseMap {
  if (fragments.length % 2 !== 0) throw malformed("its map has an odd number of values");
  let end = 0;
  let stored = 0;
  for (let i = 0; i < fragments.length; i += 2) {
    const offset = fragments[i] as number;
    const length = fragments[i + 1] as number;
    if (offset < end || offset + length > realSize) throw malformed("its map overlaps itself or leaves the file");
    end = offset + length;
    stored += length;
  }
  if (stored !== storedSize) throw malformed("its map does not add up to what is stored");
  return { fragments, realSize };
}

/** Reads `count` pairs of 12-byte numbers of an old GNU sparse header, stopping at the first empty one. */
export function readGnuFragments(block: Uint8Array, at: number, count: number, into: number[]): void {
  for (let i = 0; i < count; i++) {
    const entry = at + 24 * i;
    if (block[entry] === 0 && block[entry + 12] === 0) return;
    const offset = parseNumber(block, entry, 12);
    const length = parseNumber(block, entry + 12, 12);
    if (offset === null || length === null || offset < 0 || length < 0) throw malformed("its map is not numeric");
    into.push(offset, length);
  }
}

/** The result of reading a PAX 1.0 map at the start of an entry's data. */
export interface DataMap {
  readonly fragments: number[];
  /** Bytes the map takes, a multiple of 512. */
  readonly length: number;
}

/**
 * The map of PAX sparse form 1.0: decimal numbers, one a line, the count of pairs first, padded to 512 bytes.
 * null while more data is needed.
 */
export function readDataMap(bytes: Buffer): DataMap | null {
  let at = 0;
  const next = (): number | null => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return null;
    const text = bytes.toString("latin1", at, end);
    if (!/^\d{1,16}$/.test(text)) throw malformed("its map is not numeric");
    at = end + 1;
    return Number(text);
  };
  const pairs = next();
  if (pairs === null) return null;
  const fragments: number[] = [];
  for (let i = 0; i < 2 * pairs; i++) {
    const value = next();
    if (value === null) return null;
    fragments.push(value);
  }
  const length = Math.ceil(at / 512) * 512;
  return length <= bytes.length ? { fragments, length } : null;
}
