import process from "node:process";
import type { OnProgress } from "../progress.ts";
import { cacheDirectory } from "./cache-directory.ts";
import { LayerCache, type ReadingTerms } from "./layer-cache.ts";

/** Where layers that were read are kept, and how much of them. */
export interface CacheOptions {
  /** The user's own where absent: `IMGWEIGH_CACHE_DIR`, else `imgweigh` in the XDG cache directory. */
  readonly directory?: string | undefined;
  /** Bound of all files together, least recently used first to go; 1 GiB where absent. */
  readonly maxBytes?: number | undefined;
}

export const DEFAULT_CACHE_BYTES = 2 ** 30;

/** The place and bound that options mean; null where no directory is known. */
export function locateCache(options: CacheOptions = {}): { directory: string; maxBytes: number } | null {
  const surroundings = { env: process.env, cwd: process.cwd(), os: process.platform };
  const directory = options.directory ?? cacheDirectory(surroundings);
  const maxBytes = options.maxBytes ?? DEFAULT_CACHE_BYTES;
  if (!(maxBytes >= 0)) throw new TypeError(`maxBytes of the cache is not a number of at least 0: ${maxBytes}`);
  return directory === null ? null : { directory, maxBytes };
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
