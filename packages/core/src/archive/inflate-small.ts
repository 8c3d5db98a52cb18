import { inflateRawSync, inflateSync } from "node:zlib";

/**
 * Inflates something small that is in memory as a whole: an entry of a zip (`raw`, RFC 1951) or a zlib stream
 * (RFC 1950). null where it is damaged, or holds more than `maxBytes`.
 */
export function inflateSmall(bytes: Uint8Array, form: "raw" | "zlib", maxBytes: number): Buffer | null {
  const inflate = form === "raw" ? inflateRawSync : inflateSync;
  try {
    return inflate(bytes, { maxOutputLength: Math.max(1, maxBytes) });
  } catch {
    return null;
  }
}
