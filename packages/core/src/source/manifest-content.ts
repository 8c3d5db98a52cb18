import { artifactOfManifest } from "../oci/artifact.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { readImageIndex } from "../oci/image-index.ts";
import { asObject, asText, type JsonObject, parseJson } from "../oci/json.ts";
import { type Manifest, readManifest } from "../oci/manifest.ts";
import { isIndexType, isSchema1Type } from "../oci/media-type.ts";

/** What stands where a manifest is expected. */
export type ManifestContent =
  | { readonly is: "index"; readonly descriptors: readonly Descriptor[] }
  | { readonly is: "artifact"; readonly artifact: string }
  | { readonly is: "image"; readonly manifest: Manifest };

function isIndex(declared: string | null, object: JsonObject): boolean {
  const mediaType = asText(object["mediaType"]) ?? declared ?? "";
  if (isIndexType(mediaType)) return true;
  // mediaType is optional in old manifests and indexes; what they hold tells them apart.
  return !isSchema1Type(mediaType) && object["config"] === undefined && Array.isArray(object["manifests"]);
}

/**
 * Reads a manifest or index.
 *
 * @param declared the media type that its descriptor or the server gives it
 * @throws {ImgweighError} ARCHIVE_MALFORMED, UNSUPPORTED_MEDIA_TYPE
 */
export function readManifestContent(bytes: Uint8Array, declared: string | null, where: string): ManifestContent {
  const object = asObject(parseJson(bytes, where), where);
  if (isIndex(declared, object)) return { is: "index", descriptors: readImageIndex(object, where) };
  // The artifact manifests that OCI withdrew before they were released have no config.
  if (object["config"] === undefined && asText(object["mediaType"])?.includes(".artifact.manifest.") === true)
    return { is: "artifact", artifact: asText(object["artifactType"]) ?? "an artifact manifest" };
  const manifest = readManifest(object, where);
  const artifact = artifactOfManifest(manifest);
  return artifact === null ? { is: "image", manifest } : { is: "artifact", artifact };
}
