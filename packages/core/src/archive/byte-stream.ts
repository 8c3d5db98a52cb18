import type { FileHandle } from "node:fs/promises";
import { ImgweighError } from "../errors.ts";

/** Bytes as they come; chunks may be of any length. */
export type ByteStream = AsyncIterable<Uint8Array>;

// Larger reads cost less per byte; beyond this the gain is lost in the noise.
const READ_BYTES = 2 ** 20;

/**
 * Part of an open file. Reads are positioned, so many streams may share one handle.
 *
 * @throws {ImgweighError} ARCHIVE_TRUNCATED where the file ends before the range does.
 */
export async function* readRange(
  handle: FileHandle,
  offset: number,
  length: number,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = offset;
  const end = offset + length;
  while (at < end) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, end - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) {
      throw new ImgweighError("ARCHIVE_TRUNCATED", `${where} ends ${end - at} bytes early`, {
        hint: "it was not written or copied to its end; make it again",
      });
    }
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Exactly `length` bytes of an open file, fewer only at its end. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/**
 * A stream that can be left while it is waited for: pipes and engines may be silent for ever. On an abort the signal's
 * reason is thrown at once, and the input is closed without waiting for it.
 */
export async function* interruptible(
  input: ByteStream,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = input[Symbol.asyncIterator]();
  let waiting = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      waiting = true;
      const next = await untilAborted(iterator.next(), signal);
      waiting = false;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    // A generator's return() queues behind the next() that does not come; a stream can be destroyed.
    if (waiting) (input as { destroy?: () => unknown }).destroy?.();
    const closing = Promise.resolve(iterator.return?.()).catch(() => {});
    if (!waiting) await closing;
  }
}

/** What a promise gives, or the signal's reason at once on an abort; what the promise comes to then, nobody hears. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The same bytes in chunks of exactly `size`, the last one shorter. */
export async function* inStepsOf(size: number, input: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = [];
  let filled = 0;
  for await (const chunk of input) {
    let at = 0;
    while (filled + (chunk.length - at) >= size) {
      const take = size - filled;
      const tail = chunk.subarray(at, at + take);
      yield parts.length === 0 ? tail : Buffer.concat([...parts, tail]);
      parts = [];
      filled = 0;
      at += take;
    }
    if (at < chunk.length) {
      parts.push(chunk.subarray(at));
      filled += chunk.length - at;
    }
  }
  if (filled > 0) yield Buffer.concat(parts);
}

/** A stream whose first bytes were looked at. */
export interface Peeked {
  /** At least the bytes asked for, or all there are. */
  readonly head: Uint8Array;
  /** The whole stream, head included. It must be read, or closed with {@link Peeked.close}. */
  readonly stream: ByteStream;
  close(): Promise<void>;
}

/** Reads the first `length` bytes without losing them. Chunks need only be there until the next is asked for. */
export async function peek(input: ByteStream, length: number): Promise<Peeked> {
  const iterator = input[Symbol.asyncIterator]();
  const parts: Uint8Array[] = [];
  let filled = 0;
  while (filled < length) {
    const next = await iterator.next();
    if (next.done) break;
    filled += next.value.length;
    parts.push(filled < length ? Buffer.from(next.value) : next.value);
  }
  const head = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  const close = async () => {
    await iterator.return?.();
  };
  async function* whole(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (head.length > 0) yield head;
      for (;;) {
        const next = await iterator.next();
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await close();
    }
  }
  return { head, stream: whole(), close };
}

/** All bytes of a stream that may have at most `limit`, copied; null where it has more. */
export async function readAll(input: ByteStream, limit: number): Promise<Buffer | null> {
  const parts: Uint8Array[] = [];
  let filled = 0;
  for await (const chunk of input) {
    filled += chunk.length;
    if (filled > limit) return null;
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts);
}
