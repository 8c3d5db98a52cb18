import { deflateRawSync } from "node:zlib";

/** Compressed on their own, blocks of this size come to less than a thousandth more than one stream. */
const BLOCK_BYTES = 2 ** 20;
/** Header and trailer of a gzip member (RFC 1952, section 2.3). */
const AROUND_BYTES = 18;
/** What Docker, BuildKit, Podman and containerd push with: zlib's default. */
const LEVEL = 6;

/** Counts what bytes that stream past would come to as a gzip blob, about as builders and engines compress layers. */
export class GzipSize {
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #filled = 0;
  #bytes = AROUND_BYTES;

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_BYTES) this.#compress();
    }
  }

  /** Bytes of the whole. */
  finish(): number {
    this.#compress();
    return this.#bytes;
  }

  #compress(): void {
    if (this.#filled > 0) this.#bytes += deflateRawSync(this.#block.subarray(0, this.#filled), { level: LEVEL }).length;
    this.#filled = 0;
  }
}
