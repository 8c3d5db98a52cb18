import type { LayerCompression } from "../oci/media-type.ts";
import { hasValidChecksum, isZeroBlock, TAR_BLOCK } from "./tar-header.ts";

/** What the first bytes of a blob say it is. Names and media types lie, bytes do not. */
export type Content = LayerCompression | "xz" | "bzip2" | "squashfs" | "erofs" | "json" | "empty" | "unknown";

/** How many bytes {@link sniff} wants to see: the erofs superblock lies furthest in. */
export const SNIFF_BYTES = 1028;

const ZSTD_FRAME = 0xfd2fb528;
const ZSTD_SKIPPABLE = 0x184d2a50;
const EROFS_MAGIC = 0xe0f5e1e2;

function startsWith(bytes: Uint8Array, ...magic: number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}

function uint32(bytes: Uint8Array, at: number): number {
  return bytes.length < at + 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

/** Classifies a blob by its first {@link SNIFF_BYTES} bytes (fewer if it is shorter). `"none"` is a plain tar. */
export function sniff(bytes: Uint8Array): Content {
  if (bytes.length === 0) return "empty";
  if (startsWith(bytes, 0x1f, 0x8b)) return "gzip";
  const magic = uint32(bytes, 0);
  // Skippable frames (zstd:chunked tables) may come first: magics 184D2A50 to 184D2A5F, RFC 8878 §3.1.2.
  if (magic === ZSTD_FRAME || (magic >= 0 && (magic & 0xfffffff0) === ZSTD_SKIPPABLE)) return "zstd";
  if (bytes.length >= TAR_BLOCK && (isZeroBlock(bytes, 0) || hasValidChecksum(bytes, 0))) return "none";
  if (startsWith(bytes, 0xfd, 0x37, 0x7a, 0x58, 0x5a)) return "xz";
  if (startsWith(bytes, 0x42, 0x5a, 0x68)) return "bzip2";
  if (startsWith(bytes, 0x68, 0x73, 0x71, 0x73)) return "squashfs";
  if (uint32(bytes, 1024) === EROFS_MAGIC) return "erofs";
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b || first === 0x5b ? "json" : "unknown";
}
