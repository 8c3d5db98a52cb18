import { requireDigest } from "../archive/digest.ts";
import type { Limits } from "../archive/limits.ts";
import { limitExceeded } from "../archive/limits.ts";
import type { LayerCache } from "../cache/layer-cache.ts";
import { ImgweighError, isImgweighError } from "../errors.ts";
import type { CaptureRequest } from "../layer/capture.ts";
import type { ExtractorId } from "../layer/extractors.ts";
import type { ReadLayer, ReadLayerOptions } from "../layer/read-layer.ts";
import type { DigestAlgorithm } from "../oci/digest.ts";
import type { OnProgress } from "../progress.ts";
import type { BlobStream, DeclaredLayer, ImageDescription, RandomAccessImage } from "../source/source.ts";
import type { ImageLayer } from "./image.ts";
import { inParallel } from "./in-parallel.ts";
import { listLayers } from "./list-layers.ts";
import { algorithmsOf, NOTHING_RECALLED, type RecalledImage, recallLayers, recallStream } from "./recall-layers.ts";
import { SharedLayers } from "./shared-layers.ts";

export interface ReadLayersOptions {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly captures: readonly CaptureRequest[];
  readonly extractors: readonly ExtractorId[];
  /** Layers read at the same time, where the source allows it. */
  readonly concurrency: number;
  /**
   * true: every byte is read (`--verify`). false: contents of local files are skipped and nothing is verified
   * (`--no-verify`). Undefined: every byte that is read is verified, and tables of contents may stand for the rest.
   */
  readonly verify: boolean | undefined;
  /** Layers that were read before; null where nothing is looked up or kept. */
  readonly cache: LayerCache | null;
  /** Layers of other images of the same source, where there are such. */
  readonly shared?: SharedLayers;
}

export interface ReadImage {
  readonly description: ImageDescription;
  readonly layers: readonly ImageLayer[];
}

/** Keeps the total over all layers, however many are read at once. */
class TotalBytes {
  readonly #options: ReadLayersOptions;
  #bytes = 0;

  constructor(options: ReadLayersOptions) {
    this.#options = options;
  }

  readonly add = (bytes: number): void => {
    this.#options.signal.throwIfAborted();
    this.#bytes += bytes;
    const { limits } = this.#options;
    if (this.#bytes > limits.maxTotalBytes) throw limitExceeded(limits, "maxTotalBytes", "the image");
  };
}

function layerOptions(
  options: ReadLayersOptions,
  total: TotalBytes,
  where: string,
  blobAlgorithm: DigestAlgorithm,
  diffIdAlgorithm: DigestAlgorithm,
): ReadLayerOptions {
  return {
    limits: options.limits,
    captures: options.captures,
    extractors: options.extractors,
    blobAlgorithm,
    diffIdAlgorithm,
    where,
    onBytes: total.add,
  };
}

/** What reads layers, loaded where one has to be read: it takes longer than getting all of them out of the cache. */
function loadReader() {
  return import("../layer/read-layer.ts");
}

/** Holds a read layer against everything that the image declares of it. @throws {ImgweighError} DIGEST_MISMATCH, ARCHIVE_TRUNCATED */
function verifyLayer(read: ReadLayer, declared: DeclaredLayer, number: number): ImageLayer {
  const { index, blob } = read;
  const where = `layer ${number}`;
  if (declared.size !== null && blob.blobBytes !== declared.size) {
    throw new ImgweighError(
      "DIGEST_MISMATCH",
      `${where} has ${blob.blobBytes} bytes, but the image declares ${declared.size}`,
      {
        hint: "the image was damaged or changed after it was made; pull or save it again",
      },
    );
  }
  // Of a table of contents nobody knows the tar that it stands for.
  if (index.tarBytes === null) return { declared, index, blob, verified: "toc" };
  if (index.diffId === null) return { declared, index, blob, verified: "none" };
  if (declared.digest !== null && blob.digest !== null)
    requireDigest(blob.digest, declared.digest, `the blob of ${where}`);
  if (declared.diffId !== null) requireDigest(index.diffId, declared.diffId, `${where}, uncompressed,`);
  if (declared.diffId === null && !index.terminated) {
    throw new ImgweighError(
      "ARCHIVE_TRUNCATED",
      `${where} ends without end-of-archive blocks, and no digest says whether that is all of it`,
      {
        hint: "if the file is known to be whole, append 1024 zero bytes to it",
      },
    );
  }
  return { declared, index, blob, verified: declared.diffId === null ? "none" : "blob" };
}

/** Reads the blobs of a random-access image: each once however often it stands in the image, the largest first. */
async function readRandomAccess(image: RandomAccessImage, options: ReadLayersOptions): Promise<ReadImage> {
  const { description } = image;
  const total = new TotalBytes(options);
  const all = [...new Map(description.layers.map((layer) => [layer.key, layer])).values()];
  const readingOf = (layer: DeclaredLayer): ReadLayerOptions => {
    const { blob, diffId } = algorithmsOf(layer);
    return layerOptions(options, total, `layer ${description.layers.indexOf(layer)}`, blob, diffId);
  };
  const shared = options.shared?.among(all) ?? new Map<string, ReadLayer>();
  const unshared = all.filter(({ key }) => !shared.has(key));
  const listed = await listLayers(image, unshared, { ...options, readingOf });
  const distinct = unshared.filter(({ key }) => !listed.has(key));
  const sizes = new Map(distinct.map((layer) => [layer.key, image.blobBytes(layer)]));
  const size = (layer: DeclaredLayer): number => sizes.get(layer.key) as number;
  const skim = options.verify === false && image.local;
  const recalled =
    options.cache === null || skim ? NOTHING_RECALLED : await recallLayers(image, distinct, options.cache);
  const read = new Map<string, ReadLayer>([...shared, ...listed]);
  const finished = (layer: DeclaredLayer, result: ReadLayer): void => {
    read.set(layer.key, result);
    options.onProgress({ type: "layer", done: read.size, total: all.length, entries: result.index.entries.count });
  };
  const unread = distinct.filter((layer) => {
    const known = recalled.layers.get(layer.key);
    if (known === undefined) return true;
    total.add(known.index.tarBytes ?? 0);
    finished(layer, known);
    return false;
  });
  const totalBytes = unread.reduce((sum, layer) => sum + size(layer), 0);
  let readBytes = 0;
  const counted = async function* (layer: DeclaredLayer): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of image.blob(layer)) {
      readBytes += chunk.length;
      options.onProgress({ type: "read", bytes: readBytes, totalBytes });
      yield chunk;
    }
  };
  const work = async (layer: DeclaredLayer): Promise<void> => {
    const { readLayer, skimLayer } = await loadReader();
    const reading = readingOf(layer);
    const result = skim
      ? await skimLayer(
          (offset, length) => readRangeOf(image, layer, offset, length),
          size(layer),
          () => counted(layer),
          reading,
        )
      : await readLayer(counted(layer), reading);
    if (!skim) await recalled.keep(layer, result);
    finished(layer, result);
  };
  await inParallel(
    [...unread].sort((a, b) => size(b) - size(a)),
    options.concurrency,
    work,
  );
  options.shared?.keep(read);
  const layers = description.layers.map((layer, i) => verifyLayer(read.get(layer.key) as ReadLayer, layer, i));
  return { description, layers };
}

async function readRangeOf(
  image: RandomAccessImage,
  layer: DeclaredLayer,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of image.blob(layer, { offset, length })) parts.push(part);
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

/** Reads everything in a stream that may be a layer; the description, known at the end, says which ones count. */
async function readStream(stream: BlobStream, options: ReadLayersOptions): Promise<ReadImage> {
  const { cache } = options;
  const recalled = cache === null ? null : await recallStream(stream, cache);
  if (recalled !== null && recalled.image !== null) return recalledImage(recalled.image, options);
  const read = await readBlobs(stream, options);
  const description = await stream.describe();
  const found = layersOf(description, read);
  const image = verifyImage(description, found);
  await recalled?.keep(description, found);
  return image;
}

function verifyImage(description: ImageDescription, layers: readonly ReadLayer[]): ReadImage {
  return { description, layers: layers.map((read, i) => verifyLayer(read, description.layers[i] as DeclaredLayer, i)) };
}

/** What an image consists of, among all that streamed past. @throws {ImgweighError} LAYER_MISSING, and why a layer could not be read */
function layersOf(
  description: ImageDescription,
  read: ReadonlyMap<string, ReadLayer | ImgweighError>,
): readonly ReadLayer[] {
  return description.layers.map((layer, i) => {
    const result = read.get(layer.key);
    if (result === undefined) {
      throw new ImgweighError("LAYER_MISSING", `layer ${i} (${layer.digest ?? layer.key}) is not in the archive`, {
        hint: "the archive is incomplete; save the image again",
      });
    }
    if (isImgweighError(result)) throw result;
    return result;
  });
}

async function readBlobs(
  stream: BlobStream,
  options: ReadLayersOptions,
): Promise<ReadonlyMap<string, ReadLayer | ImgweighError>> {
  const total = new TotalBytes(options);
  const { readLayer } = await loadReader();
  const read = new Map<string, ReadLayer | ImgweighError>();
  for await (const { key, algorithm, body } of stream.blobs()) {
    const perLayer = layerOptions(options, total, key, algorithm, "sha256");
    const result = await readLayer(body, perLayer).catch(keepIfOnlyThisBlobs);
    read.set(key, result);
    if (!isImgweighError(result)) options.cache?.keepLayer(result);
    const entries = isImgweighError(result) ? 0 : result.index.entries.count;
    options.onProgress({ type: "layer", done: read.size, total: null, entries });
  }
  return read;
}

/** A stream that need not flow: every one of its layers was read before. */
function recalledImage({ description, layers: read }: RecalledImage, options: ReadLayersOptions): ReadImage {
  const total = new TotalBytes(options);
  const layers = read.map((result, i) => {
    total.add(result.index.tarBytes ?? 0);
    options.onProgress({ type: "layer", done: i + 1, total: read.length, entries: result.index.entries.count });
    return verifyLayer(result, description.layers[i] as DeclaredLayer, i);
  });
  return { description, layers };
}

/** A damaged blob matters only if the image consists of it; a limit that was hit matters always. */
function keepIfOnlyThisBlobs(error: unknown): ImgweighError {
  if (isImgweighError(error) && error.code !== "LIMIT_EXCEEDED") return error;
  throw error;
}

/**
 * The one scheduler: reads the layers of an opened source of either shape, each distinct blob once.
 *
 * @throws {ImgweighError} DIGEST_MISMATCH, LAYER_MISSING, ARCHIVE_*, LIMIT_EXCEEDED, UNSUPPORTED_*; on an abort the
 *   signal's reason
 */
export async function readLayers(
  source: RandomAccessImage | BlobStream,
  options: ReadLayersOptions,
): Promise<ReadImage> {
  const read = await (source.shape === "stream" ? readStream(source, options) : readRandomAccess(source, options));
  return bounded(read, options);
}

/**
 * The same for every platform that the source was opened for, one image after the other; a layer that several have is
 * read once.
 *
 * @throws {ImgweighError} as {@link readLayers}
 */
export async function* readPlatforms(
  source: RandomAccessImage | BlobStream,
  options: ReadLayersOptions,
): AsyncGenerator<ReadImage, void, undefined> {
  if (source.shape === "stream") {
    const read = await readBlobs(source, options);
    const descriptions = [await source.describe(), ...((await source.siblings?.()) ?? [])];
    for (const description of descriptions)
      yield bounded(verifyImage(description, layersOf(description, read)), options);
    return;
  }
  const descriptions = [source.description, ...(source.siblings ?? [])];
  const shared = new SharedLayers(descriptions);
  for (const description of descriptions)
    yield bounded(await readRandomAccess({ ...source, description }, { ...options, shared }), options);
}

/** @throws {ImgweighError} LIMIT_EXCEEDED */
function bounded(read: ReadImage, options: ReadLayersOptions): ReadImage {
  // A manifest may name one layer thousands of times: read once, it stands in the image as often.
  const entries = read.layers.reduce((sum, { index }) => sum + index.entries.count, 0);
  if (entries > options.limits.maxEntries) throw limitExceeded(options.limits, "maxEntries", "the image");
  return read;
}
