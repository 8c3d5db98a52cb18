import { type EntryColumns, type EntryKind, HASH_BYTES, KIND } from "./layer-index.ts";

type TypedArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A typed array that doubles as it fills. */
class Growing<T extends TypedArray> {
  length = 0;
  #array: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T, capacity: number) {
    this.#make = make;
    this.#array = make(capacity);
  }

  #reserve(length: number): void {
    if (length <= this.#array.length) return;
    const grown = this.#make(Math.max(length, this.#array.length * 2));
    grown.set(this.#array.subarray(0, this.length) as never);
    this.#array = grown;
  }

  push(value: number): void {
    this.#reserve(this.length + 1);
    this.#array[this.length++] = value;
  }

  set(index: number, value: number): void {
    this.#array[index] = value;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(this.length + bytes.length);
    (this.#array as Uint8Array).set(bytes, this.length);
    this.length += bytes.length;
  }

  appendLatin1(text: string): void {
    this.#reserve(this.length + text.length);
    for (let i = 0; i < text.length; i++) this.#array[this.length + i] = text.charCodeAt(i);
    this.length += text.length;
  }

  /** A copy of exactly the length that is used. */
  finish(): T {
    return this.#array.slice(0, this.length) as T;
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
  readonly #pathBytes = new Growing((n) => new Uint8Array(n), 2 ** 12);
  readonly #pathEnds = new Growing((n) => new Uint32Array(n), 64);
  readonly #kinds = new Growing((n) => new Uint8Array(n), 64);
  readonly #sizes = new Growing((n) => new Float64Array(n), 64);
  readonly #modes = new Growing((n) => new Uint16Array(n), 64);
  readonly #uids = new Growing((n) => new Uint32Array(n), 64);
  readonly #gids = new Growing((n) => new Uint32Array(n), 64);
  readonly #mtimes = new Growing((n) => new Float64Array(n), 64);
  readonly #linkBytes = new Growing((n) => new Uint8Array(n), 2 ** 10);
  readonly #linkEnds = new Growing((n) => new Uint32Array(n), 64);
  readonly #tarStarts = new Growing((n) => new Float64Array(n), 64);
  readonly #tarEnds = new Growing((n) => new Float64Array(n), 64);
  readonly #hashes = new Growing((n) => new Uint8Array(n), HASH_BYTES * 64);

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
    this.#tarEnds.set(this.count - 1, tarEnd);
  }

  /** The content hash of the last entry, a regular file. */
  addHash(hash: Uint8Array): void {
    this.#hashes.append(hash);
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
