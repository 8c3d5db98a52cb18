import type { ByteStream } from "./byte-stream.ts";

/** Hands out exact numbers of bytes of a stream. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(input: ByteStream) {
    this.#iterator = input[Symbol.asyncIterator]();
  }

  /** `length` bytes, if they are here already; else null, and nothing is taken. */
  takeNow(length: number): Uint8Array | null {
    if (this.#chunk.length - this.#at < length) return null;
    this.#at += length;
    return this.#chunk.subarray(this.#at - length, this.#at);
  }

  /** Up to `length` bytes, fewer only at the end. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#at === this.#chunk.length) {
        const next = await this.#iterator.next();
        if (next.done) break;
        this.#chunk = next.value;
        this.#at = 0;
      }
      const end = Math.min(this.#at + missing, this.#chunk.length);
      parts.push(this.#chunk.subarray(this.#at, end));
      missing -= end - this.#at;
      this.#at = end;
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
