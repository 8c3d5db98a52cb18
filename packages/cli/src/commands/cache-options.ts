import { type CacheOptions, cacheDirectory, parseBytes } from "@imgweigh/core/config";
import type { Options } from "yargs";
import { UsageError } from "../failure.ts";
import type { Host } from "../host.ts";

/** The bound of the cache, wherever it is used. */
export const CACHE_SIZE = {
  type: "string",
  describe: "bound of the cache (bytes, or with a unit: 10MB, 1GiB) [default: 1GiB]",
} as const satisfies Options;

/** Where the cache is and how large it may get; null where the environment names no place for it. @throws {UsageError} */
export function readCacheOptions(size: string | undefined, host: Host): CacheOptions | null {
  const maxBytes = size === undefined ? undefined : parseBytes(size);
  if (maxBytes === null)
    throw new UsageError(`--cache-size wants bytes, or with a unit: 10MB, 1GiB, not ${JSON.stringify(size)}`);
  const directory = cacheDirectory({ env: host.env, cwd: host.cwd() });
  return directory === null ? null : { directory, maxBytes };
}
