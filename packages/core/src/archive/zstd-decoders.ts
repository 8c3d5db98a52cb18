import * as zlib from "node:zlib";

/** RFC 8878 §3.1.1.2.4. */
export const MAX_BLOCK_BYTES = 2 ** 17;

/** Decodes one frame after another. What is done when a call returns nothing needs not be waited for. */
export interface FrameDecoder {
  /** Takes the header of a frame and the most that its blocks may refer back to; the blocks follow. */
  begin(header: Uint8Array, windowBytes: number): Promise<void> | undefined;
  /** Decodes the next block; all of its output has then been given. */
  write(block: Uint8Array): Promise<void> | undefined;
  close(): void;
}

type Output = (bytes: Uint8Array) => void;
type ZstdOptions = { chunkSize: number; params: Record<number, number> };
type NativeZstd = (options: ZstdOptions) => import("node:zlib").Gunzip;

// Node ≥ 22.15 has it; the types of the oldest supported Node do not.
const native = (zlib as unknown as { createZstdDecompress?: NativeZstd }).createZstdDecompress;
const windowLogMax = (zlib.constants as unknown as { ZSTD_d_windowLogMax?: number }).ZSTD_d_windowLogMax;

/** The decoder of this Node; null where it has none. */
export function nativeDecoder(output: Output): FrameDecoder | null {
  return native === undefined ? null : decoderOf(native, output);
}

function decoderOf(create: NativeZstd, output: Output): FrameDecoder {
  const stream = create({ chunkSize: 2 ** 18, params: windowLogMax === undefined ? {} : { [windowLogMax]: 27 } });
  let failure: unknown = null;
  stream.on("error", (error) => {
    failure ??= error;
  });
  stream.on("data", (bytes: Buffer) => {
    if (failure !== null) return;
    try {
      output(bytes);
    } catch (error) {
      failure = error;
    }
  });
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(error);
      stream.once("error", fail);
      stream.write(bytes, (error) => {
        stream.off("error", fail);
        if (error ?? failure) reject(error ?? failure);
        else resolve();
      });
    });
  return {
    begin: (header, windowBytes) => write(windowBytes <= SHORT_BYTES ? shortHeader(header, windowBytes) : header),
    write,
    close: () => {
      stream.destroy();
    },
  };
}

/** Frames of which a decoder is told that they need no more than this much memory. */
const SHORT_BYTES = 2 ** 20;

/**
 * A decoder gets itself as much memory as the window, 128 MiB if the frame says so. A frame that is known to be short
 * needs no more window than it has content: a header that says just that (RFC 8878 §3.1.1.1) saves minutes on layers of
 * many small frames.
 */
function shortHeader(header: Uint8Array, windowBytes: number): Uint8Array {
  const exponent = Math.max(0, Math.ceil(Math.log2(windowBytes)) - 10);
  return Buffer.from([...header.subarray(0, 4), (header[4] as number) & 4, exponent << 3]);
}

/**
 * What a frame has put out, as far back as its blocks may refer. Moving the whole window on for each block, as fzstd
 * does, would cost hours for a large one: here it is moved once for every quarter of its size.
 */
class History {
  #buffer = new Uint8Array(0);
  #window = 0;
  #end = 0;

  begin(windowBytes: number): void {
    const needed = windowBytes + Math.max(2 * MAX_BLOCK_BYTES, Math.ceil(windowBytes / 4));
    // Memory that nothing is written to is never there.
    if (this.#buffer.length < needed) this.#buffer = new Uint8Array(needed);
    this.#window = windowBytes;
    this.#end = 0;
  }

  add(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) {
      const kept = Math.min(this.#end, this.#window);
      this.#buffer.copyWithin(0, this.#end - kept, this.#end);
      this.#end = kept;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  get window(): Uint8Array {
    return this.#buffer.subarray(Math.max(0, this.#end - this.#window), this.#end);
  }
}

/** What fzstd 0.1 keeps of the running frame, as far as it matters here. */
interface FzstdFrame {
  /** The window, and where its end stands in it. */
  w: Uint8Array;
  e: number;
  /** The most that one block may put out. */
  m: number;
}

interface FzstdInternals {
  /** Input that was kept, and its length. */
  c: Uint8Array[];
  l: number;
  /** Between frames it is a number of bytes to pass over. */
  s: FzstdFrame | number | undefined;
}

/** Four empty blocks: fzstd waits for 18 bytes before it looks at a frame, and some frames have fewer. */
const EMPTY_BLOCKS = new Uint8Array(12);
/** fzstd allocates the window that a header speaks of; that of {@link History} stands in for it. */
const LEAST_WINDOW_BYTES = 2 ** 10;

/** A decoder in plain JavaScript, which works at once. */
export async function portableDecoder(output: Output): Promise<FrameDecoder> {
  const { Decompress } = await import("fzstd");
  const history = new History();
  /** What fzstd may move about instead of the window. */
  const scratch = new Uint8Array(MAX_BLOCK_BYTES);
  const ofFrame = () => {
    const decoder = new Decompress((bytes) => {
      if (bytes.length > 0) {
        history.add(bytes);
        output(bytes);
      }
      const { s } = internals;
      if (typeof s === "object") s.w = scratch;
    });
    const internals = decoder as unknown as FzstdInternals;
    return { decoder, internals };
  };
  let frame = ofFrame();
  const push = (bytes: Uint8Array): undefined => {
    const { decoder, internals } = frame;
    decoder.push(bytes);
    // It keeps an empty view of each chunk it was given, and with it the memory of the whole frame.
    if (internals.l === 0) internals.c = [];
  };
  return {
    begin: (header, windowBytes) => {
      frame = ofFrame();
      history.begin(windowBytes);
      push(Buffer.concat([shortHeader(header, LEAST_WINDOW_BYTES), EMPTY_BLOCKS]));
      const { s } = frame.internals;
      if (typeof s === "object") s.m = MAX_BLOCK_BYTES;
    },
    write: (block) => {
      const { s } = frame.internals;
      if (typeof s === "object") {
        s.w = history.window;
        s.e = s.w.length;
      }
      push(block);
    },
    close: () => {},
  };
}
