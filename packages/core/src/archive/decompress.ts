import type { LayerCompression } from "../oci/media-type.ts";
import { type ByteStream, interruptible } from "./byte-stream.ts";
import { gunzip } from "./gzip.ts";
import type { InflateSink } from "./inflate-sink.ts";
import { type Limits, limitExceeded, RATIO_GRACE_BYTES } from "./limits.ts";
import { unzstd } from "./zstd.ts";

/** Wraps a sink so that a bomb ends early. */
function guardRatio(sink: InflateSink, limits: Limits, where: string): InflateSink {
  let consumed = 0;
  let produced = 0;
  return {
    output(bytes) {
      produced += bytes.length;
      // The running step's input is not counted yet; one gzip step at most, well below the grace.
      if (produced > RATIO_GRACE_BYTES && produced > limits.maxInflateRatio * (consumed + 2 ** 18)) {
        throw limitExceeded(limits, "maxInflateRatio", where);
      }
      sink.output(bytes);
    },
    step(inputBytes) {
      consumed += inputBytes;
      sink.step(inputBytes);
    },
  };
}

/** A decoder holds on to its input for longer than chunks of a file or another thread are lent. */
async function* kept(input: ByteStream): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of input) yield Buffer.from(chunk);
}

/**
 * Inflates a blob into `sink`, to the end of the input: every gzip member, every zstd frame, in order.
 *
 * @param input chunks need only be there until the next is asked for
 * @throws {ImgweighError} ARCHIVE_TRUNCATED, ARCHIVE_MALFORMED, UNSUPPORTED_COMPRESSION, LIMIT_EXCEEDED, and whatever
 *   the input or the sink throws.
 */
export async function decompress(
  input: ByteStream,
  compression: LayerCompression,
  sink: InflateSink,
  limits: Limits,
  where: string,
): Promise<void> {
  if (compression === "gzip") return gunzip(kept(input), guardRatio(sink, limits, where), where);
  if (compression === "zstd") return unzstd(kept(input), guardRatio(sink, limits, where), where);
  for await (const chunk of input) {
    sink.output(chunk);
    sink.step(chunk.length);
  }
}

/** The inflated bytes as a stream, for whole archives. */
export async function* decompressed(
  input: ByteStream,
  compression: LayerCompression,
  limits: Limits,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (compression === "none") {
    yield* input;
    return;
  }
  let ready: Uint8Array[] = [];
  let wake = (): void => {};
  let resume = (): void => {};
  let finished = false;
  let failure: unknown = null;
  const stop = new AbortController();
  // The pull side decides the pace: input is handed on only when everything inflated so far has been taken.
  async function* paced(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of interruptible(input, stop.signal)) {
      yield chunk;
      if (ready.length === 0) continue;
      wake();
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    }
  }
  const sink: InflateSink = {
    output: (bytes) => {
      ready.push(Buffer.from(bytes));
    },
    step: () => {},
  };
  const work = decompress(paced(), compression, sink, limits, where).then(
    () => {
      finished = true;
      wake();
    },
    (error: unknown) => {
      failure = error;
      finished = true;
      wake();
    },
  );
  try {
    for (;;) {
      if (ready.length === 0 && !finished) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          resume();
        });
      }
      const batch = ready;
      ready = [];
      yield* batch;
      if (finished && ready.length === 0) {
        if (failure !== null) throw failure;
        return;
      }
    }
  } finally {
    stop.abort();
    resume();
    await work;
  }
}
