import { env } from "node:process";
import type { OnProgress } from "../progress.ts";
import { cacheDirectory } from "./cache-directory.ts";
import { LayerCache, type ReadingTerms } from "./layer-cache.ts";

/** Where layers that were read are kept, and how much of them. */
export interface CacheOptions {
  /** The user's own where absent: see {@link cacheDirectory}. */
  readonly directory?: string | undefined;
  /** Bound of all files together, in bytes; 1 GiB where absent. What was not used for longest goes first. */
  readonly maxBytes?: number | undefined;
}

/** A cache's place and bound. */
export interface CachePlace {
  readonly directory: string;
  readonly maxBytes: number;
}

const DEFAULT_MAX_BYTES = 2 ** 30;

/** What options mean; null where no directory is known. */
export function locateCache({ directory, maxBytes = DEFAULT_MAX_BYTES }: CacheOptions = {}): CachePlace | null {
  if (!(maxBytes >= 0)) throw new TypeError(`maxBytes of the cache is not a number of at least 0: ${maxBytes}`);
  const place = directory ?? cacheDirectory({ env });
  return place === null ? null : { directory: place, maxBytes };
}

/**
 * The cache for one reading of an image; null where there is none.
 *
 * @param verify as {@link LoadImageOptions.verify}: true reads everything anew, false keeps nothing
 */
export function openCache(
  options: boolean | CacheOptions | undefined,
  terms: ReadingTerms,
  verify: boolean | undefined,
  onProgress: OnProgress,
): LayerCache | null {
  if (options === undefined || options === false) return null;
  const place = locateCache(options === true ? {} : options);
  if (place === null) return null;
  return new LayerCache({
    ...place,
    terms,
    reads: verify !== true,
    writes: verify !== false,
    onTrouble: (message) => onProgress({ type: "cache", directory: place.directory, note: `not used: ${message}` }),
  });
}
