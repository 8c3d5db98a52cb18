import { type EntryColumns, type EntryKind, KIND } from "./layer-index.ts";

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Elements of one part of a column: small layers are many, and large ones should not copy what they have. */
const FIRST_PART = 64;
const LARGEST_PART = 2 ** 16;

/** A column that grows part by part: nothing of it is copied until it is finished. */
class Growing<T extends TypedArray> {
  readonly #make: (length: number) => T;
  #full: T[] = [];
  #fullLength = 0;
  #part: T;
  #used = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#part = make(FIRST_PART);
  }

  get length(): number {
    return this.#fullLength + this.#used;
  }

  /** Makes room for `length` elements in a row. */
  #reserve(length: number): void {
    if (this.#used + length <= this.#part.length) return;
    this.#full.push(this.#part.subarray(0, this.#used) as T);
    this.#fullLength += this.#used;
    this.#part = this.#make(Math.max(length, Math.min(this.#part.length * 2, LARGEST_PART)));
    this.#used = 0;
  }

  push(value: number): void {
    this.#reserve(1);
    this.#part[this.#used++] = value;
  }

  setLast(value: number): void {
    this.#part[this.#used - 1] = value;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    (this.#part as Uint8Array).set(bytes, this.#used);
    this.#used += bytes.length;
  }

  appendLatin1(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#part[this.#used + i] = text.charCodeAt(i);
    this.#used += text.length;
  }

  /** All of it in one array of exactly its length; nothing can be added after that. */
  finish(): T {
    const whole = this.#make(this.length);
    let at = 0;
    for (const part of [...this.#full, this.#part.subarray(0, this.#used)]) {
      whole.set(part as never, at);
      at += part.length;
    }
    this.#full = [];
    return whole;
  }
}

export interface ColumnRow {
  readonly path: string;
  readonly kind: EntryKind;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly link: string;
  readonly tarStart: number;
}

// Owners beyond 32 bits exist only in crafted tars.
function uint32(value: number): number {
  return value >= 0 && value <= 0xffffffff ? value : 0xffffffff;
}

/** Puts the columns of a layer together, entry by entry. */
export class ColumnBuilder {
  count = 0;
  readonly #pathBytes = new Growing((n) => new Uint8Array(n));
  readonly #pathEnds = new Growing((n) => new Uint32Array(n));
  readonly #kinds = new Growing((n) => new Uint8Array(n));
  readonly #sizes = new Growing((n) => new Float64Array(n));
  readonly #modes = new Growing((n) => new Uint16Array(n));
  readonly #uids = new Growing((n) => new Uint32Array(n));
  readonly #gids = new Growing((n) => new Uint32Array(n));
  readonly #mtimes = new Growing((n) => new Float64Array(n));
  readonly #linkBytes = new Growing((n) => new Uint8Array(n));
  readonly #linkEnds = new Growing((n) => new Uint32Array(n));
  readonly #tarStarts = new Growing((n) => new Float64Array(n));
  readonly #tarEnds = new Growing((n) => new Float64Array(n));
  readonly #hashes = new Growing((n) => new Uint8Array(n));

  add(row: ColumnRow): void {
    this.count++;
    this.#pathBytes.appendLatin1(row.path);
    this.#pathEnds.push(this.#pathBytes.length);
    this.#kinds.push(row.kind);
    this.#sizes.push(row.kind === KIND.regular ? row.size : 0);
    this.#modes.push(row.mode);
    this.#uids.push(uint32(row.uid));
    this.#gids.push(uint32(row.gid));
    this.#mtimes.push(row.mtime);
    this.#linkBytes.appendLatin1(row.link);
    this.#linkEnds.push(this.#linkBytes.length);
    this.#tarStarts.push(row.tarStart);
    this.#tarEnds.push(row.tarStart);
  }

  /** Where the last entry ends in the tar. */
  endLast(tarEnd: number): void {
    this.#tarEnds.setLast(tarEnd);
  }

  /** The content hash of the last entry, a regular file. */
  addHash(hash: Uint8Array): void {
    this.#hashes.append(hash);
  }

  /** The same as a string of one character for each byte. */
  addHashText(hash: string): void {
    this.#hashes.appendLatin1(hash);
  }

  finish(hashed: boolean): EntryColumns {
    return {
      count: this.count,
      pathBytes: this.#pathBytes.finish(),
      pathEnds: this.#pathEnds.finish(),
      kinds: this.#kinds.finish(),
      sizes: this.#sizes.finish(),
      modes: this.#modes.finish(),
      uids: this.#uids.finish(),
      gids: this.#gids.finish(),
      mtimes: this.#mtimes.finish(),
      linkBytes: this.#linkBytes.finish(),
      linkEnds: this.#linkEnds.finish(),
      tarStarts: this.#tarStarts.finish(),
      tarEnds: this.#tarEnds.finish(),
      hashes: hashed ? this.#hashes.finish() : null,
    };
  }
}
