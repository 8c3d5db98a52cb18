import { promisify } from "node:util";
import { createGunzip, gzip as deflate } from "node:zlib";
import { ImgweighError, messageOf } from "../errors.ts";
import { type ByteStream, inStepsOf } from "./byte-stream.ts";
import type { InflateSink } from "./inflate-sink.ts";

/** Compressed bytes of one step (see {@link InflateSink}). */
export const GZIP_STEP_BYTES = 2 ** 18;

// The default of 16 KiB costs twice the processor time.
const OUTPUT_BYTES = 2 ** 18;

function gzipError(cause: unknown, where: string): unknown {
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === "Z_BUF_ERROR") {
    return new ImgweighError("ARCHIVE_TRUNCATED", `${where}: the gzip stream ends early`, {
      cause,
      hint: "it was not written or copied to its end; make it again",
    });
  }
  if (code === "Z_DATA_ERROR") {
    return new ImgweighError("ARCHIVE_MALFORMED", `${where}: the gzip stream is damaged (${messageOf(cause)})`, {
      cause,
    });
  }
  return cause;
}

function requireZeros(padding: Uint8Array, where: string): void {
  if (padding.every((byte) => byte === 0)) return;
  throw new ImgweighError("ARCHIVE_MALFORMED", `${where}: the gzip stream is damaged (data behind its padding)`);
}

/**
 * All members of a gzip stream (RFC 1952 §2.2), zero padding after the last one allowed.
 *
 * @throws {ImgweighError} ARCHIVE_TRUNCATED, ARCHIVE_MALFORMED
 */
export async function gunzip(input: ByteStream, sink: InflateSink, where: string): Promise<void> {
  const inflater = createGunzip({ chunkSize: OUTPUT_BYTES });
  let failure: unknown = null;
  // zlib ends by itself where zeros follow a member: padding, of which it takes nothing.
  let ended = false;
  let given = 0;
  inflater.once("end", () => {
    ended = true;
  });
  // Without a listener an error would be thrown at the process; where it is waited for, the promises below see it.
  inflater.on("error", (error) => {
    failure ??= gzipError(error, where);
  });
  inflater.on("data", (bytes: Buffer) => {
    if (failure !== null) return;
    try {
      sink.output(bytes);
    } catch (error) {
      failure = error;
    }
  });
  // Settles when the engine has taken the whole chunk and all of its output has been handed to "data".
  const finish = (begin: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(gzipError(error, where));
      inflater.once("error", fail);
      begin((error) => {
        inflater.off("error", fail);
        if (error) fail(error);
        else resolve();
      });
    });
  try {
    for await (const step of inStepsOf(GZIP_STEP_BYTES, input)) {
      given += step.length;
      if (inflater.bytesWritten === given - step.length) await finish((done) => inflater.write(step, done));
      if (failure !== null) throw failure;
      requireZeros(step.subarray(Math.max(0, step.length - (given - inflater.bytesWritten))), where);
      sink.step(step.length);
    }
    await finish((done) => {
      if (ended) return done();
      inflater.once("end", () => done());
      inflater.end();
    });
    if (failure !== null) throw failure;
  } finally {
    inflater.destroy();
  }
}

/** Compresses what is in memory anyway. Deterministic: no time and no name is stored. */
export const gzip: (bytes: Uint8Array) => Promise<Buffer> = promisify(deflate);
