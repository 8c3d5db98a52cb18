import { ImgweighError, messageOf } from "../errors.ts";
import { type CacheOptions, type CachePlace, locateCache } from "./open-cache.ts";
import { type CacheContents, type CacheRemoval, cacheContents, clearEntries, pruneEntries } from "./upkeep.ts";

async function withCache<T>(options: CacheOptions, work: (place: CachePlace) => Promise<T>): Promise<T> {
  const place = locateCache(options);
  if (place === null) {
    throw new ImgweighError("FILE_UNREADABLE", "no directory is known for the cache", {
      hint: "set IMGWEIGH_CACHE_DIR",
    });
  }
  try {
    return await work(place);
  } catch (cause) {
    const message = `the cache ${place.directory} cannot be used: ${messageOf(cause)}`;
    throw new ImgweighError("FILE_UNREADABLE", message, { cause, details: { path: place.directory } });
  }
}

/** What the cache holds. @throws {ImgweighError} FILE_UNREADABLE */
export function inspectCache(options: CacheOptions = {}): Promise<CacheContents> {
  return withCache(options, ({ directory, maxBytes }) => cacheContents(directory, maxBytes));
}

/**
 * Brings the cache within its bound, least recently used first, and removes what killed writers left behind.
 *
 * @throws {ImgweighError} FILE_UNREADABLE
 */
export function pruneCache(options: CacheOptions = {}): Promise<CacheRemoval> {
  return withCache(options, ({ directory, maxBytes }) => pruneEntries(directory, maxBytes));
}

/** Removes everything that the cache holds, and nothing else of its directory. @throws {ImgweighError} FILE_UNREADABLE */
export function clearCache(options: CacheOptions = {}): Promise<CacheRemoval> {
  return withCache(options, ({ directory }) => clearEntries(directory));
}
