import { ColumnMemory, GrowingColumn } from "./growing-column.ts";
import { type EntryColumns, type EntryKind, KIND } from "./layer-index.ts";

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
  readonly #memory = new ColumnMemory();
  readonly #pathBytes = new GrowingColumn(Uint8Array, this.#memory);
  readonly #pathEnds = new GrowingColumn(Uint32Array, this.#memory);
  readonly #kinds = new GrowingColumn(Uint8Array, this.#memory);
  readonly #sizes = new GrowingColumn(Float64Array, this.#memory);
  readonly #modes = new GrowingColumn(Uint16Array, this.#memory);
  readonly #uids = new GrowingColumn(Uint32Array, this.#memory);
  readonly #gids = new GrowingColumn(Uint32Array, this.#memory);
  readonly #mtimes = new GrowingColumn(Float64Array, this.#memory);
  readonly #linkBytes = new GrowingColumn(Uint8Array, this.#memory);
  readonly #linkEnds = new GrowingColumn(Uint32Array, this.#memory);
  readonly #tarStarts = new GrowingColumn(Float64Array, this.#memory);
  readonly #tarEnds = new GrowingColumn(Float64Array, this.#memory);
  readonly #hashes = new GrowingColumn(Uint8Array, this.#memory);

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
