/** A stretch of a file that is in memory. */
export interface FilePiece {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Told where something was looked for that is not in memory. */
export type OnMissing = (start: number, end: number) => void;

const NOTHING = Buffer.alloc(0);

/** A file in memory: all of it, its beginning and its end with a gap between, or any pieces of it. */
export class FileParts {
  readonly size: number;
  #pieces: readonly FilePiece[];
  #onMissing: OnMissing = () => {};

  constructor(size: number, head: Buffer, tail: Buffer = NOTHING) {
    this.size = size;
    this.#pieces = [
      { at: 0, bytes: head },
      { at: size - tail.length, bytes: tail },
    ];
  }

  /** @param pieces in order, with gaps between them */
  static ofPieces(size: number, pieces: readonly FilePiece[], onMissing: OnMissing): FileParts {
    const parts = new FileParts(size, NOTHING);
    parts.#pieces = pieces;
    parts.#onMissing = onMissing;
    return parts;
  }

  /** `length` bytes at `offset`, not copied; null where they lie outside of the file or in its gap. */
  bytes(offset: number, length: number): Buffer | null {
    if (!(length >= 0)) return null;
    const found = this.upTo(offset, length);
    return found.length === length ? found : null;
  }

  /** As {@link bytes}, but as many as there are. */
  upTo(offset: number, length: number): Buffer {
    if (!(offset >= 0 && length > 0)) return NOTHING;
    const piece = this.#pieceAt(offset);
    const found = piece === undefined ? NOTHING : piece.bytes.subarray(offset - piece.at, offset - piece.at + length);
    const end = Math.min(offset + length, this.size);
    if (offset + found.length < end) this.#onMissing(offset + found.length, end);
    return found;
  }

  /** The last piece that begins at an offset or before it; there may be very many. */
  #pieceAt(offset: number): FilePiece | undefined {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle] as FilePiece).at <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#pieces[low - 1];
  }

  /** A file that is stored inside of this one; null where not all of it is here. */
  part(offset: number, length: number): FileParts | null {
    const bytes = this.bytes(offset, length);
    return bytes === null ? null : new FileParts(length, bytes);
  }
}

const FIRST_CAPACITY = 2 ** 20;

/** Keeps one file at a time while it streams past: whole up to a limit, else its first and last halves of the limit. */
export class FileKeeper {
  readonly #limit: number;
  #buffer = Buffer.alloc(0);
  #size = 0;
  #offset = 0;
  #headLength = 0;
  #tailStart = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  begin(size: number): void {
    this.#size = size;
    this.#offset = 0;
    this.#headLength = size <= this.#limit ? size : Math.ceil(this.#limit / 2);
    this.#tailStart = Math.max(this.#headLength, size - (this.#limit - this.#headLength));
  }

  data(bytes: Uint8Array): void {
    const start = this.#offset;
    const end = start + bytes.length;
    this.#offset = end;
    if (start < this.#headLength) this.#put(bytes.subarray(0, this.#headLength - start), start);
    if (end > this.#tailStart && this.#tailStart < this.#size) {
      const from = Math.max(start, this.#tailStart);
      this.#put(bytes.subarray(from - start), this.#headLength + from - this.#tailStart);
    }
  }

  /** The file that has ended. Its bytes are lent until the next one begins. */
  parts(): FileParts {
    const head = this.#buffer.subarray(0, Math.min(this.#headLength, this.#offset));
    const tailLength = Math.max(0, this.#offset - this.#tailStart);
    return new FileParts(this.#size, head, this.#buffer.subarray(this.#headLength, this.#headLength + tailLength));
  }

  /** Memory grows with what really arrives, not with what a header announces. */
  #put(bytes: Uint8Array, at: number): void {
    const needed = at + bytes.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(Math.max(needed, this.#buffer.length * 2, FIRST_CAPACITY), Math.max(needed, this.#limit)),
      );
      grown.set(this.#buffer.subarray(0, at));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, at);
  }
}
