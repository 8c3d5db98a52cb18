import { ImgweighError, isImgweighError } from "../../errors.ts";
import { readConfig } from "../../oci/config.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseJson } from "../../oci/json.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import { chooseImage, type ImageCandidate, requireDiffIds } from "../image-candidate.ts";
import { requireReadableLayer } from "../oci-index.ts";
import type { DeclaredLayer, ImageSource, RandomAccessImage, SourceContext } from "../source.ts";
import { findEveryManifest, forEachAtOnce } from "./every-platform.ts";
import { openSession, type RegistrySettings, settingsFrom } from "./open-session.ts";
import { placesOf, type RegistryPlace } from "./place.ts";
import { type FoundManifest, findManifest } from "./platform-manifest.ts";
import { type ManifestDocument, openRepository, type Repository } from "./repository.ts";

/** A repository that has answered with what the reference stands for there. */
export interface OpenedReference {
  readonly repository: Repository;
  readonly document: ManifestDocument;
  /** Closes every connection. */
  close(): Promise<void>;
}

/** What a reference without tag and digest means. */
function wantedOf({ tag, digest }: Reference): string {
  return digest ?? tag ?? "latest";
}

async function openAt(
  place: RegistryPlace,
  reference: Reference,
  settings: RegistrySettings,
  context: SourceContext,
): Promise<OpenedReference> {
  const session = await openSession(place, settings, context);
  const close = (): Promise<void> => session.client.close();
  try {
    const repository = openRepository(session, context.limits);
    return { repository, document: await repository.manifest(wantedOf(reference)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Asks for what a reference stands for: one request (and what it takes to be let in). A mirror that does not have it,
 * or does not answer, is passed over with a note.
 *
 * @throws {ImgweighError} IMAGE_NOT_FOUND, REGISTRY_*, DIGEST_MISMATCH, FILE_UNREADABLE
 */
export async function openReference(
  reference: string,
  context: SourceContext,
  overrides: Partial<RegistrySettings> = {},
): Promise<OpenedReference> {
  const settings = settingsFrom(overrides);
  const parsed = parseReference(reference);
  const places = placesOf(parsed, settings.options);
  for (const place of places.slice(0, -1)) {
    try {
      return await openAt(place, parsed, settings, context);
    } catch (error) {
      if (context.signal.aborted || !isImgweighError(error)) throw error;
      context.onProgress({ type: "source", source: place.name, note: `passed over: ${error.message}` });
    }
  }
  return openAt(places.at(-1) as RegistryPlace, parsed, settings, context);
}

/** Everything of an image but its layers: one request, or none where the manifest embeds the config. */
async function readCandidate(repository: Repository, found: FoundManifest, reference: string): Promise<ImageCandidate> {
  const { document, manifest, annotations } = found;
  const where = `the config of ${reference}`;
  const bytes = await repository.document(manifest.config, where);
  const config = readConfig(parseJson(bytes, where), where);
  requireDiffIds(config, manifest.layers.length, reference);
  const layers = manifest.layers.map((layer, i): DeclaredLayer => {
    requireReadableLayer(layer);
    const { digest, size, mediaType } = layer;
    return {
      key: digest,
      digest,
      size,
      mediaType,
      annotations: layer.annotations,
      diffId: config.diffIds[i] as Digest,
    };
  });
  return {
    names: [reference],
    group: reference,
    manifestDigest: document.digest,
    configDigest: manifest.config.digest,
    platform: config.platform ?? found.platform,
    config,
    annotations,
    layers,
  };
}

/** The image of one manifest; its blobs are asked for when they are read. @throws {ImgweighError} what reading its config throws, and as `chooseImage` */
export async function openImage(
  { repository, close }: OpenedReference,
  found: FoundManifest,
  reference: string,
  context: SourceContext,
): Promise<RandomAccessImage> {
  const candidate = await readCandidate(repository, found, reference);
  const where = `${repository.place.name}/${repository.place.repository}`;
  return {
    shape: "random-access",
    description: chooseImage([candidate], { kind: "registry", where, context, warnings: [] }),
    local: false,
    blobBytes: (layer) => declaredBlob(layer).size,
    blob: (layer, range) => repository.blob(declaredBlob(layer), range),
    close,
  };
}

/** One image, and the same for all other platforms beside it. @throws {ImgweighError} what {@link openImage} throws */
async function openEvery(
  opened: OpenedReference,
  every: readonly FoundManifest[],
  reference: string,
  context: SourceContext,
): Promise<RandomAccessImage> {
  const images = await forEachAtOnce(every, (found) => openImage(opened, found, reference, context));
  const [first, ...others] = images as [RandomAccessImage, ...RandomAccessImage[]];
  return { ...first, siblings: others.map(({ description }) => description) };
}

/** In a registry every layer has a digest and a size. */
function declaredBlob({ key, digest, size }: DeclaredLayer): { readonly digest: Digest; readonly size: number } {
  if (digest !== null && size !== null) return { digest, size };
  throw new ImgweighError("LAYER_MISSING", `the layer ${key} is not one of this image`);
}

/**
 * An image of a registry, read layer by layer where it lies (OCI distribution-spec): neither an engine nor root is
 * needed.
 *
 * @throws {ImgweighError} REFERENCE_INVALID at once; `open` throws IMAGE_NOT_FOUND, PLATFORM_MISMATCH, NOT_AN_IMAGE,
 *   LAYER_MISSING, DIGEST_MISMATCH and REGISTRY_*
 */
export function registrySource(reference: string, overrides: Partial<RegistrySettings> = {}): ImageSource {
  // It becomes part of the path of a request, so nothing but a reference may pass.
  parseReference(reference);
  async function open(context: SourceContext): Promise<RandomAccessImage> {
    context.onProgress({ type: "source", source: `registry:${reference}`, note: null });
    const opened = await openReference(reference, context, overrides);
    try {
      if (context.allPlatforms && context.platform === null) {
        const every = await findEveryManifest(opened.repository, opened.document, context.limits);
        if (every.length > 0) return await openEvery(opened, every, reference, context);
      }
      const found = await findManifest(opened.repository, opened.document, context);
      return await openImage(opened, found, reference, context);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }
  return { open };
}
