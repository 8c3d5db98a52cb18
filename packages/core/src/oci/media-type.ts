/** Media types of the OCI image-spec (media-types.md) and their Docker schema 2 equivalents. */

const INDEXES = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);
const CONFIGS = new Set(["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"]);

export function isIndexType(mediaType: string): boolean {
  return INDEXES.has(mediaType);
}

export function isConfigType(mediaType: string): boolean {
  return CONFIGS.has(mediaType);
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
