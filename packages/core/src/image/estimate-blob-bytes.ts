import type { Image } from "./image.ts";

/**
 * What a pull of the image would transfer, about: compressed layers as they are, plain ones as gzip would make them.
 * Null where the image was read without `estimateBlob`.
 */
export function estimateBlobBytes({ layers }: Image): number | null {
  let sum = 0;
  for (const { blob, gzipBytes = null } of layers) {
    const bytes = blob.compression === "none" ? gzipBytes : blob.blobBytes;
    if (bytes === null) return null;
    sum += bytes;
  }
  return sum;
}
