import { type Limits, limitExceeded } from "../../archive/limits.ts";
import { ImgweighError } from "../../errors.ts";
import { artifactOfDescriptor, isReferrerTag, unknownType } from "../../oci/artifact.ts";
import { readConfig } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseJson } from "../../oci/json.ts";
import { isIndexType } from "../../oci/media-type.ts";
import { completePlatform, type Platform } from "../../oci/platform.ts";
import { type Found, findOut, type ImageGroup, type ListedImage, listedBy, requireDiffIds } from "../listed-image.ts";
import { declareLayer } from "../oci-index.ts";
import type { ManifestDocument, Repository } from "./repository.ts";

const MAX_DEPTH = 8;
/** Each costs a request, one after the other. */
const MAX_NESTED_INDEXES = 100;

/** What an index says of a manifest. */
interface Said {
  readonly platform: Platform | null;
  readonly annotations: ReadonlyMap<string, string>;
}

/**
 * What an index lists, nested ones included, each once. One request for each nested index.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED, ARCHIVE_MALFORMED, and what asking for an index throws
 */
async function listIndex(
  repository: Repository,
  index: readonly Descriptor[],
  where: string,
  limits: Limits,
): Promise<readonly ListedImage[]> {
  const images: ListedImage[] = [];
  const seen = new Set<string>();
  let count = 0;
  let indexes = 0;
  let level = index;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH)
      throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is nested more than ${MAX_DEPTH} deep`);
    count += level.length;
    if (count > limits.maxManifests) throw limitExceeded(limits, "maxManifests", where);
    const below: Descriptor[] = [];
    for (const descriptor of level) {
      const key = JSON.stringify([descriptor.digest, descriptor.platform]);
      if (seen.has(key)) continue;
      seen.add(key);
      const artifact = artifactOfDescriptor(descriptor);
      if (artifact !== null) images.push(listedBy(descriptor, async () => ({ is: "artifact", artifact })));
      else if (!isIndexType(descriptor.mediaType ?? ""))
        images.push(listedBy(descriptor, () => lookAtIndexed(repository, descriptor)));
      else if (++indexes > MAX_NESTED_INDEXES)
        throw new ImgweighError("LIMIT_EXCEEDED", `${where} has more than ${MAX_NESTED_INDEXES} indexes in it`);
      else {
        const { content } = await repository.indexedManifest(descriptor);
        if (content.is === "index") below.push(...content.descriptors);
      }
    }
    level = below;
  }
  return images;
}

/** Two requests: the manifest and its config; fewer where a descriptor embeds one. */
async function lookAtIndexed(repository: Repository, descriptor: Descriptor): Promise<Found> {
  const found = await findOut(async () =>
    lookAtDocument(repository, await repository.indexedManifest(descriptor), descriptor),
  );
  const unknown = unknownType(descriptor);
  return found.is === "unusable" && unknown !== null ? { is: "artifact", artifact: unknown } : found;
}

async function lookAtDocument(repository: Repository, document: ManifestDocument, said: Said): Promise<Found> {
  const { content, digest } = document;
  const where = `${repository.place.name}/${repository.place.repository}@${digest}`;
  if (content.is === "artifact") return content;
  // A nested index under the media type of a manifest is nothing that a tool writes.
  if (content.is === "index")
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is an index, but is declared as a manifest`);
  const { manifest } = content;
  const what = `the config of ${where}`;
  const config = readConfig(parseJson(await repository.document(manifest.config, what), what), what);
  requireDiffIds(config, manifest.layers.length, where);
  const image = {
    manifestDigest: digest,
    configDigest: manifest.config.digest,
    platform: completePlatform(said.platform, config.platform),
    config,
    annotations: new Map([...said.annotations, ...manifest.annotations]),
    layers: manifest.layers.map((layer, i) => declareLayer(layer, layer.digest, config.diffIds[i] as Digest)),
  };
  return { is: "image", image };
}

const SAYS_NOTHING: Said = { platform: null, annotations: new Map() };

/**
 * All that a tag or digest stands for: one manifest, or those of an index.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED, ARCHIVE_MALFORMED, and what asking for nested indexes throws
 */
export async function listImages(
  repository: Repository,
  document: ManifestDocument,
  reference: string,
  limits: Limits,
): Promise<ImageGroup> {
  const { content, digest } = document;
  const named = { names: [reference], inner: false };
  if (content.is !== "index") {
    const look = (): Promise<Found> =>
      isReferrerTag(reference) && content.is === "image"
        ? Promise.resolve({ is: "artifact", artifact: "a tag that speaks of another image" })
        : lookAtDocument(repository, document, SAYS_NOTHING);
    return { ...named, digest: null, images: [listedBy({ digest, platform: null }, look)] };
  }
  const where = `the index of ${repository.place.name}/${repository.place.repository}`;
  return { ...named, digest, images: await listIndex(repository, content.descriptors, where, limits) };
}
