import { algorithmOf, type Digest, isDigest } from "../../oci/digest.ts";
import type { LayerCompression } from "../../oci/media-type.ts";

/** Where a layer's table of contents is, and the digest by which the manifest vouches for it. */
export type TocLocation = EstargzToc | ZstdChunkedToc;

/** The table is found by the footer of the blob. */
export interface EstargzToc {
  readonly format: "estargz";
  /** Of the table's JSON, uncompressed; a SHA-256, by its documentation. */
  readonly digest: Digest;
}

/** Where the table of contents of a zstd:chunked layer stands. */
export interface ZstdChunkedToc {
  readonly format: "zstd-chunked";
  /** Of the table as it is stored, compressed. */
  readonly digest: Digest;
  /** Of the compressed table in the blob; it is the content of a skippable frame. */
  readonly offset: number;
  readonly storedBytes: number;
  readonly bytes: number;
  /** Where the second table (for tar-split), which nobody here reads, begins; null where there is none. */
  readonly tarSplitOffset: number | null;
}

/** How the blobs of a format are compressed. */
export const TOC_COMPRESSION = { estargz: "gzip", "zstd-chunked": "zstd" } as const satisfies Record<
  TocLocation["format"],
  LayerCompression
>;

/** stargz-snapshotter docs/estargz.md, "TOC, TOCEntries and Footer". */
const ESTARGZ_DIGEST = "containerd.io/snapshot/stargz/toc.digest";
/** containers/storage pkg/chunked/internal/minimal; before 2023, and in stargz-snapshotter, without `github`. */
const ZSTD_PREFIXES = ["io.github.containers.zstd-chunked.", "io.containers.zstd-chunked."];
/** ManifestTypeCRFS: the one kind of table there is. */
const ZSTD_TABLE_TYPE = "1";
/** Header of a skippable frame (RFC 8878 §3.1.2). */
const FRAME_HEADER_BYTES = 8;

/**
 * What a layer's annotations say of its table of contents; null where they do not, or not in a form that is known. A
 * layer may be annotated for both formats (stargz-snapshotter does that to zstd:chunked): the zstd ones say more.
 */
export function tocLocation(annotations: ReadonlyMap<string, string>): TocLocation | null {
  for (const prefix of ZSTD_PREFIXES) {
    const position = annotations.get(`${prefix}manifest-position`);
    if (position === undefined) continue;
    return zstdChunked(
      position,
      annotations.get(`${prefix}manifest-checksum`),
      annotations.get(`${prefix}tarsplit-position`),
    );
  }
  const digest = annotations.get(ESTARGZ_DIGEST);
  return isDigest(digest) && algorithmOf(digest) === "sha256" ? { format: "estargz", digest } : null;
}

function zstdChunked(position: string, digest: unknown, tarSplit: string | undefined): ZstdChunkedToc | null {
  const [, offset, storedBytes, bytes, type] = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):(\d{1,3})$/.exec(position) ?? [];
  if (type !== ZSTD_TABLE_TYPE || !isDigest(digest) || Number(offset) < FRAME_HEADER_BYTES) return null;
  const [, tarSplitOffset] = /^(\d{1,15}):/.exec(tarSplit ?? "") ?? [];
  return {
    format: "zstd-chunked",
    digest,
    offset: Number(offset),
    storedBytes: Number(storedBytes),
    bytes: Number(bytes),
    tarSplitOffset: tarSplitOffset === undefined ? null : Number(tarSplitOffset),
  };
}

/** Where the blob's data ends and its tables begin. */
export function zstdDataEnd({ offset, tarSplitOffset }: ZstdChunkedToc): number {
  return Math.max(0, Math.min(offset, tarSplitOffset ?? offset) - FRAME_HEADER_BYTES);
}
