import * as zlib from "node:zlib";
import { ImgweighError, messageOf } from "../errors.ts";
import type { ByteStream } from "./byte-stream.ts";
import type { InflateSink } from "./inflate-sink.ts";

/*
 * The frames and blocks of a zstd stream (RFC 8878) are told apart here and given to the decoder one block at a time:
 * node:zlib loses data where one write spans the end of a frame (Node 22 and 24; one that stops there loses nothing), and
 * block by block the output of each stretch of input is known. zstd:chunked layers are made of many frames, with tables
 * in skippable ones.
 */

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** What every decoder must accept is 8 MiB; 128 MiB (`--long=27`) is the largest that tools use without being forced. */
const MAX_WINDOW_BYTES = 2 ** 27;

/** Bytes of a frame's dictionary ID, by its flag. */
const DICTIONARY_LENGTHS = [0, 1, 2, 4];

/** A frame content size field (RFC 8878 §3.1.1.1.4). */
function contentBytes(field: Uint8Array): number {
  const value = field.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return field.length === 2 ? value + 256 : value;
}

/** RFC 8878 §3.1.1.2.4. */
const MAX_BLOCK_BYTES = 2 ** 17;

/** Decodes one frame after another. */
interface FrameDecoder {
  /** Takes the header of a frame; its blocks follow. */
  begin(header: Uint8Array): Promise<void>;
  /** Decodes the next block; resolves when its output has been given. */
  write(block: Uint8Array): Promise<void>;
  close(): void;
}

type ZstdOptions = { chunkSize: number; params: Record<number, number> };
type NativeZstd = (options: ZstdOptions) => import("node:zlib").Gunzip;

// Node ≥ 22.15 has it; the types of the oldest supported Node do not.
const native = (zlib as unknown as { createZstdDecompress?: NativeZstd }).createZstdDecompress;
const windowLogMax = (zlib.constants as unknown as { ZSTD_d_windowLogMax?: number }).ZSTD_d_windowLogMax;

function nativeDecoder(create: NativeZstd, output: (bytes: Uint8Array) => void): FrameDecoder {
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
    begin: write,
    write,
    close: () => {
      stream.destroy();
    },
  };
}

/** Four empty blocks: fzstd waits for 18 bytes before it looks at a frame, and some frames have fewer. */
const EMPTY_BLOCKS = new Uint8Array(12);

async function portableDecoder(output: (bytes: Uint8Array) => void): Promise<FrameDecoder> {
  const { Decompress } = await import("fzstd");
  const ofFrame = () =>
    new Decompress((bytes) => {
      if (bytes.length > 0) output(bytes);
    });
  let decoder = ofFrame();
  const push = async (bytes: Uint8Array): Promise<void> => {
    decoder.push(bytes);
    // It keeps an empty view of each chunk it was given, and with it the memory of the whole frame.
    const internals = decoder as unknown as { c?: Uint8Array[]; l?: number };
    if (internals.l === 0) internals.c = [];
  };
  return {
    begin: (header) => {
      decoder = ofFrame();
      return push(Buffer.concat([header, EMPTY_BLOCKS]));
    },
    write: push,
    close: () => {},
  };
}

/**
 * A decoder gets itself as much memory as the window, 128 MiB if the frame says so, and fzstd moves all of it with every
 * block. A frame that is known to be short needs no more window than it has content: a header that says just that
 * (RFC 8878 §3.1.1.1) saves minutes on layers of many small frames.
 */
function smallHeader(header: Uint8Array, atMost: number): Uint8Array {
  const exponent = Math.ceil(Math.log2(atMost)) - 10;
  return Buffer.from([...header.subarray(0, 4), (header[4] as number) & 4, exponent << 3]);
}

/** Hands out exact numbers of bytes of a stream. */
class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(input: ByteStream) {
    this.#iterator = input[Symbol.asyncIterator]();
  }

  /** Up to `length` bytes, fewer only at the end. */
  async take(length: number): Promise<Uint8Array> {
    if (this.#chunk.length - this.#at >= length) {
      this.#at += length;
      return this.#chunk.subarray(this.#at - length, this.#at);
    }
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

interface FrameHeader {
  readonly bytes: Uint8Array;
  readonly checksum: boolean;
  /** Bytes that the frame says it holds; null where it does not say. */
  readonly contentBytes: number | null;
}

/** One block with its header, and the frame's checksum behind the last one. */
interface Block {
  readonly bytes: Buffer;
  readonly last: boolean;
}

/** Blocks looked at before a decoder is made: most frames of chunked layers are over by then. */
const BLOCKS_AHEAD = 4;

class ZstdStream {
  readonly #reader: ByteReader;
  readonly #sink: InflateSink;
  readonly #where: string;
  #sinkError: unknown;
  #decoder: FrameDecoder | null = null;
  /** Bytes that have come out of the current frame. */
  #produced = 0;

  constructor(reader: ByteReader, sink: InflateSink, where: string) {
    this.#reader = reader;
    this.#sink = sink;
    this.#where = where;
  }

  async read(): Promise<void> {
    for (;;) {
      const magicBytes = await this.#reader.take(4);
      if (magicBytes.length === 0) return;
      const magic = this.#exact(magicBytes, 4).readUInt32LE(0);
      if (magic === MAGIC) await this.#frame(magicBytes);
      else if ((magic & 0xfffffff0) === SKIPPABLE) await this.#skippable();
      else throw this.#damaged("no frame magic");
    }
  }

  #exact(bytes: Uint8Array, length: number): Buffer {
    if (bytes.length === length) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    throw new ImgweighError("ARCHIVE_TRUNCATED", `${this.#where}: the zstd stream ends early`, {
      hint: "it was not written or copied to its end; make it again",
    });
  }

  async #take(length: number): Promise<Buffer> {
    return this.#exact(await this.#reader.take(length), length);
  }

  async #skippable(): Promise<void> {
    let missing = (await this.#take(4)).readUInt32LE(0);
    this.#sink.step(8);
    while (missing > 0) {
      const part = Math.min(missing, 2 ** 18);
      await this.#take(part);
      this.#sink.step(part);
      missing -= part;
    }
  }

  async #frameHeader(magic: Uint8Array): Promise<FrameHeader> {
    const descriptor = (await this.#take(1))[0] as number;
    // RFC 8878 §3.1.1.1.1.4: a decoder must make sure that the reserved bit is zero.
    if ((descriptor & 8) !== 0) throw this.#damaged("a reserved bit is set");
    const singleSegment = (descriptor & 0x20) !== 0;
    const windowLength = singleSegment ? 0 : 1;
    const dictionaryLength = DICTIONARY_LENGTHS[descriptor & 3] as number;
    const sizeFlag = descriptor >> 6;
    const sizeLength = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
    const rest = await this.#take(windowLength + dictionaryLength + sizeLength);
    this.#checkWindow(rest, windowLength, singleSegment ? sizeLength : 0, dictionaryLength);
    return {
      bytes: Buffer.concat([magic, Buffer.from([descriptor]), rest]),
      checksum: (descriptor & 4) !== 0,
      contentBytes: sizeLength === 0 ? null : contentBytes(rest.subarray(windowLength + dictionaryLength)),
    };
  }

  /** A window is memory that the image asks us to spend; a dictionary is something we do not have. */
  #checkWindow(rest: Buffer, windowLength: number, contentLength: number, dictionaryLength: number): void {
    const dictionary = rest.subarray(windowLength, windowLength + dictionaryLength);
    if (dictionary.some((byte) => byte !== 0)) {
      throw new ImgweighError("UNSUPPORTED_COMPRESSION", `${this.#where}: the zstd frame needs a dictionary`);
    }
    if (this.#windowBytes(rest, windowLength, dictionaryLength, contentLength) > MAX_WINDOW_BYTES) {
      throw new ImgweighError(
        "UNSUPPORTED_COMPRESSION",
        `${this.#where}: the zstd frame needs a window above 128 MiB`,
        {
          hint: "compress it without --long, or with --long=27 at most",
        },
      );
    }
  }

  /** RFC 8878 §3.1.1.1.2; a single segment's window is its content. */
  #windowBytes(rest: Buffer, windowLength: number, dictionaryLength: number, contentLength: number): number {
    if (windowLength === 1) {
      const byte = rest[0] as number;
      return 2 ** (10 + (byte >> 3)) * (1 + (byte & 7) / 8);
    }
    return contentBytes(rest.subarray(dictionaryLength, dictionaryLength + contentLength));
  }

  async #block({ checksum }: FrameHeader): Promise<Block> {
    const blockHeader = await this.#take(3);
    const fields = blockHeader.readUIntLE(0, 3);
    const last = (fields & 1) !== 0;
    const type = (fields >> 1) & 3;
    if (type === 3 || fields >> 3 > MAX_BLOCK_BYTES) throw this.#damaged("no such block");
    const body = await this.#take(type === 1 ? 1 : fields >> 3);
    const end = last && checksum ? await this.#take(4) : Buffer.alloc(0);
    return { bytes: Buffer.concat([blockHeader, body, end]), last };
  }

  #damaged(what: string, cause?: unknown): ImgweighError {
    return new ImgweighError("ARCHIVE_MALFORMED", `${this.#where}: the zstd stream is damaged (${what})`, { cause });
  }

  async #frame(magic: Uint8Array): Promise<void> {
    const header = await this.#frameHeader(magic);
    const blocks = [await this.#block(header)];
    while (blocks.length < BLOCKS_AHEAD && !blocks.at(-1)?.last) blocks.push(await this.#block(header));
    this.#produced = 0;
    this.#decoder ??= await this.#makeDecoder();
    const short = blocks.at(-1)?.last === true;
    await this.#decode(
      this.#decoder.begin(short ? smallHeader(header.bytes, blocks.length * MAX_BLOCK_BYTES) : header.bytes),
    );
    let unstepped = header.bytes.length;
    for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
      await this.#decode(this.#decoder.write(block.bytes));
      this.#sink.step(unstepped + block.bytes.length);
      unstepped = 0;
      if (!block.last && blocks.length === 0) blocks.push(await this.#block(header));
    }
    if (header.contentBytes !== null && header.contentBytes !== this.#produced)
      throw this.#damaged("a frame's content size is wrong");
  }

  async #makeDecoder(): Promise<FrameDecoder> {
    const output = (bytes: Uint8Array): void => {
      this.#produced += bytes.length;
      try {
        this.#sink.output(bytes);
      } catch (error) {
        this.#sinkError = error;
        throw error;
      }
    };
    return native ? nativeDecoder(native, output) : portableDecoder(output);
  }

  close(): void {
    this.#decoder?.close();
  }

  async #decode(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (cause) {
      if (cause === this.#sinkError) throw cause;
      throw this.#damaged(messageOf(cause), cause);
    }
  }
}

/**
 * All frames of a zstd stream; skippable ones give no output.
 *
 * @throws {ImgweighError} ARCHIVE_TRUNCATED, ARCHIVE_MALFORMED, UNSUPPORTED_COMPRESSION
 */
export async function unzstd(input: ByteStream, sink: InflateSink, where: string): Promise<void> {
  const reader = new ByteReader(input);
  const stream = new ZstdStream(reader, sink, where);
  try {
    await stream.read();
  } finally {
    stream.close();
    await reader.close();
  }
}
