/** Media types of the OCI image-spec (media-types.md) and their Docker schema 2 equivalents. */

const INDEXES = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);
const MANIFESTS = new Set([
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);
const CONFIGS = new Set(["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"]);
/** What configs were pushed as by old engines and registries; Docker takes them for images (distribution#1621, moby#22378). */
const CONFIGS_MISNAMED = new Set(["application/octet-stream", "application/json", "text/html"]);

export function isIndexType(mediaType: string): boolean {
  return INDEXES.has(mediaType);
}

/** Whether something of this type may lead to images. An unknown type is to be ignored (image-index.md, "mediaType"). */
export function mayBeManifest(mediaType: string): boolean {
  return INDEXES.has(mediaType) || MANIFESTS.has(mediaType) || isSchema1Type(mediaType);
}

/** Whether a config of this type may be an image's. */
export function isConfigType(mediaType: string): boolean {
  return CONFIGS.has(mediaType) || CONFIGS_MISNAMED.has(mediaType);
}

/** Whether a blob of this type may be a layer of an image: a tar, whatever a tool calls it. */
export function isLayerType(mediaType: string): boolean {
  return (
    /^application\/vnd\.(?:oci\.image\.layer|docker\.(?:image|container\.image)\.rootfs)\./.test(mediaType) ||
    /[./+-]g?tar(?:$|[.+])/.test(mediaType) ||
    /^application\/(?:octet-stream|(?:x-)?gzip|zstd)$/.test(mediaType)
  );
}

/** Docker schema 1: no config, layers in reverse, no longer served by anyone. */
export function isSchema1Type(mediaType: string): boolean {
  return mediaType.startsWith("application/vnd.docker.distribution.manifest.v1");
}

/** Layers that need not be in the source: `urls` say where they are (layer.md, "Non-Distributable Layers"). */
export function isNondistributable(mediaType: string): boolean {
  return mediaType.includes(".nondistributable.") || mediaType.includes(".foreign.");
}

/** Encrypted by ocicrypt: the bytes say nothing without a key. */
export function isEncrypted(mediaType: string): boolean {
  return mediaType.endsWith("+encrypted");
}

/** How a layer's blob is compressed. */
export type LayerCompression = "none" | "gzip" | "zstd";

/**
 * Whether bytes of a compression may go by a layer's media type; unknown types say nothing. Docker's own type for plain
 * layers came late and is hardly used: tools write them as `…tar.gzip`.
 */
export function fitsMediaType(mediaType: string, compression: LayerCompression): boolean {
  if (mediaType === "application/vnd.docker.image.rootfs.diff.tar.gzip" && compression === "none") return true;
  const claimed = claimedCompression(mediaType);
  return claimed === null || claimed === compression;
}

/** The compression that a layer's media type claims; null where it is no known layer type. Bytes decide, not this. */
export function claimedCompression(mediaType: string): LayerCompression | null {
  if (!/^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType)) return null;
  if (/[.+]gzip$/.test(mediaType)) return "gzip";
  if (/[.+]zstd$/.test(mediaType)) return "zstd";
  return /\.tar$/.test(mediaType) ? "none" : null;
}
