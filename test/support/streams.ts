/** Bytes in chunks of `size`; what happens to the stream is told. */
export class Source implements AsyncIterable<Uint8Array> {
  taken = 0;
  released = false;
  readonly #bytes: Uint8Array;
  readonly #size: number;
  readonly #failure: Error | null;

  constructor(bytes: Uint8Array, size: number = bytes.length || 1, failure: Error | null = null) {
    this.#bytes = bytes;
    this.#size = size;
    this.#failure = failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let at = 0; at < this.#bytes.length; at += this.#size) {
        const chunk = this.#bytes.subarray(at, at + this.#size);
        this.taken += chunk.length;
        yield chunk;
      }
      if (this.#failure !== null) throw this.#failure;
    } finally {
      this.released = true;
    }
  }
}

export function chunked(bytes: Uint8Array, size?: number): Source {
  return new Source(bytes, size);
}

export async function collect(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** Keeps everything that is inflated, and for each step its input and all output so far. */
export class Recorder {
  readonly steps: [input: number, produced: number][] = [];
  produced = 0;
  readonly #parts: Buffer[] = [];

  output(bytes: Uint8Array): void {
    this.produced += bytes.length;
    this.#parts.push(Buffer.from(bytes));
  }

  step(inputBytes: number): void {
    this.steps.push([inputBytes, this.produced]);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
