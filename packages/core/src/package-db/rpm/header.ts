import type { Allowance } from "../allowance.ts";

/**
 * An rpm header blob as a database holds it: no magic, then the number of index entries and of data bytes, the index
 * (tag, type, offset, count) and the data, all big-endian (rpm 4.18 lib/header.c, `hdrblobInit`, `hdrblobImport`).
 * Tag numbers and types: include/rpm/rpmtag.h.
 */

/** The tags that weighing needs; numbers of include/rpm/rpmtag.h. */
export const TAG = {
  NAME: 1000,
  VERSION: 1001,
  RELEASE: 1002,
  EPOCH: 1003,
  ARCH: 1022,
  OLDFILENAMES: 1027,
  FILESTATES: 1029,
  FILEMODES: 1030,
  FILEFLAGS: 1037,
  PROVIDENAME: 1047,
  REQUIREFLAGS: 1048,
  REQUIRENAME: 1049,
  REQUIREVERSION: 1050,
  PROVIDEFLAGS: 1112,
  PROVIDEVERSION: 1113,
  DIRINDEXES: 1116,
  BASENAMES: 1117,
  DIRNAMES: 1118,
  RECOMMENDNAME: 5046,
  RECOMMENDVERSION: 5047,
  RECOMMENDFLAGS: 5048,
  SUPPLEMENTNAME: 5052,
  SUPPLEMENTVERSION: 5053,
  SUPPLEMENTFLAGS: 5054,
} as const;

const TYPE_STRING = 6;
const TYPE_STRING_ARRAY = 8;
const TYPE_I18N_STRING = 9;
/** Bytes of one number, by type: char, int8, int16, int32. */
const NUMBER_SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4 };

const INDEX_ENTRY_BYTES = 16;
/**
 * Bytes that may be read for each byte of data: rpm gives each tag data of its own, and a crafted header the same to all.
 */
const MAX_READS_PER_BYTE = 2;
/** Numbers of one tag; the largest packages of distributions have 100,000 files. */
const MAX_NUMBERS = 2 ** 20;
/** Strings of all headers of a database: three million files of an image are more than any has. */
export const MAX_STRINGS = 3 * 2 ** 20;
/** Lower tags are regions (signed parts of the blob) and translations, not facts of a package. */
const FIRST_FACT = 1000;
/** `HEADER_TAGS_MAX`. */
const MAX_ENTRIES = 0xffff;

interface IndexEntry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

export class RpmHeader {
  readonly #entries: ReadonlyMap<number, IndexEntry>;
  readonly #data: Buffer;
  readonly #strings: Allowance;
  #bytesLeft: number;

  constructor(entries: ReadonlyMap<number, IndexEntry>, data: Buffer, strings: Allowance) {
    this.#entries = entries;
    this.#data = data;
    this.#strings = strings;
    this.#bytesLeft = MAX_READS_PER_BYTE * data.length;
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** The first string of a tag as a byte string; null where it has none. */
  text(tag: number): string | null {
    return this.#read(tag, 1)[0] ?? null;
  }

  /** The strings of a tag as byte strings; those that are cut are left out. */
  texts(tag: number): string[] {
    return this.#read(tag, Number.POSITIVE_INFINITY);
  }

  /** The numbers of a tag, unsigned. */
  numbers(tag: number): number[] {
    const entry = this.#entries.get(tag);
    const size = entry === undefined ? undefined : NUMBER_SIZES[entry.type];
    if (entry === undefined || size === undefined) return [];
    const there = Math.max(0, Math.floor((this.#data.length - entry.offset) / size));
    const numbers: number[] = [];
    for (let i = 0; i < Math.min(entry.count, there, MAX_NUMBERS) && this.#take(size); i++) {
      numbers.push(this.#data.readUIntBE(entry.offset + i * size, size));
    }
    return numbers;
  }

  #take(bytes: number): boolean {
    this.#bytesLeft -= bytes;
    return this.#bytesLeft >= 0;
  }

  #read(tag: number, most: number): string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined || !isText(entry.type)) return [];
    const count = Math.min(entry.count, most);
    const texts: string[] = [];
    let start = entry.offset;
    while (texts.length < count && start < this.#data.length) {
      const end = this.#data.indexOf(0, start);
      if (end < 0 || !this.#take(end + 1 - start) || !this.#strings.take(1)) break;
      texts.push(this.#data.toString("latin1", start, end));
      start = end + 1;
    }
    return texts;
  }
}

function isText(type: number): boolean {
  return type === TYPE_STRING || type === TYPE_STRING_ARRAY || type === TYPE_I18N_STRING;
}

/**
 * Reads a header blob. Entries behind the signed region ("dribbles") were added at installation and replace those of
 * the same tag within it, so the last one counts. Null where it is no header.
 *
 * @param strings how many may still be read, of all headers of a database
 */
export function readHeader(blob: Uint8Array, strings: Allowance): RpmHeader | null {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.length < 8) return null;
  const count = bytes.readUInt32BE(0);
  const dataBytes = bytes.readUInt32BE(4);
  const dataStart = 8 + count * INDEX_ENTRY_BYTES;
  if (count === 0 || count > MAX_ENTRIES || dataStart + dataBytes > bytes.length) return null;
  const entries = new Map<number, IndexEntry>();
  for (let at = 8; at < dataStart; at += INDEX_ENTRY_BYTES) {
    const tag = bytes.readUInt32BE(at);
    const offset = bytes.readUInt32BE(at + 8);
    if (tag < FIRST_FACT || offset >= dataBytes) continue;
    entries.set(tag, { type: bytes.readUInt32BE(at + 4), offset, count: bytes.readUInt32BE(at + 12) });
  }
  return new RpmHeader(entries, bytes.subarray(dataStart, dataStart + dataBytes), strings);
}
