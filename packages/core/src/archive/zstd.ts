import { ImgweighError, messageOf } from "../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import type { ByteStream } from "./byte-stream.ts";
import type { InflateSink } from "./inflate-sink.ts";
import { type FrameDecoder, MAX_BLOCK_BYTES, nativeDecoder, portableDecoder } from "./zstd-decoders.ts";

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

interface FrameHeader {
  readonly bytes: Uint8Array;
  readonly checksum: boolean;
  readonly windowBytes: number;
  /** Bytes that the frame says it holds; null where it does not say. */
  readonly contentBytes: number | null;
}

/** One block with its header, and the frame's checksum behind the last one. */
interface Block {
  readonly bytes: Buffer;
  readonly last: boolean;
}

/** Blocks looked at before a decoder is chosen: most frames of chunked layers are over by then. */
const BLOCKS_AHEAD = 4;
/** Frames of fewer bytes are decoded here: to give one to Node's decoder and to wait for it takes longer. */
const WORTH_A_WAIT_BYTES = 2 ** 10;

class ZstdStream {
  readonly #reader: ByteReader;
  readonly #sink: InflateSink;
  readonly #where: string;
  #sinkError: unknown;
  #native: FrameDecoder | null = null;
  #portable: FrameDecoder | null = null;
  /** Bytes that have come out of the current frame. */
  #produced = 0;

  constructor(reader: ByteReader, sink: InflateSink, where: string) {
    this.#reader = reader;
    this.#sink = sink;
    this.#where = where;
  }

  async read(): Promise<void> {
    for (;;) {
      const magicBytes = this.#reader.takeNow(4) ?? (await this.#reader.take(4));
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
    return this.#exact(this.#reader.takeNow(length) ?? (await this.#reader.take(length)), length);
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
    const windowBytes = this.#windowBytes(rest, windowLength, singleSegment ? sizeLength : 0, dictionaryLength);
    return {
      bytes: Buffer.concat([magic, Buffer.from([descriptor]), rest]),
      checksum: (descriptor & 4) !== 0,
      windowBytes,
      contentBytes: sizeLength === 0 ? null : contentBytes(rest.subarray(windowLength + dictionaryLength)),
    };
  }

  /**
   * RFC 8878 §3.1.1.1.2; a single segment's window is its content. A window is memory that the image asks us to spend;
   * a dictionary is something we do not have.
   */
  #windowBytes(rest: Buffer, windowLength: number, contentLength: number, dictionaryLength: number): number {
    const dictionary = rest.subarray(windowLength, windowLength + dictionaryLength);
    if (dictionary.some((byte) => byte !== 0)) {
      throw new ImgweighError("UNSUPPORTED_COMPRESSION", `${this.#where}: the zstd frame needs a dictionary`);
    }
    const byte = rest[0] as number;
    const windowBytes =
      windowLength === 1
        ? 2 ** (10 + (byte >> 3)) * (1 + (byte & 7) / 8)
        : contentBytes(rest.subarray(dictionaryLength, dictionaryLength + contentLength));
    if (windowBytes > MAX_WINDOW_BYTES) {
      throw new ImgweighError(
        "UNSUPPORTED_COMPRESSION",
        `${this.#where}: the zstd frame needs a window above 128 MiB`,
        {
          hint: "compress it without --long, or with --long=27 at most",
        },
      );
    }
    return windowBytes;
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
    const whole = blocks.at(-1)?.last === true;
    const mostBytes = whole ? blocks.length * MAX_BLOCK_BYTES : Number.POSITIVE_INFINITY;
    const storedBytes = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const decoder = await this.#decoderFor(whole && storedBytes < WORTH_A_WAIT_BYTES);
    await this.#decode(() => decoder.begin(header.bytes, Math.min(header.windowBytes, mostBytes)));
    let unstepped = header.bytes.length;
    for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
      await this.#decode(() => decoder.write(block.bytes));
      this.#sink.step(unstepped + block.bytes.length);
      unstepped = 0;
      if (!block.last && blocks.length === 0) blocks.push(await this.#block(header));
    }
    if (header.contentBytes !== null && header.contentBytes !== this.#produced)
      throw this.#damaged("a frame's content size is wrong");
  }

  /** Node's own decoder is faster, where there is one and the frame is long enough for it. */
  async #decoderFor(isSmall: boolean): Promise<FrameDecoder> {
    if (!isSmall) this.#native ??= nativeDecoder(this.#output);
    if (!isSmall && this.#native !== null) return this.#native;
    this.#portable ??= await portableDecoder(this.#output);
    return this.#portable;
  }

  readonly #output = (bytes: Uint8Array): void => {
    this.#produced += bytes.length;
    try {
      this.#sink.output(bytes);
    } catch (error) {
      this.#sinkError = error;
      throw error;
    }
  };

  close(): void {
    this.#native?.close();
    this.#portable?.close();
  }

  async #decode(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
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
