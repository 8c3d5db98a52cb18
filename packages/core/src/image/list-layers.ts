import type { LayerCache } from "../cache/layer-cache.ts";
import { isImgweighError } from "../errors.ts";
import type { ReadLayer, ReadLayerOptions } from "../layer/read-layer.ts";
import type { TocReading } from "../layer/toc/read-toc.ts";
import { type TocLocation, tocLocation } from "../layer/toc/toc-location.ts";
import type { ReadBlobAt } from "../layer/toc/toc-table.ts";
import type { OnProgress } from "../progress.ts";
import type { DeclaredLayer, RandomAccessImage } from "../source/source.ts";
import { inParallel } from "./in-parallel.ts";

export interface ListLayersOptions {
  /** true: every byte is to be read. */
  readonly verify: boolean | undefined;
  readonly cache: LayerCache | null;
  /** Layers listed at the same time. */
  readonly concurrency: number;
  readonly onProgress: OnProgress;
  /** How a layer is read. */
  readonly readingOf: (layer: DeclaredLayer) => ReadLayerOptions;
}

/**
 * Lists those layers by their tables of contents that have one. Where reading is cheap (a local disk) and where the user
 * wants every byte verified none are, and a table that cannot be used is passed over with a note: such layers are to be
 * read like any other.
 *
 * @returns by key, what was listed
 * @throws {ImgweighError} LIMIT_EXCEEDED, and what reading throws
 */
export async function listLayers(
  image: RandomAccessImage,
  layers: readonly DeclaredLayer[],
  options: ListLayersOptions,
): Promise<ReadonlyMap<string, ReadLayer>> {
  const listed = new Map<string, ReadLayer>();
  if (image.local || options.verify === true) return listed;
  const ranges = new RangeReader(image, options.onProgress);
  await inParallel(layers, options.concurrency, async (layer) => {
    const location = tocLocation(layer.annotations);
    if (location === null || layer.digest === null) return;
    const reading = options.readingOf(layer);
    const found = await listLayer(ranges.of(layer), image.blobBytes(layer), layer.digest, location, reading, options);
    if ("layer" in found) {
      listed.set(layer.key, found.layer);
      const entries = found.layer.index.entries.count;
      options.onProgress({ type: "layer", done: listed.size, total: layers.length, entries });
    } else {
      const note = `${reading.where} is read as a whole: ${found.unusable}`;
      options.onProgress({ type: "source", source: image.description.kind, note });
    }
  });
  return listed;
}

/**
 * A listing is kept apart from layers that were read as a whole, and neither serves in the other's place: a result must
 * not depend on what a cache holds.
 */
async function listLayer(
  read: ReadBlobAt,
  blobBytes: number,
  digest: string,
  location: TocLocation,
  reading: ReadLayerOptions,
  { cache }: ListLayersOptions,
): Promise<TocReading> {
  const name = JSON.stringify([digest, location]);
  const known = await cache?.findListing(name);
  if (known) {
    reading.onBytes(known.index.contentBytes);
    return { layer: known };
  }
  const { readLayerByToc } = await import("../layer/toc/read-toc.ts");
  const found = await readLayerByToc(read, blobBytes, location, reading).catch(withoutRanges);
  if ("layer" in found) cache?.keepListing(name, found.layer);
  return found;
}

const NO_RANGES: ReadonlySet<unknown> = new Set(["no-ranges", "wrong-range"]);

/** Ranges are an option of the protocol (distribution-spec, "Pulling blobs"): a registry without them can still be read. */
function withoutRanges(error: unknown): TocReading {
  if (isImgweighError(error) && NO_RANGES.has(error.details["reason"])) return { unusable: error.message };
  throw error;
}

/** Parts of blobs, counted: what will be read in all is known only as it is asked for. */
class RangeReader {
  readonly #image: RandomAccessImage;
  readonly #onProgress: OnProgress;
  #bytes = 0;
  #totalBytes = 0;

  constructor(image: RandomAccessImage, onProgress: OnProgress) {
    this.#image = image;
    this.#onProgress = onProgress;
  }

  of(layer: DeclaredLayer): ReadBlobAt {
    return async (offset, length) => {
      this.#totalBytes += length;
      const parts: Uint8Array[] = [];
      for await (const part of this.#image.blob(layer, { offset, length })) {
        parts.push(part);
        this.#bytes += part.length;
        this.#onProgress({ type: "read", bytes: this.#bytes, totalBytes: this.#totalBytes });
      }
      return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    };
  }
}
