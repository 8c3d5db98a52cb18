import { setImmediate } from "node:timers/promises";
import { type ByteStream, peek } from "../archive/byte-stream.ts";
import { decompress } from "../archive/decompress.ts";
import { GzipSize } from "../archive/gzip-size.ts";
import type { InflateSink } from "../archive/inflate-sink.ts";
import { capturedBytesGuard, type Limits } from "../archive/limits.ts";
import { type Content, SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import { TarScanner } from "../archive/tar-scanner.ts";
import { ImgweighError, isImgweighError, messageOf } from "../errors.ts";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import type { LayerCompression } from "../oci/media-type.ts";
import { BlobSteps, shareBlob } from "./blob-shares.ts";
import { type CaptureRequest, Captures } from "./capture.ts";
import { type ExtractorId, Extractors } from "./extractors.ts";
import { LayerDigests } from "./layer-digests.ts";
import { type BlobRecord, LAYER_INDEX_VERSION, type LayerIndex } from "./layer-index.ts";
import { LayerVisitor } from "./layer-visitor.ts";

/** What to make of a blob; plain data, so that it crosses threads. */
export interface LayerTask {
  readonly limits: Limits;
  readonly captures: readonly CaptureRequest[];
  /** Kinds of files to read facts from; none where absent. */
  readonly extractors?: readonly ExtractorId[];
  /** Algorithms of the digests that the image declares; sha256 where it declares none. */
  readonly diffIdAlgorithm: DigestAlgorithm;
  readonly blobAlgorithm: DigestAlgorithm;
  /** A second algorithm for the diffID: a stream may tell last which one the image declares. */
  readonly otherDiffIdAlgorithm?: DigestAlgorithm | null;
  /** What the blob's digest is to be, where the image says so: a damaged one is told from one that was made wrong. */
  readonly declaredDigest?: Digest | null;
  /** The digests are taken elsewhere, at the same time: those of the result are null. */
  readonly digestsElsewhere?: boolean;
  /** A layer that is not compressed is measured as it would be. */
  readonly estimateBlob?: boolean;
  /** What to call the blob in messages. */
  readonly where: string;
}

export interface ReadLayerOptions extends LayerTask {
  /** Told of uncompressed bytes before they are read; throws to stop. */
  readonly onBytes: (bytes: number) => void;
}

/** A layer that was read: what its tar says, and what its blob adds. */
export interface ReadLayer {
  readonly index: LayerIndex;
  readonly blob: BlobRecord;
  /** What a plain tar would come to as a gzip blob, about; null where that was not asked for, and of what is compressed. */
  readonly gzipBytes?: number | null;
  /** The diffID by the second algorithm that was asked for. */
  readonly otherDiffId?: Digest;
}

/** @throws {ImgweighError} ARCHIVE_MALFORMED, UNSUPPORTED_COMPRESSION */
function requireReadable(content: Content, where: string): LayerCompression {
  if (content === "none" || content === "gzip" || content === "zstd") return content;
  // No bytes at all are a tar without entries and without its end; whether that is right its digest decides.
  if (content === "empty") return "none";
  if (content === "unknown" || content === "json") {
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is neither a tar nor compressed with gzip or zstd`);
  }
  throw new ImgweighError("UNSUPPORTED_COMPRESSION", `${where} is ${content}, not a tar (plain, gzip or zstd)`, {
    hint: "image layers are tars by the OCI image-spec; convert the image, for example with skopeo copy",
  });
}

/** What a layer becomes while its uncompressed bytes are pushed into it. */
class GrowingLayer {
  readonly scanner: TarScanner;
  readonly #visitor: LayerVisitor;
  readonly #steps = new BlobSteps();
  readonly #options: ReadLayerOptions;
  readonly #hashing: boolean;
  readonly #gzip: GzipSize | null;

  constructor(options: ReadLayerOptions, hashing: boolean, compression: LayerCompression) {
    const { captures, extractors = [], limits, where } = options;
    const { maxCapturedFileBytes } = limits;
    this.#options = options;
    this.#hashing = hashing;
    this.#gzip = options.estimateBlob === true && hashing && compression === "none" ? new GzipSize() : null;
    this.#visitor = new LayerVisitor(
      new Captures(captures, maxCapturedFileBytes, capturedBytesGuard(limits, where)),
      new Extractors(extractors, maxCapturedFileBytes),
      hashing,
    );
    this.scanner = new TarScanner(this.#visitor, limits, where);
  }

  sink(digests: LayerDigests | null): InflateSink {
    return {
      output: (bytes) => {
        this.#options.onBytes(bytes.length);
        this.#steps.output(bytes.length);
        digests?.uncompressed(bytes);
        this.#gzip?.push(bytes);
        this.scanner.push(bytes);
      },
      step: (inputBytes) => this.#steps.step(inputBytes),
    };
  }

  /** @throws {ImgweighError} ARCHIVE_TRUNCATED */
  finish(blob: Omit<BlobRecord, "shares">, diffId: Digest | null): ReadLayer {
    this.scanner.finish();
    const { captures, extractors, columns, contentBytes, oddities } = this.#visitor;
    const index: LayerIndex = {
      version: LAYER_INDEX_VERSION,
      diffId,
      tarBytes: this.scanner.offset,
      contentBytes,
      terminated: this.scanner.terminated,
      entries: columns.finish(this.#hashing),
      captures: captures.finish(),
      binaries: extractors.binaries,
      archives: extractors.archives.sort((a, b) => a.entry - b.entry),
      oddities,
    };
    const shares = blob.compression === "none" ? null : shareBlob(this.#steps, index.entries);
    return { index, blob: { ...blob, shares }, gzipBytes: this.#gzip?.finish() ?? null };
  }
}

/** The input of a layer, hashed as it is read, of which the rest can still be read when a decoder has given up. */
class StoredBytes {
  bytes = 0;
  readonly digests: LayerDigests | null;
  readonly #input: AsyncIterator<Uint8Array>;

  constructor(
    input: ByteStream,
    { digestsElsewhere, blobAlgorithm, diffIdAlgorithm, otherDiffIdAlgorithm }: LayerTask,
  ) {
    this.#input = input[Symbol.asyncIterator]();
    this.digests = digestsElsewhere ? null : new LayerDigests(blobAlgorithm, diffIdAlgorithm, otherDiffIdAlgorithm);
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let next = await this.#input.next(); !next.done; next = await this.#input.next()) {
      this.bytes += next.value.length;
      this.digests?.stored(next.value);
      yield next.value;
    }
  }

  /** The digest of the whole input, what was not read of it included; null where it does not come. */
  async digestOfAll(): Promise<Digest | null> {
    if (this.digests === null) return null;
    try {
      for await (const _ of this.stream());
    } catch {
      return null;
    }
    return this.digests.finishBlob();
  }

  async close(): Promise<void> {
    await this.#input.return?.();
  }
}

/**
 * A decoder can only say that something is wrong with what it was given. Where that is not the blob that the image
 * declares, it was damaged on its way.
 *
 * @param digestOfAll the digest of the whole blob, whatever was read of it; null where it cannot be had
 */
export async function explainDamage(
  error: unknown,
  { declaredDigest = null, where }: LayerTask,
  digestOfAll: () => Promise<Digest | null>,
): Promise<unknown> {
  if (declaredDigest === null || !isImgweighError(error) || error.code !== "ARCHIVE_MALFORMED") return error;
  const actual = await digestOfAll();
  if (actual === null || actual === declaredDigest) return error;
  return new ImgweighError(
    "DIGEST_MISMATCH",
    `the blob of ${where} has the digest ${actual}, but the image declares ${declaredDigest} (${messageOf(error)})`,
    {
      hint: "the image was damaged or changed after it was made; pull or save it again",
      details: { declared: declaredDigest, actual },
      cause: error,
    },
  );
}

/**
 * Reads one blob from front to back and weighs it: every byte inflated, both digests computed, every file hashed.
 * Depends on nothing but the blob and the options.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, UNSUPPORTED_COMPRESSION, LIMIT_EXCEEDED, DIGEST_MISMATCH,
 *   and whatever the input throws
 */
export async function readLayer(input: ByteStream, options: ReadLayerOptions): Promise<ReadLayer> {
  const { limits, where } = options;
  const stored = new StoredBytes(input, options);
  try {
    const { head, stream } = await peek(stored.stream(), SNIFF_BYTES);
    const compression = requireReadable(sniff(head), where);
    stored.digests?.begin(compression);
    const layer = new GrowingLayer(options, true, compression);
    await decompress(stream, compression, layer.sink(stored.digests), limits, where);
    const digests = stored.digests?.finish() ?? { blobDigest: null, diffId: null, otherDiffId: null };
    const blob = { digest: digests.blobDigest, compression, blobBytes: stored.bytes };
    const read = layer.finish(blob, digests.diffId);
    return digests.otherDiffId === null ? read : { ...read, otherDiffId: digests.otherDiffId };
  } catch (error) {
    throw await explainDamage(error, options, () => stored.digestOfAll());
  } finally {
    await stored.close();
  }
}

/** Positioned reads of a blob that lies on a local disk; what one gives is gone with the next. */
export type LentReads = (at: number, length: number) => Uint8Array;

/** The most that is read at once: headers of small neighbouring entries come together, between large ones little is in vain. */
export const SKIM_READ_BYTES = 2 ** 15;

/**
 * Reads one blob without its contents (`--no-verify`): a plain tar by its headers alone, seeking over what nobody asked
 * for. Nothing is hashed, so `diffId`, blob digest and content hashes are null.
 *
 * @throws {ImgweighError} as {@link readLayer}
 */
export async function skimLayer(
  read: LentReads,
  blobBytes: number,
  stream: () => ByteStream,
  options: ReadLayerOptions,
): Promise<ReadLayer> {
  const { limits, where } = options;
  const compression = requireReadable(sniff(read(0, Math.min(SNIFF_BYTES, blobBytes))), where);
  const layer = new GrowingLayer(options, false, compression);
  if (compression === "none") await skimTar(read, blobBytes, layer.scanner, options);
  else await decompress(stream(), compression, layer.sink(null), limits, where);
  return layer.finish({ digest: null, compression, blobBytes }, null);
}

// Headers are read this often before others get their turn.
const READS_AT_ONCE = 256;

async function skimTar(
  read: LentReads,
  blobBytes: number,
  scanner: TarScanner,
  { onBytes }: ReadLayerOptions,
): Promise<void> {
  for (let reads = 1; scanner.offset < blobBytes; reads++) {
    const before = scanner.offset;
    // What follows the end-of-archive blocks is only counted.
    const chunk = read(before, Math.min(SKIM_READ_BYTES, blobBytes - before));
    if (chunk.length === 0) break;
    scanner.push(chunk);
    const skip = Math.min(scanner.skippable, blobBytes - scanner.offset);
    if (skip > 0) scanner.skip(skip);
    onBytes(scanner.offset - before);
    if (reads % READS_AT_ONCE === 0) await setImmediate();
  }
}
