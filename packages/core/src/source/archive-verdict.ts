import { type ByteStream, readAll } from "../archive/byte-stream.ts";
import type { Limits } from "../archive/limits.ts";
import { normalizePath } from "../image-path.ts";
import { isObject } from "../oci/json.ts";

/** What is looked at of an entry to tell what a tar is. */
export interface LookedAt {
  readonly name: string;
  readonly size: number;
  readonly body: ByteStream;
}

const ARCHIVE = /^(?:manifest\.json|index\.json|oci-layout|repositories|blobs)$|^blobs\/|^[^/]+\/layer\.tar$/;
const ROOTFS = /^(?:bin|etc|usr|lib|sbin|var|proc|dev)(?:\/|$)/;

// Enough to get past the config and layers of any writer; a root file system shows itself within a few entries.
const ENTRIES_LOOKED_AT = 200;

/**
 * Whether a tar is a root file system, and no saved image. The first entry that says something decides, for neither
 * format has entries of the other before its own; but what describes an image makes it one wherever it stands, as it
 * does where the same bytes stream past: a file of a root file system's name must not hide an image.
 */
export async function isRootfs(entries: AsyncIterable<LookedAt>, limits: Limits): Promise<boolean> {
  let isLike = false;
  let looked = 0;
  const described = new Set<string>();
  for await (const { name, size, body } of entries) {
    const { path } = normalizePath(name);
    if (!isLike) {
      isLike = ROOTFS.test(path);
      if (ARCHIVE.test(path) || (!isLike && ++looked === ENTRIES_LOOKED_AT)) return false;
    }
    if (path === "oci-layout" || path === "index.json") described.add(path);
    if (described.size === 2) return false;
    if (path === "manifest.json" && size <= limits.maxJsonBytes && namesImages(await readAll(body, size))) return false;
  }
  return isLike;
}

/** Whether it is the manifest.json of `docker save` (moby image/tarexport): images with a config and layers. */
function namesImages(bytes: Buffer | null): boolean {
  try {
    const images: unknown = JSON.parse(bytes?.toString("utf8") ?? "");
    return Array.isArray(images) && images.some((one) => isObject(one) && "Config" in one && "Layers" in one);
  } catch {
    return false;
  }
}
