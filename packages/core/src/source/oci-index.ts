import { digestOf, requireDigest } from "../archive/digest.ts";
import { ImgweighError, isImgweighError } from "../errors.ts";
import { artifactOfDescriptor, isReferrerTag, unknownType } from "../oci/artifact.ts";
import { type ImageConfig, readConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, hexOf } from "../oci/digest.ts";
import { annotatedName, readImageIndex } from "../oci/image-index.ts";
import { asObject, parseJson } from "../oci/json.ts";
import type { Manifest } from "../oci/manifest.ts";
import { isEncrypted, isNondistributable } from "../oci/media-type.ts";
import { completePlatform } from "../oci/platform.ts";
import { type ArchiveContents, boundManifests, readJsonFile, readSmallFile } from "./archive-contents.ts";
import { GroupsByName, type GrowingGroup } from "./image-groups.ts";
import { type Found, listedBy, requireDiffIds } from "./listed-image.ts";
import { type ManifestContent, readManifestContent } from "./manifest-content.ts";
import type { DeclaredLayer } from "./source.ts";

/** Indexes may nest; deeper than this nobody nests them on purpose. */
const MAX_DEPTH = 8;

/** Where a layout keeps a blob (image-layout.md, "Blobs"). The digest's form has been checked, so it is safe as a path. */
export function blobName(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** Reads each once, however often and whenever it is asked for. */
function once<Value>(known: Map<Digest, Promise<Value>>, digest: Digest, read: () => Promise<Value>): Promise<Value> {
  let value = known.get(digest);
  if (value === undefined) {
    value = read();
    // Whoever asked for it is told.
    value.catch(() => {});
    known.set(digest, value);
  }
  return value;
}

class IndexWalker {
  readonly groups = new GroupsByName();
  readonly #contents: ArchiveContents;
  // One blob may be named thousands of times; it is read once.
  readonly #manifests = new Map<Digest, Promise<ManifestContent | null>>();
  readonly #configs = new Map<Digest, Promise<ImageConfig | null>>();
  #seen = 0;

  constructor(contents: ArchiveContents) {
    this.#contents = contents;
  }

  async walk(descriptors: readonly Descriptor[], above: readonly GrowingGroup[], depth: number): Promise<void> {
    this.#seen += descriptors.length;
    boundManifests(this.#seen, this.#contents);
    for (const descriptor of descriptors) {
      const groups = this.groups.of(annotatedName(descriptor), above);
      const found = await this.#visit(descriptor, groups, depth);
      if (found !== null) this.groups.put(listedBy(descriptor, found), groups);
    }
  }

  /** How to look at what a descriptor stands for; null where it is an index, whose images are listed then. */
  async #visit(
    descriptor: Descriptor,
    groups: readonly GrowingGroup[],
    depth: number,
  ): Promise<(() => Promise<Found>) | null> {
    const artifact = artifactOfDescriptor(descriptor);
    if (artifact !== null || isReferrerTag(annotatedName(descriptor) ?? "")) {
      const found = artifact ?? descriptor.mediaType ?? "a referrer";
      return async () => ({ is: "artifact", artifact: found });
    }
    let content: ManifestContent | null;
    try {
      content = await once(this.#manifests, descriptor.digest, () => this.#readManifest(descriptor));
    } catch (error) {
      if (!isImgweighError(error) || error.code === "LIMIT_EXCEEDED") throw error;
      const unknown = unknownType(descriptor);
      if (unknown !== null) return async () => ({ is: "artifact", artifact: unknown });
      return () => Promise.reject(error);
    }
    if (content === null) return async () => ({ is: "absent" });
    if (content.is === "artifact") {
      const { artifact } = content;
      return async () => ({ is: "artifact", artifact });
    }
    if (content.is === "image") {
      const { manifest } = content;
      return () => this.#look(descriptor, manifest);
    }
    if (depth >= MAX_DEPTH) {
      const message = `${this.#contents.where}: indexes are nested more than ${MAX_DEPTH} deep`;
      return () => Promise.reject(new ImgweighError("ARCHIVE_MALFORMED", message));
    }
    for (const group of groups) group.isIndex(descriptor.digest, depth);
    await this.walk(content.descriptors, groups, depth + 1);
    return null;
  }

  async #readManifest(descriptor: Descriptor): Promise<ManifestContent | null> {
    const { digest } = descriptor;
    const bytes = await readBlob(this.#contents, descriptor, "manifest");
    if (bytes === null) return null;
    return readManifestContent(bytes, descriptor.mediaType, digest);
  }

  async #readConfig(descriptor: Descriptor): Promise<ImageConfig | null> {
    const bytes = await readBlob(this.#contents, descriptor, "config");
    if (bytes === null) return null;
    const where = `the config ${descriptor.digest.slice(0, 19)}… of ${this.#contents.where}`;
    return readConfig(parseJson(bytes, descriptor.digest), where);
  }

  async #look(descriptor: Descriptor, manifest: Manifest): Promise<Found> {
    const where = `the manifest ${descriptor.digest.slice(0, 19)}… of ${this.#contents.where}`;
    const config = await once(this.#configs, manifest.config.digest, () => this.#readConfig(manifest.config));
    if (config === null) return { is: "absent" };
    requireDiffIds(config, manifest.layers.length, where);
    const layers: DeclaredLayer[] = [];
    for (const [i, layer] of manifest.layers.entries()) {
      const name = blobName(layer.digest);
      // A blob that is not there is told when the layer is needed: it may belong to another platform.
      const key = (await this.#contents.locate(name)) ?? name;
      layers.push(declareLayer(layer, key, config.diffIds[i] as Digest));
    }
    const image = {
      manifestDigest: descriptor.digest,
      configDigest: manifest.config.digest,
      platform: completePlatform(descriptor.platform, config.platform),
      config,
      annotations: new Map([...descriptor.annotations, ...manifest.annotations]),
      layers,
    };
    return { is: "image", image };
  }
}

/** A layer as its descriptor declares it. @throws {ImgweighError} UNSUPPORTED_MEDIA_TYPE */
export function declareLayer(layer: Descriptor, key: string, diffId: Digest): DeclaredLayer {
  const { digest, size, mediaType, annotations, urls } = layer;
  if (mediaType !== null && isEncrypted(mediaType)) {
    throw new ImgweighError("UNSUPPORTED_MEDIA_TYPE", `the layer ${digest} is encrypted (${mediaType})`, {
      hint: "decrypt the image first, for example with skopeo copy --decryption-key",
    });
  }
  const elsewhere = urls.length > 0 || (mediaType !== null && isNondistributable(mediaType));
  return { key, digest, size, mediaType, diffId, annotations, ...(elsewhere && { urls }) };
}

/** @throws {ImgweighError} DIGEST_MISMATCH, LIMIT_EXCEEDED */
async function readBlob(contents: ArchiveContents, descriptor: Descriptor, what: string): Promise<Buffer | null> {
  const stored = await readSmallFile(contents, blobName(descriptor.digest));
  const bytes = stored ?? (descriptor.data === null ? null : Buffer.from(descriptor.data, "base64"));
  if (bytes === null) return null;
  requireBlob(bytes, descriptor, `the ${what} ${descriptor.digest} of ${contents.where}`);
  return bytes;
}

/** Holds a small blob against its descriptor. @throws {ImgweighError} DIGEST_MISMATCH */
export function requireBlob(
  bytes: Uint8Array,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  what: string,
): void {
  if (bytes.length !== size) {
    throw new ImgweighError("DIGEST_MISMATCH", `${what} has ${bytes.length} bytes, but the image declares ${size}`, {
      hint: "it was damaged on its way, or written wrongly: make the image again, or push it again",
    });
  }
  requireDigest(digestOf(bytes, algorithmOf(digest)), digest, what);
}

/**
 * What an OCI image layout lists by its `index.json` (image-layout.md), nested indexes included, as people named it. null
 * where there is no `index.json`.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED, LIMIT_EXCEEDED
 */
export async function readOciIndex(contents: ArchiveContents): Promise<GroupsByName | null> {
  if ((await contents.locate("index.json")) === null) return null;
  const where = `index.json of ${contents.where}`;
  const descriptors = readImageIndex(asObject(await readJsonFile(contents, "index.json"), where), where);
  const walker = new IndexWalker(contents);
  await walker.walk(descriptors, [], 0);
  return walker.groups;
}
