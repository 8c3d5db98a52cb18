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

/** Digits of one number of a map. */
const MAX_DIGITS = 16;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/**
 * The map of PAX sparse form 1.0, at the start of an entry's data: decimal numbers, one a line, the count of pairs
 * first, padded to 512 bytes. It is given block by block and reads each byte once, however long the map is.
 */
export class DataMap {
  /** Pairs of offset and length. */
  readonly fragments: number[] = [];
  /** Bytes that the map has taken, a multiple of 512. */
  length = 0;
  /** Numbers still to come; null until the first has said how many. */
  #missing: number | null = null;
  #value = 0;
  #digits = 0;

  /** Takes the next 512 bytes. Returns whether the map ends in them. @throws {ImgweighError} ARCHIVE_MALFORMED */
  push(block: Uint8Array): boolean {
    this.length += block.length;
    for (const byte of block) {
      if (this.#missing === 0) break;
      if (byte === NEWLINE) this.#number();
      else this.#digit(byte - ZERO);
    }
    return this.#missing === 0;
  }

  #digit(digit: number): void {
    if (digit < 0 || digit > 9 || ++this.#digits > MAX_DIGITS) throw malformed("its map is not numeric");
    this.#value = this.#value * 10 + digit;
  }

  #number(): void {
    if (this.#digits === 0) throw malformed("its map is not numeric");
    if (this.#missing === null) this.#missing = 2 * this.#value;
    else {
      this.fragments.push(this.#value);
      this.#missing--;
    }
    this.#value = 0;
    this.#digits = 0;
  }
}
