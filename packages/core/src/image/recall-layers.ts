import type { DeclaredAlgorithms, LayerCache } from "../cache/layer-cache.ts";
import type { ReadLayer } from "../layer/read-layer.ts";
import { algorithmOf, type Digest } from "../oci/digest.ts";
import type { BlobStream, DeclaredLayer, ImageDescription, RandomAccessImage } from "../source/source.ts";

/** What the cache knows of an image's blobs, by their keys, and how to add to it. */
export interface Recalled {
  readonly layers: ReadonlyMap<string, ReadLayer>;
  /** Keeps a layer that had to be read. */
  keep(layer: DeclaredLayer, read: ReadLayer): Promise<void>;
}

export const NOTHING_RECALLED: Recalled = { layers: new Map(), keep: async () => {} };

/** Algorithms of the digests that are computed of a layer: those that the image declares, else sha256. */
export function algorithmsOf({ digest, diffId }: DeclaredLayer) {
  const algorithm = (declared: Digest | null) => (declared === null ? "sha256" : algorithmOf(declared));
  return { blob: algorithm(digest), diffId: algorithm(diffId) } satisfies DeclaredAlgorithms;
}

// A stamp that cannot be had is none: reading will tell what is wrong.
async function stampOf(image: RandomAccessImage, layer: DeclaredLayer): Promise<string | null> {
  return (await image.stamp?.(layer).catch(() => null)) ?? null;
}

/**
 * Looks up the layers of a random-access image. A blob of a registry is what its digest says; one in a local file is
 * taken for unchanged while the file looks as it did when it was verified.
 */
export async function recallLayers(
  image: RandomAccessImage,
  layers: readonly DeclaredLayer[],
  cache: LayerCache,
): Promise<Recalled> {
  const stamps = new Map<string, string>();
  const found = new Map<string, ReadLayer>();
  const recall = async (layer: DeclaredLayer): Promise<ReadLayer | null> => {
    const { key, digest, diffId } = layer;
    if (!image.local) return digest === null || diffId === null ? null : cache.findLayer({ blob: digest, diffId });
    const stamp = await stampOf(image, layer);
    if (stamp === null) return null;
    stamps.set(key, stamp);
    const digests = await cache.findStamped(stamp, algorithmsOf(layer));
    return digests === null ? null : cache.findLayer(digests);
  };
  for (const layer of layers) {
    const read = await recall(layer);
    if (read !== null) found.set(layer.key, read);
  }
  return {
    layers: found,
    async keep(layer, read) {
      cache.keepLayer(read);
      const stamp = stamps.get(layer.key);
      const { index, blob } = read;
      if (stamp === undefined || index.diffId === null || blob.digest === null) return;
      // Changed while it was read, it is not what was read.
      if ((await stampOf(image, layer)) !== stamp) return;
      cache.keepStamped(stamp, algorithmsOf(layer), { blob: blob.digest, diffId: index.diffId });
    },
  };
}

/** A streamed image that the cache knows as a whole. */
export interface RecalledImage {
  readonly description: ImageDescription;
  readonly layers: readonly ReadLayer[];
}

/** What the cache knows of an image that is about to stream past, and how to add it. */
export interface RecalledStream {
  readonly image: RecalledImage | null;
  /** Keeps the image, once all of it was read and found right. */
  keep(description: ImageDescription, layers: readonly ReadLayer[]): Promise<void>;
}

/** What tells which image a stream will bring; null where nothing does, or where it cannot be had. */
async function streamStamp(stream: BlobStream): Promise<string | null> {
  return (await stream.stamp?.().catch(() => null)) ?? null;
}

/**
 * Describes a stream that need not flow if it did before; what it costs to find out is kept for the next time.
 *
 * @param describe lets the stream flow
 */
export async function recallDescription(
  stream: BlobStream,
  cache: LayerCache,
  describe: () => Promise<ImageDescription>,
): Promise<ImageDescription> {
  const stamp = await streamStamp(stream);
  const known = stamp === null ? null : await cache.findImage(stamp);
  if (known !== null) return known.description;
  const description = await describe();
  if (stamp !== null && (await streamStamp(stream)) === stamp) cache.keepImage(stamp, { description, digests: null });
  return description;
}

/** Looks up an image that is about to stream past: all of it, or nothing, for a stream has no parts. */
export async function recallStream(stream: BlobStream, cache: LayerCache): Promise<RecalledStream> {
  const stamp = await streamStamp(stream);
  if (stamp === null) return { image: null, keep: async () => {} };
  return {
    image: await findImage(stamp, cache),
    async keep(description, layers) {
      const digests = layers.flatMap(({ index: { diffId }, blob: { digest } }) =>
        diffId === null || digest === null ? [] : [{ blob: digest, diffId }],
      );
      // Under the same name there may be another image by now.
      if (digests.length < layers.length || (await streamStamp(stream)) !== stamp) return;
      cache.keepImage(stamp, { description, digests });
    },
  };
}

async function findImage(stamp: string, cache: LayerCache): Promise<RecalledImage | null> {
  const known = await cache.findImage(stamp);
  if (known === null || known.digests === null) return null;
  const layers: ReadLayer[] = [];
  for (const digests of known.digests) {
    const read = await cache.findLayer(digests);
    if (read === null) return null;
    layers.push(read);
  }
  return { description: known.description, layers };
}
