import { type Limits, limitExceeded } from "../../archive/limits.ts";
import { ImgweighError } from "../../errors.ts";
import { readConfig } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isAttestation } from "../../oci/image-index.ts";
import { parseJson } from "../../oci/json.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { isIndexType } from "../../oci/media-type.ts";
import { hostPlatform, type Platform, satisfies } from "../../oci/platform.ts";
import { choosePlatform } from "../image-candidate.ts";
import type { SourceContext } from "../source.ts";
import type { ManifestDocument, Repository } from "./repository.ts";

/** One image of an index, its manifest still to be asked for. */
export interface IndexedImage {
  readonly descriptor: Descriptor;
  /** As the index says it; null where it does not. */
  readonly platform: Platform | null;
}

/** The manifest of one image. */
export interface FoundManifest {
  readonly document: ManifestDocument;
  readonly manifest: Manifest;
  readonly annotations: ReadonlyMap<string, string>;
  /** As an index says it. */
  readonly platform: Platform | null;
}

const MAX_DEPTH = 8;
/** Each costs a request, one after the other. */
const MAX_NESTED_INDEXES = 100;

/**
 * The images of an index, nested ones included, each once; attestations are left out. One request for each nested index.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED, ARCHIVE_MALFORMED, and what asking for an index throws
 */
export async function listIndexedImages(
  repository: Repository,
  index: readonly Descriptor[],
  limits: Limits,
): Promise<readonly IndexedImage[]> {
  const where = `the index of ${repository.place.name}/${repository.place.repository}`;
  const images = new Map<string, IndexedImage>();
  const seen = new Set<string>();
  let count = 0;
  let level = index;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH)
      throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is nested more than ${MAX_DEPTH} deep`);
    count += level.length;
    if (count > limits.maxManifests) throw limitExceeded(limits, "maxManifests", where);
    const below: Descriptor[] = [];
    for (const descriptor of level) {
      if (isAttestation(descriptor) || seen.has(descriptor.digest)) continue;
      seen.add(descriptor.digest);
      if (!isIndexType(descriptor.mediaType ?? "")) {
        images.set(descriptor.digest, { descriptor, platform: descriptor.platform });
        continue;
      }
      if (seen.size - images.size > MAX_NESTED_INDEXES) {
        throw new ImgweighError("LIMIT_EXCEEDED", `${where} has more than ${MAX_NESTED_INDEXES} indexes in it`);
      }
      const { content } = await repository.indexedManifest(descriptor);
      if (content.is === "index") below.push(...content.descriptors);
    }
    level = below;
  }
  return [...images.values()];
}

function artifact(where: string, what: string): ImgweighError {
  return new ImgweighError("NOT_AN_IMAGE", `${where} is an artifact (${what}), not a container image`);
}

/** The manifest that an index entry stands for. @throws {ImgweighError} NOT_AN_IMAGE, and what asking for it throws */
export async function fetchIndexed(repository: Repository, image: IndexedImage): Promise<FoundManifest> {
  const { digest, annotations } = image.descriptor;
  const document = await repository.indexedManifest(image.descriptor);
  const where = `${repository.place.name}/${repository.place.repository}@${digest}`;
  const { content } = document;
  if (content.is === "artifact") throw artifact(where, content.artifact);
  // A nested index under the media type of a manifest is nothing that a tool writes.
  if (content.is === "index")
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is an index, but is declared as a manifest`);
  const { manifest } = content;
  return {
    document,
    manifest,
    annotations: new Map([...annotations, ...manifest.annotations]),
    platform: image.platform,
  };
}

/** Platforms that an index leaves out stand in the configs. It costs two requests each, so only a few are looked up. */
const MAX_LOOKED_UP = 32;

/** The entry with its platform; null where it is no image. */
async function lookUp(repository: Repository, image: IndexedImage): Promise<IndexedImage | null> {
  const { content } = await repository.indexedManifest(image.descriptor);
  if (content.is !== "image") return null;
  const where = `the config of ${image.descriptor.digest}`;
  const bytes = await repository.document(content.manifest.config, where);
  return { ...image, platform: readConfig(parseJson(bytes, where), where).platform };
}

async function withPlatforms(
  repository: Repository,
  images: readonly IndexedImage[],
): Promise<readonly IndexedImage[]> {
  const known: IndexedImage[] = [];
  for (const [i, image] of images.entries()) {
    const found = image.platform !== null || i >= MAX_LOOKED_UP ? image : await lookUp(repository, image);
    if (found !== null) known.push(found);
  }
  return known;
}

/** The same platform twice is the same image in two wrappings; engines take the first. */
function distinct(images: readonly IndexedImage[]): readonly IndexedImage[] {
  const byPlatform = new Map<string, IndexedImage>();
  for (const image of images) {
    const key = JSON.stringify(image.platform);
    if (!byPlatform.has(key)) byPlatform.set(key, image);
  }
  return [...byPlatform.values()];
}

async function chooseIndexed(
  repository: Repository,
  images: readonly IndexedImage[],
  context: SourceContext,
): Promise<IndexedImage> {
  const where = `${repository.place.name}/${repository.place.repository}`;
  const named = images.find(({ descriptor }) => descriptor.digest === context.image);
  if (named !== undefined) return named;
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0) return only;
  const labelled = images.filter(({ platform }) => platform !== null);
  const wanted = context.platform ?? hostPlatform();
  const fits = labelled.some(({ platform }) => platform !== null && satisfies(platform, wanted));
  const known = fits ? labelled : await withPlatforms(repository, images);
  return choosePlatform(distinct(known), { where, context });
}

/**
 * The manifest of the image that is meant, out of what a tag or digest stands for: itself, or the one of an index that
 * fits the platform asked for, or this machine's.
 *
 * @throws {ImgweighError} NOT_AN_IMAGE, PLATFORM_MISMATCH, IMAGE_AMBIGUOUS, and what asking for manifests throws
 */
export async function findManifest(
  repository: Repository,
  document: ManifestDocument,
  context: SourceContext,
): Promise<FoundManifest> {
  const { content } = document;
  const where = `${repository.place.name}/${repository.place.repository}`;
  if (content.is === "artifact") throw artifact(where, content.artifact);
  if (content.is === "image") {
    const { manifest } = content;
    return { document, manifest, annotations: manifest.annotations, platform: null };
  }
  const images = await listIndexedImages(repository, content.descriptors, context.limits);
  if (images.length === 0) throw new ImgweighError("NOT_AN_IMAGE", `the index of ${where} lists no image`);
  return fetchIndexed(repository, await chooseIndexed(repository, images, context));
}
