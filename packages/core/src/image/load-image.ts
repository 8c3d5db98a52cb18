import { availableParallelism } from "node:os";
import { type CacheOptions, openCache } from "../cache/open-cache.ts";
import { alignHistory } from "../dockerfile/align-history.ts";
import { ImgweighError } from "../errors.ts";
import { textOfPath } from "../image-path.ts";
import type { CaptureRequest } from "../layer/capture.ts";
import type { ExtractorId } from "../layer/extractors.ts";
import { entryPath } from "../layer/layer-index.ts";
import { claimedCompression, fitsMediaType } from "../oci/media-type.ts";
import type { ImageSource, OpenSource, SourceContext } from "../source/source.ts";
import { WARNING_CODES, type Warning } from "../warning.ts";
import type { Image, ImageLayer } from "./image.ts";
import { readLayers, readPlatforms } from "./read-layers.ts";
import type { ReadImage, ReadLayersOptions } from "./reading.ts";
import { type OpenOptions, withSource } from "./source-scope.ts";

/** How an image is chosen and its layers are read. */
export interface LoadImageOptions extends OpenOptions {
  /**
   * true reads every byte, whatever the cache holds and tables of contents say. false skips contents of local files: no
   * digest is checked, no file hashed, and nothing is kept in the cache. Neither: every byte that is read is verified.
   */
  readonly verify?: boolean | undefined;
  /** Whether layers that were read are kept for the next time, and where; not unless asked for. */
  readonly cache?: boolean | CacheOptions | undefined;
  /**
   * Layers read at the same time, where the source allows it, large ones by threads; the machine's processors, 4 at most.
   * With 1 everything is read in the calling thread. What comes of it is the same.
   */
  readonly concurrency?: number | undefined;
  /**
   * Layers that reach us uncompressed (an engine, a plain archive) are compressed to count what a registry would have of
   * them: {@link estimateBlobBytes}. Takes time, and reads every layer anew.
   */
  readonly estimateBlob?: boolean | undefined;
  /** Files to keep while layers stream past. */
  readonly captures?: readonly CaptureRequest[] | undefined;
  /** Kinds of files to read facts from while layers stream past: `elf`, `zip-jar`. */
  readonly extractors?: readonly ExtractorId[] | undefined;
  /** Warnings become an error (WARNING_AS_ERROR). */
  readonly strict?: boolean | undefined;
}

const MAX_CONCURRENCY = 4;

/**
 * Opens a source, chooses the image, reads all of its layers and checks them against their digests.
 *
 * @throws {ImgweighError} any code; on an abort `signal.reason` itself
 */
export function loadImage(source: ImageSource, options: LoadImageOptions = {}): Promise<Image> {
  return withSource(source, options, (opened, context) =>
    withReading(options, context, async (reading) => finishImage(await readLayers(opened, reading), options)),
  );
}

/**
 * The same for every platform that the source has of the image, or the one that `platform` names. Each image is handed
 * to `work` before the next is read.
 *
 * @returns what `work` returned, in the source's order of platforms
 * @throws {ImgweighError} as {@link loadImage}, and whatever `work` throws
 */
export function loadPlatforms<T>(
  source: ImageSource,
  options: LoadImageOptions,
  work: (image: Image) => Promise<T>,
): Promise<T[]> {
  const workAll = async (opened: OpenSource, reading: ReadLayersOptions): Promise<T[]> => {
    const results: T[] = [];
    for await (const read of readPlatforms(opened, reading)) results.push(await work(finishImage(read, options)));
    return results;
  };
  return withSource(
    source,
    options,
    (opened, context) => withReading(options, context, (reading) => workAll(opened, reading)),
    true,
  );
}

/** Reads with a cache, if there is to be one, and waits until it is written. */
async function withReading<T>(
  options: LoadImageOptions,
  context: SourceContext,
  work: (reading: ReadLayersOptions) => Promise<T>,
): Promise<T> {
  const { limits, signal, onProgress } = context;
  const terms = { captures: options.captures ?? [], extractors: options.extractors ?? [], limits };
  const estimateBlob = options.estimateBlob ?? false;
  const cache = openCache(estimateBlob ? false : options.cache, terms, options.verify, onProgress);
  const concurrency = options.concurrency ?? Math.min(availableParallelism(), MAX_CONCURRENCY);
  try {
    return await work({ ...terms, signal, onProgress, concurrency, verify: options.verify, estimateBlob, cache });
  } finally {
    await cache?.settle();
  }
}

function finishImage({ description, layers }: ReadImage, options: LoadImageOptions): Image {
  const history = alignHistory(description.config.history, layers.length);
  const warnings: Warning[] = [...description.warnings];
  if (history.mismatch !== null) {
    warnings.push({ code: "history-mismatch", message: history.mismatch, layer: null, path: null });
  }
  layers.forEach((layer, i) => {
    warnings.push(...layerWarnings(layer, i));
  });
  if (layers.some(({ index }) => index.entries.hashes === null)) {
    warnings.push({ code: "not-verified", message: WARNING_CODES["not-verified"], layer: null, path: null });
  }
  if (options.strict && warnings[0] !== undefined) throw asError(warnings[0]);
  return { description, layers, history, warnings };
}

function layerWarnings({ declared, index, blob, verified }: ImageLayer, layer: number): Warning[] {
  const warnings: Warning[] = index.oddities.map(({ code, entry, count }) => ({
    code,
    message: `layer ${layer}: ${WARNING_CODES[code]}${count > 1 ? ` (${count} times)` : ""}`,
    layer,
    path: entry < 0 ? null : textOfPath(entryPath(index.entries, entry)).path,
  }));
  if (!index.terminated) {
    const why =
      verified === "blob"
        ? WARNING_CODES["unterminated-tar"]
        : "A layer ends without end-of-archive blocks, and was not verified";
    warnings.push({ code: "unterminated-tar", message: `layer ${layer}: ${why}`, layer, path: null });
  }
  if (declared.mediaType !== null && !fitsMediaType(declared.mediaType, blob.compression)) {
    const claimed = claimedCompression(declared.mediaType);
    const message = `layer ${layer}: its media type says ${claimed}, its bytes are ${blob.compression}`;
    warnings.push({ code: "media-type-mismatch", message, layer, path: null });
  }
  return warnings;
}

export function asError(warning: Warning): ImgweighError {
  return new ImgweighError("WARNING_AS_ERROR", `${warning.message} (${warning.code})`, {
    hint: "without --strict this is a warning",
    details: { warning: warning.code },
  });
}
