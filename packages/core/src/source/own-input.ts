import { fstatSync, readSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import type { ByteStream } from "../archive/byte-stream.ts";

const STANDARD_INPUT = 0;

// As much as a file is read at a time elsewhere; a pipe holds less.
const READ_BYTES = 2 ** 19;

/**
 * The process's standard input. Each chunk is there until the next is asked for: `process.stdin` makes a buffer of 64 KiB
 * for each, and collecting those takes as long as hashing what is in them. Merely asking for it opens nothing.
 */
export function ownInput(): ByteStream & { destroy(): void } {
  const found = fstatSync(STANDARD_INPUT);
  if (found.isFile()) return { [Symbol.asyncIterator]: () => readFile(), destroy() {} };
  if (found.isFIFO()) return new Pipe();
  const { stdin } = process;
  return stdin;
}

/** From where whoever had it before has left off. */
async function* readFile(): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  for (;;) {
    const bytes = readSync(STANDARD_INPUT, buffer, 0, buffer.length, null);
    if (bytes === 0) return;
    yield buffer.subarray(0, bytes);
    await setImmediate();
  }
}

const HALF_PAGE = 2 ** 11;

/**
 * Memory for what comes out of a pipe. A pipe holds whole pages, and so begins the memory of a large buffer: between
 * places that stand alike in their pages AMD processors (Zen 3 and later) copy at a quarter of the speed.
 */
function pipeBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(HALF_PAGE + READ_BYTES).subarray(HALF_PAGE);
}

/** A pipe, read into one of two buffers while the other is lent. */
class Pipe {
  readonly #socket: Socket;
  #filling = pipeBuffer();
  #lent = pipeBuffer();
  #read: Uint8Array | null = null;
  #end: { readonly error: Error | null } | null = null;
  #wake = (): void => {};

  constructor() {
    const options: SocketConstructorOpts & ConnectOpts = {
      fd: STANDARD_INPUT,
      readable: true,
      writable: false,
      onread: {
        // Asked for as soon as what was read has been told of, and written to when reading goes on.
        buffer: () => this.#filling,
        callback: (bytes) => {
          this.#read = this.#filling.subarray(0, bytes);
          [this.#filling, this.#lent] = [this.#lent, this.#filling];
          this.#wake();
          return false;
        },
      },
    };
    this.#socket = new Socket(options);
    const end = (error: Error | null): void => {
      this.#end ??= { error };
      this.#wake();
    };
    this.#socket.on("end", () => end(null));
    this.#socket.on("close", () => end(null));
    this.#socket.on("error", end);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        if (this.#read === null) await this.#more();
        const bytes = this.#read;
        if (bytes === null) break;
        this.#read = null;
        // The other buffer was given back with this request.
        this.#socket.resume();
        yield bytes;
      }
      if (this.#end !== null && this.#end.error !== null) throw this.#end.error;
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Waits until something was read, or the end has come. */
  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#end === null) this.#socket.resume();
      else resolve();
    });
  }
}
