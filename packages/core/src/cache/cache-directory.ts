import { isAbsolute, join, resolve } from "node:path";
import { platform, cwd as workingDirectory } from "node:process";

/** Where the cache may be, as far as a process knows. */
export interface CacheSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a relative `IMGWEIGH_CACHE_DIR` counts from; the working directory where absent. */
  readonly cwd?: string | undefined;
  /** As `process.platform`, which it is where absent. */
  readonly os?: string | undefined;
}

/**
 * The directory of the cache: `IMGWEIGH_CACHE_DIR`, else `imgweigh` in the user's cache directory (XDG Base Directory
 * Specification 0.8; `LOCALAPPDATA` on Windows). null where the environment names neither.
 */
export function cacheDirectory({ env, cwd = workingDirectory(), os = platform }: CacheSurroundings): string | null {
  const own = env["IMGWEIGH_CACHE_DIR"];
  if (own) return resolve(cwd, own);
  const xdg = env["XDG_CACHE_HOME"];
  // The specification has relative ones ignored.
  if (xdg && isAbsolute(xdg)) return join(xdg, "imgweigh");
  const local = os === "win32" ? env["LOCALAPPDATA"] : undefined;
  if (local && isAbsolute(local)) return join(local, "imgweigh", "cache");
  const home = env["HOME"];
  return home && isAbsolute(home) ? join(home, ".cache", "imgweigh") : null;
}
