import { readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { ImgweighError } from "../errors.ts";

/** Part of an open file as plain data: descriptors belong to the process, so each of its threads can read it. */
export interface FileRange {
  readonly fd: number;
  /** Where the part begins in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** What to call the file in messages. */
  readonly where: string;
}

// Larger reads fall out of the processor's cache before they are hashed.
const READ_BYTES = 2 ** 19;

/** Reads `length` bytes at `at` of the part into `buffer`; fewer only where the file ends. */
function fill({ fd, offset }: FileRange, at: number, buffer: Buffer, length: number): number {
  let filled = 0;
  while (filled < length) {
    const bytes = readSync(fd, buffer, filled, length - filled, offset + at + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return filled;
}

/** Up to `length` bytes at `at` of the part; fewer only at its end, or the file's. */
export function readPart(range: FileRange, at: number, length: number): Buffer {
  const wanted = Math.min(length, range.length - at);
  const buffer = Buffer.allocUnsafeSlow(wanted);
  return buffer.subarray(0, fill(range, at, buffer, wanted));
}

/** Positioned reads into one buffer: what the last one gave is gone with the next. */
export function lentReads(range: FileRange, mostBytes: number): (at: number, length: number) => Buffer {
  const buffer = Buffer.allocUnsafeSlow(mostBytes);
  return (at, length) => {
    const wanted = Math.min(length, mostBytes, range.length - at);
    return buffer.subarray(0, fill(range, at, buffer, wanted));
  };
}

/**
 * A part of a file from its beginning to its end. Each chunk is there until the next is asked for: one buffer serves
 * them all. Reading is synchronous, which costs half of what asking another thread to read does; between chunks
 * everything else gets its turn.
 *
 * @throws {ImgweighError} ARCHIVE_TRUNCATED where the file ends before the part does
 */
export async function* readWhole(range: FileRange): AsyncGenerator<Buffer, void, undefined> {
  const read = lentReads(range, Math.min(READ_BYTES, range.length));
  for (let at = 0; at < range.length; ) {
    const wanted = Math.min(READ_BYTES, range.length - at);
    const chunk = read(at, wanted);
    if (chunk.length < wanted) {
      throw new ImgweighError("ARCHIVE_TRUNCATED", `${range.where} ends ${wanted - chunk.length} bytes early`, {
        hint: "it was not written or copied to its end; make it again",
      });
    }
    at += chunk.length;
    yield chunk;
    await setImmediate();
  }
}
