import type { Limits } from "../../archive/limits.ts";
import { isImgweighError } from "../../errors.ts";
import { type FoundManifest, fetchIndexed, listIndexedImages } from "./platform-manifest.ts";
import type { ManifestDocument, Repository } from "./repository.ts";

/** Requests that are sent side by side. */
const AT_ONCE = 6;

/** Does the same for each, a few at a time, and keeps the order. */
export async function forEachAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE)
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(work))));
  return results;
}

/**
 * The manifests of every platform of an index, in its order; none where the document is no index. Artifacts that stand
 * beside the images are left out. One request a manifest, and one for each nested index.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED, and what asking for manifests throws
 */
export async function findEveryManifest(
  repository: Repository,
  { content }: ManifestDocument,
  limits: Limits,
): Promise<readonly FoundManifest[]> {
  if (content.is !== "index") return [];
  const images = await listIndexedImages(repository, content.descriptors, limits);
  const found = await forEachAtOnce(images, (image) =>
    fetchIndexed(repository, image).catch((error: unknown) => {
      if (isImgweighError(error) && error.code === "NOT_AN_IMAGE") return null;
      throw error;
    }),
  );
  return found.filter((manifest) => manifest !== null);
}
