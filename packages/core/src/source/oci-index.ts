import { digestOf, requireDigest } from "../archive/digest.ts";
import { ImgweighError } from "../errors.ts";
import { type ImageConfig, readConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, hexOf } from "../oci/digest.ts";
import { annotatedName, isAttestation, readImageIndex } from "../oci/image-index.ts";
import { asObject, parseJson } from "../oci/json.ts";
import type { Manifest } from "../oci/manifest.ts";
import { isEncrypted } from "../oci/media-type.ts";
import { type ArchiveContents, boundManifests, readJsonFile, readSmallFile } from "./archive-contents.ts";
import { type ImageCandidate, requireDiffIds } from "./image-candidate.ts";
import { type ManifestContent, readManifestContent } from "./manifest-content.ts";
import type { DeclaredLayer } from "./source.ts";

/** Indexes may nest; deeper than this nobody nests them on purpose. */
const MAX_DEPTH = 8;

/** Where a layout keeps a blob (image-layout.md, "Blobs"). The digest's form has been checked, so it is safe as a path. */
export function blobName(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** What an index led to: images, and what else, to tell a person who expected one. */
export interface OciImages {
  readonly images: readonly ImageCandidate[];
  readonly artifacts: readonly string[];
  /** Manifests that the index names and the archive does not hold, or not with their config: other platforms, mostly. */
  readonly absent: number;
}

async function once<Value>(
  known: Map<Digest, Value | null>,
  digest: Digest,
  read: () => Promise<Value | null>,
): Promise<Value | null> {
  let value = known.get(digest);
  if (value === undefined) {
    value = await read();
    known.set(digest, value);
  }
  return value;
}

class IndexWalker {
  readonly artifacts: string[] = [];
  absent = 0;
  readonly #contents: ArchiveContents;
  // One blob may be named thousands of times; it is read once.
  readonly #manifests = new Map<Digest, ManifestContent | null>();
  readonly #configs = new Map<Digest, ImageConfig | null>();
  readonly #images = new Map<Digest, Omit<ImageCandidate, "names">>();
  readonly #names = new Map<Digest, Set<string>>();
  #seen = 0;

  constructor(contents: ArchiveContents) {
    this.#contents = contents;
  }

  get images(): ImageCandidate[] {
    return Array.from(this.#images, ([digest, image]) => ({ ...image, names: [...(this.#names.get(digest) ?? [])] }));
  }

  async walk(
    descriptors: readonly Descriptor[],
    inherited: { name: string | null; group: string } | null,
    depth: number,
  ): Promise<void> {
    this.#seen += descriptors.length;
    boundManifests(this.#seen, this.#contents);
    const unnamedAreOne = areOneImage(descriptors);
    for (const descriptor of descriptors) {
      if (isAttestation(descriptor)) continue;
      const name = annotatedName(descriptor) ?? inherited?.name ?? null;
      const group = name !== null ? `name:${name}` : unnamedAreOne ? "unnamed" : `digest:${descriptor.digest}`;
      await this.#visit(descriptor, name, inherited?.group ?? group, depth);
    }
  }

  async #visit(descriptor: Descriptor, name: string | null, group: string, depth: number): Promise<void> {
    const blob = await once(this.#manifests, descriptor.digest, () => this.#readManifest(descriptor));
    if (blob === null) {
      this.absent++;
    } else if (blob.is === "index") {
      if (depth >= MAX_DEPTH) {
        throw new ImgweighError(
          "ARCHIVE_MALFORMED",
          `${this.#contents.where}: indexes are nested more than ${MAX_DEPTH} deep`,
        );
      }
      await this.walk(blob.descriptors, { name, group }, depth + 1);
    } else if (blob.is === "artifact") {
      this.artifacts.push(blob.artifact);
    } else {
      await this.#addImage(descriptor, blob.manifest, name, group);
    }
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

  async #addImage(descriptor: Descriptor, manifest: Manifest, name: string | null, group: string): Promise<void> {
    const key = descriptor.digest;
    const names = this.#names.get(key) ?? new Set();
    this.#names.set(key, names);
    if (name !== null) names.add(name);
    // One image under two tags.
    if (this.#images.has(key)) return;
    const where = `the manifest ${descriptor.digest.slice(0, 19)}… of ${this.#contents.where}`;
    const config = await once(this.#configs, manifest.config.digest, () => this.#readConfig(manifest.config));
    if (config === null) {
      this.absent++;
      return;
    }
    requireDiffIds(config, manifest.layers.length, where);
    const layers: DeclaredLayer[] = [];
    for (const [i, layer] of manifest.layers.entries())
      layers.push(await this.#declare(layer, config.diffIds[i] as Digest));
    this.#images.set(key, {
      group,
      manifestDigest: descriptor.digest,
      configDigest: manifest.config.digest,
      platform: config.platform ?? descriptor.platform,
      config,
      annotations: new Map([...descriptor.annotations, ...manifest.annotations]),
      layers,
    });
  }

  async #declare(layer: Descriptor, diffId: Digest): Promise<DeclaredLayer> {
    requireReadableLayer(layer);
    const { annotations } = layer;
    const name = blobName(layer.digest);
    // A blob that is not there is told when the layer is needed: it may belong to another platform.
    const key = (await this.#contents.locate(name)) ?? name;
    return { key, digest: layer.digest, size: layer.size, mediaType: layer.mediaType, diffId, annotations };
  }
}

/** @throws {ImgweighError} UNSUPPORTED_MEDIA_TYPE */
export function requireReadableLayer(layer: Descriptor): void {
  if (layer.mediaType === null || !isEncrypted(layer.mediaType)) return;
  throw new ImgweighError("UNSUPPORTED_MEDIA_TYPE", `the layer ${layer.digest} is encrypted (${layer.mediaType})`, {
    hint: "decrypt the image first, for example with skopeo copy --decryption-key",
  });
}

/**
 * Images without a name that stand side by side are one image for several platforms if their platforms say so and all
 * differ; otherwise each is its own.
 */
function areOneImage(siblings: readonly Descriptor[]): boolean {
  const unnamed = siblings.filter((sibling) => annotatedName(sibling) === null && !isAttestation(sibling));
  const platforms = unnamed.map(({ platform }) => (platform === null ? null : JSON.stringify(platform)));
  return new Set(platforms).size === unnamed.length && !platforms.includes(null);
}

/** @throws {ImgweighError} DIGEST_MISMATCH, LIMIT_EXCEEDED */
async function readBlob(contents: ArchiveContents, descriptor: Descriptor, what: string): Promise<Buffer | null> {
  const stored = await readSmallFile(contents, blobName(descriptor.digest));
  const bytes = stored ?? (descriptor.data === null ? null : Buffer.from(descriptor.data, "base64"));
  if (bytes === null) return null;
  requireDigest(digestOf(bytes, algorithmOf(descriptor.digest)), descriptor.digest, `a ${what} of ${contents.where}`);
  return bytes;
}

/**
 * The images of an OCI image layout by its `index.json` (image-layout.md), nested indexes included. null where there is
 * no `index.json`.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED, LAYER_MISSING, DIGEST_MISMATCH, LIMIT_EXCEEDED, UNSUPPORTED_MEDIA_TYPE
 */
export async function readOciIndex(contents: ArchiveContents): Promise<OciImages | null> {
  if ((await contents.locate("index.json")) === null) return null;
  const where = `index.json of ${contents.where}`;
  const descriptors = readImageIndex(asObject(await readJsonFile(contents, "index.json"), where), where);
  const walker = new IndexWalker(contents);
  await walker.walk(descriptors, null, 0);
  return { images: walker.images, artifacts: walker.artifacts, absent: walker.absent };
}
