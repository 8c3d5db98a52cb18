import { promisify } from "node:util";
import { createGunzip, gzip as deflate } from "node:zlib";
import { ImgweighError, messageOf } from "../errors.ts";
import { type ByteStream, inStepsOf } from "./byte-stream.ts";
import type { InflateSink } from "./inflate-sink.ts";

/** Compressed bytes of one step (see {@link InflateSink}). */
export const GZIP_STEP_BYTES = 2 ** 18;

// The default of 16 KiB costs twice the processor time.
const OUTPUT_BYTES = 2 ** 20;

/** A step that inflates to more is handed over in parts. */
const MOST_WAITING_BYTES = 2 ** 22;

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

/** What has been inflated and not handed over yet. */
class Waiting {
  readonly #sink: InflateSink;
  #parts: Buffer[] = [];
  #bytes = 0;
  #step: number | null = null;

  constructor(sink: InflateSink) {
    this.#sink = sink;
  }

  add(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > MOST_WAITING_BYTES) this.#handOver();
  }

  /** All output of a step is here. */
  endStep(inputBytes: number): void {
    this.#step = inputBytes;
  }

  /** Hands over the step that has ended, if one has. */
  handOverStep(): void {
    if (this.#step === null) return;
    this.#handOver();
    this.#sink.step(this.#step);
    this.#step = null;
  }

  #handOver(): void {
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    for (const part of parts) this.#sink.output(part);
  }
}

/**
 * All members of a gzip stream (RFC 1952 §2.2), zero padding after the last one allowed. Inflating is done by another
 * thread: what came out of one step is handed over while the next is inflated.
 *
 * @throws {ImgweighError} ARCHIVE_TRUNCATED, ARCHIVE_MALFORMED
 */
export async function gunzip(input: ByteStream, sink: InflateSink, where: string): Promise<void> {
  const inflater = createGunzip({ chunkSize: OUTPUT_BYTES });
  const waiting = new Waiting(sink);
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
      waiting.add(bytes);
    } catch (error) {
      failure = error;
    }
  });
  // Settles when the engine has taken the whole chunk and all of its output has been handed to "data".
  const finish = async (begin: (done: (error?: Error | null) => void) => void): Promise<void> => {
    const finished = new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => reject(gzipError(error, where));
      inflater.once("error", fail);
      begin((error) => {
        inflater.off("error", fail);
        if (error) fail(error);
        else resolve();
      });
    });
    try {
      waiting.handOverStep();
    } finally {
      await finished.catch((error: unknown) => {
        failure ??= error;
      });
    }
    if (failure !== null) throw failure;
  };
  try {
    for await (const step of inStepsOf(GZIP_STEP_BYTES, input)) {
      given += step.length;
      if (inflater.bytesWritten === given - step.length) await finish((done) => inflater.write(step, done));
      else waiting.handOverStep();
      requireZeros(step.subarray(Math.max(0, step.length - (given - inflater.bytesWritten))), where);
      waiting.endStep(step.length);
      // A bad beginning is told at once, without asking for more.
      if (given === step.length) waiting.handOverStep();
    }
    await finish((done) => {
      if (ended) return done();
      inflater.once("end", () => done());
      inflater.end();
    });
    waiting.handOverStep();
  } finally {
    inflater.destroy();
  }
}

/** Compresses what is in memory anyway. Deterministic: no time and no name is stored. */
export const gzip: (bytes: Uint8Array) => Promise<Buffer> = promisify(deflate);
