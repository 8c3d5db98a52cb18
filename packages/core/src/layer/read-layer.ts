import { createHash } from "node:crypto";
import { type ByteStream, peek } from "../archive/byte-stream.ts";
import { decompress } from "../archive/decompress.ts";
import type { Limits } from "../archive/limits.ts";
import { type Content, SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import { TarScanner } from "../archive/tar-scanner.ts";
import { ImgweighError } from "../errors.ts";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import type { LayerCompression } from "../oci/media-type.ts";
import { BlobSteps, shareBlob } from "./blob-shares.ts";
import { type CaptureRequest, Captures } from "./capture.ts";
import { type ExtractorId, Extractors } from "./extractors.ts";
import { type BlobRecord, LAYER_INDEX_VERSION, type LayerIndex } from "./layer-index.ts";
import { LayerVisitor } from "./layer-visitor.ts";

export interface ReadLayerOptions {
  readonly limits: Limits;
  readonly captures: readonly CaptureRequest[];
  /** Kinds of files to read facts from; none where absent. */
  readonly extractors?: readonly ExtractorId[];
  /** Algorithms of the digests that the image declares; sha256 where it declares none. */
  readonly diffIdAlgorithm: DigestAlgorithm;
  readonly blobAlgorithm: DigestAlgorithm;
  /** What to call the blob in messages. */
  readonly where: string;
  /** Told of uncompressed bytes before they are read; throws to stop. */
  readonly onBytes: (bytes: number) => void;
}

/** A layer that was read: what its tar says, and what its blob adds. */
export interface ReadLayer {
  readonly index: LayerIndex;
  readonly blob: BlobRecord;
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

/** The digests of a blob as stored and as uncompressed. */
class Digests {
  readonly #blobAlgorithm: DigestAlgorithm;
  readonly #diffIdAlgorithm: DigestAlgorithm;
  readonly #blob;
  #diff: ReturnType<typeof createHash> | null = null;

  constructor({ blobAlgorithm, diffIdAlgorithm }: ReadLayerOptions) {
    this.#blobAlgorithm = blobAlgorithm;
    this.#diffIdAlgorithm = diffIdAlgorithm;
    this.#blob = createHash(blobAlgorithm);
  }

  /** A plain tar's blob digest is its diffID: hashing it once is enough. */
  begin(compression: LayerCompression): void {
    const same = compression === "none" && this.#blobAlgorithm === this.#diffIdAlgorithm;
    this.#diff = same ? null : createHash(this.#diffIdAlgorithm);
  }

  stored(bytes: Uint8Array): void {
    this.#blob.update(bytes);
  }

  uncompressed(bytes: Uint8Array): void {
    this.#diff?.update(bytes);
  }

  finish(): { readonly blobDigest: Digest; readonly diffId: Digest } {
    const blobDigest: Digest = `${this.#blobAlgorithm}:${this.#blob.digest("hex")}`;
    return {
      blobDigest,
      diffId: this.#diff === null ? blobDigest : `${this.#diffIdAlgorithm}:${this.#diff.digest("hex")}`,
    };
  }
}

function layerVisitor({ captures, extractors = [], limits }: ReadLayerOptions, hashing: boolean): LayerVisitor {
  const { maxCapturedFileBytes } = limits;
  return new LayerVisitor(
    new Captures(captures, maxCapturedFileBytes),
    new Extractors(extractors, maxCapturedFileBytes),
    hashing,
  );
}

function layerIndex(scanner: TarScanner, visitor: LayerVisitor, diffId: Digest | null): LayerIndex {
  return {
    version: LAYER_INDEX_VERSION,
    diffId,
    tarBytes: scanner.offset,
    contentBytes: visitor.contentBytes,
    terminated: scanner.terminated,
    entries: visitor.columns.finish(diffId !== null),
    captures: visitor.captures.finish(),
    binaries: visitor.extractors.binaries,
    archives: visitor.extractors.archives,
    oddities: visitor.oddities,
  };
}

/**
 * Reads one blob from front to back and weighs it: every byte inflated, both digests computed, every file hashed.
 * Depends on nothing but the blob and the options.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, UNSUPPORTED_COMPRESSION, LIMIT_EXCEEDED, and whatever
 *   the input throws
 */
export async function readLayer(input: ByteStream, options: ReadLayerOptions): Promise<ReadLayer> {
  const { limits, where } = options;
  const digests = new Digests(options);
  let blobBytes = 0;
  async function* stored(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of input) {
      blobBytes += chunk.length;
      digests.stored(chunk);
      yield chunk;
    }
  }
  const { head, stream, close } = await peek(stored(), SNIFF_BYTES);
  try {
    const compression = requireReadable(sniff(head), where);
    digests.begin(compression);
    const visitor = layerVisitor(options, true);
    const scanner = new TarScanner(visitor, limits, where);
    const steps = new BlobSteps();
    const sink = {
      output(bytes: Uint8Array): void {
        options.onBytes(bytes.length);
        steps.output(bytes.length);
        digests.uncompressed(bytes);
        scanner.push(bytes);
      },
      step(inputBytes: number): void {
        steps.step(inputBytes);
      },
    };
    await decompress(stream, compression, sink, limits, where);
    scanner.finish();
    const { blobDigest, diffId } = digests.finish();
    const index = layerIndex(scanner, visitor, diffId);
    const shares = compression === "none" ? null : shareBlob(steps, index.entries);
    return { index, blob: { digest: blobDigest, compression, blobBytes, shares } };
  } finally {
    await close();
  }
}

/** Positioned reads of a blob that lies on a local disk. */
export type ReadBlobAt = (offset: number, length: number) => Promise<Uint8Array>;

// Headers of small neighbouring entries come with one read; between large ones little is read in vain.
const SKIM_READ_BYTES = 2 ** 15;

/**
 * Reads one blob without its contents (`--no-verify`): a plain tar by its headers alone, seeking over what nobody asked
 * for. Nothing is hashed, so `diffId`, blob digest and content hashes are null.
 *
 * @throws {ImgweighError} as {@link readLayer}
 */
export async function skimLayer(
  read: ReadBlobAt,
  blobBytes: number,
  stream: () => ByteStream,
  options: ReadLayerOptions,
): Promise<ReadLayer> {
  const { limits, where } = options;
  const compression = requireReadable(sniff(await read(0, Math.min(SNIFF_BYTES, blobBytes))), where);
  const visitor = layerVisitor(options, false);
  const scanner = new TarScanner(visitor, limits, where);
  const steps = new BlobSteps();
  if (compression === "none") {
    await skimTar(read, blobBytes, scanner, options);
  } else {
    const sink = {
      output(bytes: Uint8Array): void {
        options.onBytes(bytes.length);
        steps.output(bytes.length);
        scanner.push(bytes);
      },
      step(inputBytes: number): void {
        steps.step(inputBytes);
      },
    };
    await decompress(stream(), compression, sink, limits, where);
  }
  scanner.finish();
  const index = layerIndex(scanner, visitor, null);
  const shares = compression === "none" ? null : shareBlob(steps, index.entries);
  return { index, blob: { digest: null, compression, blobBytes, shares } };
}

async function skimTar(
  read: ReadBlobAt,
  blobBytes: number,
  scanner: TarScanner,
  options: ReadLayerOptions,
): Promise<void> {
  while (scanner.offset < blobBytes) {
    const before = scanner.offset;
    // What follows the end-of-archive blocks is only counted.
    const rest = blobBytes - before;
    const chunk = await read(before, Math.min(SKIM_READ_BYTES, rest));
    if (chunk.length === 0) break;
    scanner.push(chunk);
    const skip = Math.min(scanner.skippable, blobBytes - scanner.offset);
    if (skip > 0) scanner.skip(skip);
    options.onBytes(scanner.offset - before);
  }
}
