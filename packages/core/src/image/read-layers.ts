import { limitExceeded } from "../archive/limits.ts";
import { ImgweighError, isImgweighError } from "../errors.ts";
import type { JobWatcher } from "../layer/layer-job.ts";
import type { LayerTask, ReadLayer } from "../layer/read-layer.ts";
import { algorithmOf } from "../oci/digest.ts";
import { missingLayer } from "../source/archive-contents.ts";
import type { BlobStream, DeclaredLayer, ImageDescription, RandomAccessImage } from "../source/source.ts";
import { ImageAllowance } from "./image-allowance.ts";
import { LayerReaders } from "./layer-readers.ts";
import { readRandomAccess } from "./read-random-access.ts";
import { type ReadImage, type ReadLayersOptions, TotalBytes, taskFor, verifyLayer } from "./reading.ts";
import { type RecalledImage, recallStream } from "./recall-layers.ts";
import { SharedLayers } from "./shared-layers.ts";

/** Reads everything in a stream that may be a layer; the description, known at the end, says which ones count. */
async function readStream(stream: BlobStream, options: ReadLayersOptions, readers: LayerReaders): Promise<ReadImage> {
  const { cache } = options;
  const recalled = cache === null ? null : await recallStream(stream, cache);
  if (recalled !== null && recalled.image !== null) return recalledImage(recalled.image, options);
  const read = await readBlobs(stream, options, readers);
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
  return description.layers.map((layer) => {
    const result = read.get(layer.key);
    if (result === undefined) {
      throw missingLayer(layer, "the archive");
    }
    if (isImgweighError(result)) throw result;
    return inDeclaredAlgorithm(result, layer);
  });
}

/** A stream tells by what algorithm diffIDs are declared when their layers may have passed. @throws {ImgweighError} DIGEST_MISMATCH */
function inDeclaredAlgorithm(read: ReadLayer, { diffId, key }: DeclaredLayer): ReadLayer {
  const { index, otherDiffId } = read;
  if (diffId === null || index.diffId === null || algorithmOf(diffId) === algorithmOf(index.diffId)) return read;
  if (otherDiffId !== undefined) return { ...read, index: { ...index, diffId: otherDiffId } };
  throw new ImgweighError(
    "DIGEST_MISMATCH",
    `${key} is declared by ${diffId}, which became known after it had passed`,
    {
      hint: "write the stream to a file and analyse that: there the config can be read first",
    },
  );
}

async function readBlobs(
  stream: BlobStream,
  options: ReadLayersOptions,
  readers: LayerReaders,
): Promise<ReadonlyMap<string, ReadLayer | ImgweighError>> {
  const total = new TotalBytes(options);
  const allowance = new ImageAllowance(options);
  const watcher: JobWatcher = { uncompressed: total.add, stored() {} };
  const read = new Map<string, ReadLayer | ImgweighError>();
  for await (const { key, size, algorithm, mayBeSha512, body } of stream.blobs()) {
    const task: LayerTask = {
      ...taskFor(options, key, algorithm, "sha256", null),
      otherDiffIdAlgorithm: mayBeSha512 ? "sha512" : null,
    };
    const result = await readers.stream(body, size, task, watcher).catch(keepIfOnlyThisBlobs);
    if (!isImgweighError(result)) allowance.add(result.index);
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
  const allowance = new ImageAllowance(options);
  const layers = read.map((result, i) => {
    total.add(result.index.tarBytes ?? 0);
    allowance.add(result.index);
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
  const readers = new LayerReaders(options.concurrency, options.signal);
  try {
    const reading =
      source.shape === "stream" ? readStream(source, options, readers) : readRandomAccess(source, options, readers);
    return bounded(await reading, options);
  } finally {
    await readers.close();
  }
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
  const readers = new LayerReaders(options.concurrency, options.signal);
  try {
    yield* source.shape === "stream"
      ? streamedPlatforms(source, options, readers)
      : storedPlatforms(source, options, readers);
  } finally {
    await readers.close();
  }
}

async function* streamedPlatforms(
  source: BlobStream,
  options: ReadLayersOptions,
  readers: LayerReaders,
): AsyncGenerator<ReadImage, void, undefined> {
  const read = await readBlobs(source, options, readers);
  const descriptions = [await source.describe(), ...((await source.siblings?.()) ?? [])];
  for (const description of descriptions) yield bounded(verifyImage(description, layersOf(description, read)), options);
}

async function* storedPlatforms(
  source: RandomAccessImage,
  options: ReadLayersOptions,
  readers: LayerReaders,
): AsyncGenerator<ReadImage, void, undefined> {
  const descriptions = [source.description, ...(source.siblings ?? [])];
  const shared = new SharedLayers(descriptions);
  for (const description of descriptions)
    yield bounded(await readRandomAccess({ ...source, description }, { ...options, shared }, readers), options);
}

/** @throws {ImgweighError} LIMIT_EXCEEDED */
function bounded(read: ReadImage, options: ReadLayersOptions): ReadImage {
  // A manifest may name one layer thousands of times: read once, it stands in the image as often.
  const entries = read.layers.reduce((sum, { index }) => sum + index.entries.count, 0);
  if (entries > options.limits.maxEntries) throw limitExceeded(options.limits, "maxEntries", "the image");
  return read;
}
