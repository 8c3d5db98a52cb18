import type { ImagePath } from "../image-path.ts";
import type { EntryColumns } from "./layer-index.ts";

const SLASH = 0x2f;

/**
 * The directories of a layer's entries, for whoever goes through them: neighbours mostly lie in the same one, and its
 * path is made once. Only bytes are looked at to tell.
 */
export class ParentReader {
  readonly #bytes: Buffer;
  readonly #ends: Uint32Array;
  #start = 0;
  #end = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #path: ImagePath | null = "";

  constructor({ pathBytes, pathEnds }: EntryColumns) {
    this.#bytes = Buffer.from(pathBytes.buffer, pathBytes.byteOffset, pathBytes.byteLength);
    this.#ends = pathEnds;
  }

  /** Goes to an entry. @returns whether it lies in the directory of the one before; the root's own entry lies in the root */
  moveTo(entry: number): boolean {
    const bytes = this.#bytes;
    const start = entry === 0 ? 0 : (this.#ends[entry - 1] as number);
    const end = this.#ends[entry] as number;
    let name = end;
    while (name > start && bytes[name - 1] !== SLASH) name--;
    this.#nameStart = name;
    this.#nameEnd = end;
    const parentEnd = name === start ? start : name - 1;
    const isSame = this.#isSame(start, parentEnd);
    this.#start = start;
    this.#end = parentEnd;
    if (!isSame) this.#path = null;
    return isSame;
  }

  /** The directory of the entry. */
  get path(): ImagePath {
    this.#path ??= this.#bytes.toString("latin1", this.#start, this.#end);
    return this.#path;
  }

  /** The last component of the entry's path. Cut from the bytes: a part of a string would keep the whole of it. */
  get name(): string {
    return this.#bytes.toString("latin1", this.#nameStart, this.#nameEnd);
  }

  #isSame(start: number, end: number): boolean {
    if (this.#end - this.#start !== end - start) return false;
    const bytes = this.#bytes;
    // Neighbours differ near their ends, if at all.
    for (let i = end - 1, j = this.#end - 1; i >= start; i--, j--) if (bytes[i] !== bytes[j]) return false;
    return true;
  }
}
