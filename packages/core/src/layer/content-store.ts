import type { ImagePath } from "../image-path.ts";

/**
 * Directories of tools that keep each content once and hard-link it to where it is used: ostree's objects, the stores of
 * pnpm and yarn, the caches of uv and conda, Nix's links. What a file there is, only the links' names tell.
 */
const STORES = new Set([
  ".cache",
  ".links",
  ".store",
  "_cacache",
  "archive-v0",
  "blobs",
  "cache",
  "cas",
  "links",
  "objects",
  "pkgs",
  "store",
]);
/** Those of them in which nothing has a name of its own. */
const OBJECTS = new Set([".links", "objects"]);
/** Names that are digests, of 16 bytes at least, in hex or in base 32. */
const DIGEST = /^[0-9a-z]{32,128}(?:[.-][a-z]+)?$/;
const LEAST_DIGEST = 32;

/** Tells files that lie in such a store. Files of one directory follow each other. */
export class ContentStores {
  #directory: ImagePath | null = null;
  #isStore = false;

  holds(path: ImagePath): boolean {
    const slash = path.lastIndexOf("/");
    if (slash !== this.#directory?.length || !path.startsWith(this.#directory)) {
      this.#directory = path.slice(0, Math.max(slash, 0));
      this.#isStore = this.#directory.split("/").some((name) => STORES.has(name));
    }
    return this.#isStore || isDigest(path, slash);
  }
}

/** Whether a path is that of an object, which has its own name elsewhere if at all. */
export function isObject(path: ImagePath): boolean {
  return isDigest(path, path.lastIndexOf("/")) || path.split("/").some((name) => OBJECTS.has(name));
}

function isDigest(path: ImagePath, slash: number): boolean {
  return path.length - slash > LEAST_DIGEST && DIGEST.test(path.slice(slash + 1));
}
