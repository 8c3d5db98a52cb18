import { type ImagePath, pathFromBytes } from "../image-path.ts";
import type { Digest } from "../oci/digest.ts";
import type { LayerCompression } from "../oci/media-type.ts";
import type { ElfFacts } from "./elf-facts.ts";
import type { JarFacts } from "./jar-facts.ts";

/** Changes when the meaning or content of any field below does. */
export const LAYER_INDEX_VERSION = 2;

/** What an entry of a layer is. */
export const KIND = {
  regular: 0,
  hardLink: 1,
  symlink: 2,
  charDevice: 3,
  blockDevice: 4,
  directory: 5,
  fifo: 6,
  /** A type flag that no standard knows. */
  other: 7,
  /** `.wh.NAME`: the entry's path is the one it removes. */
  whiteout: 8,
  /** `.wh..wh..opq`: the entry's path is the directory whose lower contents it hides. */
  opaque: 9,
  /** `.wh..wh.*`, or a whiteout without a name: no effect. */
  ignored: 10,
} as const;

/** A kind of entry by its number: one of {@link KIND}. */
export type EntryKind = (typeof KIND)[keyof typeof KIND];

/** Bytes of one content hash: a whole SHA-256, so that it can be compared with `sha256sum` and with eStargz tables. */
export const HASH_BYTES = 32;

/**
 * The entries of a layer in tar order, a column each, so that a million of them cost no objects and cross threads by
 * transfer.
 */
export interface EntryColumns {
  readonly count: number;
  /** Normalised paths one after another, and where each ends. */
  readonly pathBytes: Uint8Array;
  readonly pathEnds: Uint32Array;
  /** {@link KIND} */
  readonly kinds: Uint8Array;
  /** Content bytes: logical size of a regular file, else 0. */
  readonly sizes: Float64Array;
  /** Permission bits. */
  readonly modes: Uint16Array;
  readonly uids: Uint32Array;
  readonly gids: Uint32Array;
  /** Seconds since 1970. */
  readonly mtimes: Float64Array;
  /** Symlink targets as written, hard link targets normalised; empty for everything else. */
  readonly linkBytes: Uint8Array;
  readonly linkEnds: Uint32Array;
  /** Offsets in the tar: first header block (extensions included), and end of padding. All 0 by a table of contents. */
  readonly tarStarts: Float64Array;
  readonly tarEnds: Float64Array;
  /** {@link HASH_BYTES} for each regular file, in order; null where contents were not read (`--no-verify`). */
  readonly hashes: Uint8Array | null;
}

/** A file that a capture request asked for. */
export interface CapturedFile {
  /** The request's id. */
  readonly request: string;
  /** Index of the entry. */
  readonly entry: number;
  readonly content: Uint8Array;
  /** The file is longer than the request's limit; `content` is its beginning. */
  readonly truncated: boolean;
}

/** Something odd about the layer that is no error; becomes a warning of the image. */
export interface LayerOddity {
  readonly code: "aufs-metadata" | "evidence-not-read" | "invalid-whiteout" | "lone-zero-block" | "path-traversal";
  /** Index of the entry; -1 where it is none. */
  readonly entry: number;
  /** How many there are; only the first is kept. */
  readonly count: number;
}

/**
 * One layer, weighed: what its uncompressed stream determines and nothing else. It does not depend on other layers, on
 * the image, or on how the blob was compressed.
 */
export interface LayerIndex {
  readonly version: number;
  /** null where not all of the stream was read (`--no-verify`, a table of contents). */
  readonly diffId: Digest | null;
  /** Bytes of the whole uncompressed stream; null where only its table of contents was read. */
  readonly tarBytes: number | null;
  /** Σ sizes of regular files. */
  readonly contentBytes: number;
  /** The tar has its end-of-archive blocks. */
  readonly terminated: boolean;
  readonly entries: EntryColumns;
  readonly captures: readonly CapturedFile[];
  /** What ELF binaries say of themselves, by entry; empty where the `elf` extractor was not asked for. */
  readonly binaries: readonly { readonly entry: number; readonly facts: ElfFacts }[];
  /** What Java archives say of themselves, by entry; empty where the `zip-jar` extractor was not asked for. */
  readonly archives: readonly { readonly entry: number; readonly facts: JarFacts }[];
  readonly oddities: readonly LayerOddity[];
}

/** What a blob adds to its layer. Kept apart, because the same layer may be compressed in many ways. */
export interface BlobRecord {
  /** null where not all of the blob was read (`--no-verify`, a table of contents). */
  readonly digest: Digest | null;
  readonly compression: LayerCompression;
  /** Bytes of the blob as stored. */
  readonly blobBytes: number;
  /** null for a plain tar: what a pull would transfer cannot be known from it. */
  readonly shares: BlobShares | null;
}

/** What each entry costs in the compressed blob. Everything sums to `blobBytes`. */
export interface BlobShares {
  /** Compressed bytes of each entry, header and padding included. */
  readonly entryBytes: Float64Array;
  /** Compressed bytes of tar ends, tables of contents and trailers. */
  readonly overheadBytes: number;
}

const VIEWS = new WeakMap<Uint8Array, Buffer>();

/** What decodes a column of text: made once for each, as making it costs as much as decoding a path. */
function viewOf(bytes: Uint8Array): Buffer {
  let view = VIEWS.get(bytes);
  if (view === undefined) {
    view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    VIEWS.set(bytes, view);
  }
  return view;
}

/** The path of entry `i`. */
export function entryPath({ pathBytes, pathEnds }: EntryColumns, i: number): ImagePath {
  return viewOf(pathBytes).toString("latin1", i === 0 ? 0 : pathEnds[i - 1], pathEnds[i]);
}

/** {@link entryPath} for whoever goes through all entries: the view that decodes is made once. */
export function pathReader({ pathBytes, pathEnds }: EntryColumns): (i: number) => ImagePath {
  const view = viewOf(pathBytes);
  return (i) => view.toString("latin1", i === 0 ? 0 : pathEnds[i - 1], pathEnds[i]);
}

/** The link target of entry `i`, as a byte string. */
export function entryLink(entries: EntryColumns, i: number): string {
  return pathFromBytes(entries.linkBytes, i === 0 ? 0 : entries.linkEnds[i - 1], entries.linkEnds[i]);
}
