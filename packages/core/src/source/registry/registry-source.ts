import { ImgweighError, isImgweighError } from "../../errors.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseReference, type Reference } from "../../oci/reference.ts";
import { missingLayer } from "../archive-contents.ts";
import { chooseImages } from "../choose-image.ts";
import type { DeclaredLayer, ImageSource, RandomAccessImage, SourceContext } from "../source.ts";
import { listImages } from "./list-images.ts";
import { openSession, type RegistrySettings, settingsFrom } from "./open-session.ts";
import { placesOf, type RegistryPlace } from "./place.ts";
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

/**
 * The image that is meant, of what a reference stands for; its blobs are asked for when they are read.
 *
 * @throws {ImgweighError} as `chooseImages`, and what asking for manifests and configs throws
 */
export async function openImage(
  { repository, document, close }: OpenedReference,
  reference: string,
  context: SourceContext,
): Promise<RandomAccessImage> {
  const where = `${repository.place.name}/${repository.place.repository}`;
  const group = await listImages(repository, document, reference, context.limits);
  const choice = { kind: "registry" as const, where, context, warnings: [], remote: true };
  const [description, ...siblings] = await chooseImages([group], choice);
  return {
    shape: "random-access",
    description,
    siblings,
    local: false,
    blobBytes: (layer) => declaredBlob(layer).size,
    async *blob(layer, range) {
      try {
        yield* repository.blob(declaredBlob(layer), range);
      } catch (error) {
        throw isImgweighError(error) && error.code === "LAYER_MISSING" && layer.urls !== undefined
          ? missingLayer(layer, where)
          : error;
      }
    },
    close,
  };
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
      return await openImage(opened, reference, context);
    } catch (error) {
      await opened.close();
      throw error;
    }
  }
  return { open };
}
