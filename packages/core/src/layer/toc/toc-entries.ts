import { type Limits, limitExceeded } from "../../archive/limits.ts";
import { TYPE } from "../../archive/tar-header.ts";
import type { TarEntry } from "../../archive/tar-scanner.ts";
import { type Digest, hexOf, isDigest } from "../../oci/digest.ts";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { HASH_BYTES } from "../layer-index.ts";
import type { TocTable } from "./toc-table.ts";
import { UnusableToc } from "./unusable-toc.ts";

/** A stretch of a file's contents. */
export interface TocChunk {
  /** In the blob: where its gzip member or zstd frames begin, and where what comes next does. */
  readonly offset: number;
  end: number;
  /** Bytes to leave out of what the member inflates to: small files may share one. */
  readonly innerOffset: number;
  readonly length: number;
  /** Of the contents; null where the table does not say. */
  readonly digest: Digest | null;
  /** What it holds, where that need not be read to be known; else null. */
  readonly known: (() => Buffer) | null;
}

/** One entry of the tar, as the table lists it. */
export interface TocEntry {
  readonly header: TarEntry;
  /** SHA-256 of the contents; null for what is no regular file. */
  readonly hash: Uint8Array | null;
  /** The contents, from first to last byte. */
  readonly chunks: readonly TocChunk[];
}

/** stargz-snapshotter estargz/types.go, containers/storage pkg/chunked/internal/minimal: one list for both formats. */
const TYPES: Readonly<Record<string, number>> = {
  dir: TYPE.directory,
  reg: TYPE.regular,
  symlink: TYPE.symlink,
  hardlink: TYPE.hardLink,
  char: TYPE.charDevice,
  block: TYPE.blockDevice,
  fifo: TYPE.fifo,
};

const EMPTY_HASH = Buffer.from("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hex");

/**
 * The entries of a table in its order, which is the tar's. A table that leaves open what must be known (a hash, a name,
 * where contents lie) is not used.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED
 * @throws {UnusableToc}
 */
export function tocEntries({ entries, dataEnd }: TocTable, limits: Limits, where: string): TocEntry[] {
  const list = new EntryList(dataEnd, limits, where);
  for (const entry of entries) {
    if (!isObject(entry)) throw new UnusableToc("an entry of its table of contents is none");
    list.add(entry);
  }
  return list.finish();
}

function size(entry: JsonObject, key: string): number {
  const value = entry[key] ?? 0;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new UnusableToc(`an entry of its table of contents has no valid ${key}`);
}

/** Owners are of no weight: what is no number reads as 0, as it does in a tar's header. */
function integer(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
}

function seconds(value: unknown): number {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? 0 : time / 1000;
}

/** JSON holds no bytes that are not UTF-8: writers put U+FFFD in their place, and which bytes it were is lost. */
function byteString(value: unknown, limits: Limits, where: string): string {
  const text = typeof value === "string" ? value : "";
  if (text.includes("\ufffd")) throw new UnusableToc("its table of contents cannot tell a name that is not UTF-8");
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  if (bytes.length > limits.maxPathBytes) throw limitExceeded(limits, "maxPathBytes", `${where}: a path`);
  return bytes;
}

function digestIn(entry: JsonObject, key: string): Digest | null {
  const value = entry[key];
  return isDigest(value) ? value : null;
}

/** Contents of a file while its entries come. */
interface OpenFile {
  readonly bytes: number;
  readonly endOffset: number | null;
  readonly chunks: TocChunk[];
  covered: number;
}

class EntryList {
  readonly #dataEnd: number;
  readonly #limits: Limits;
  readonly #where: string;
  readonly #entries: TocEntry[] = [];
  readonly #chunks: TocChunk[] = [];
  #file: OpenFile | null = null;

  constructor(dataEnd: number, limits: Limits, where: string) {
    this.#dataEnd = dataEnd;
    this.#limits = limits;
    this.#where = where;
  }

  add(entry: JsonObject): void {
    const type = asText(entry["type"]);
    if (type === "chunk") {
      this.#addChunk(entry);
      return;
    }
    this.#endFile();
    const flag = TYPES[type ?? ""];
    if (flag === undefined) throw new UnusableToc("its table of contents lists something of an unknown type");
    const name = byteString(entry["name"], this.#limits, this.#where);
    if (name === "") throw new UnusableToc("its table of contents lists something without a name");
    const bytes = flag === TYPE.regular ? size(entry, "size") : 0;
    const chunks: TocChunk[] = [];
    this.#entries.push({
      header: {
        type: flag,
        name,
        linkName: byteString(entry["linkName"], this.#limits, this.#where),
        size: bytes,
        mode: integer(entry["mode"]) & 0o7777,
        uid: integer(entry["uid"]),
        gid: integer(entry["gid"]),
        mtime: seconds(entry["modtime"]),
        start: 0,
        xattrs: "",
      },
      hash: flag === TYPE.regular ? contentHash(entry, bytes) : null,
      chunks,
    });
    if (bytes === 0) return;
    const endOffset = entry["endOffset"] === undefined ? null : size(entry, "endOffset");
    this.#file = { bytes, endOffset, chunks, covered: 0 };
    this.#addChunk(entry);
  }

  finish(): TocEntry[] {
    this.#endFile();
    this.#setEnds();
    return this.#entries;
  }

  /** A file's own entry is its first chunk; those of the type `chunk` go on. */
  #addChunk(entry: JsonObject): void {
    const file = this.#file;
    if (file === null) throw new UnusableToc("its table of contents has contents of no file");
    const offset = size(entry, "offset");
    const left = file.bytes - file.covered;
    const length = size(entry, "chunkSize") || left;
    if (size(entry, "chunkOffset") !== file.covered || length > left || offset >= this.#dataEnd)
      throw new UnusableToc("its table of contents does not tell where the contents of a file are");
    const whole = length === file.bytes ? digestIn(entry, "digest") : null;
    const chunk = {
      offset,
      end: this.#dataEnd,
      innerOffset: size(entry, "innerOffset"),
      length,
      digest: digestIn(entry, "chunkDigest") ?? whole,
      known: entry["chunkType"] === "zeros" ? () => Buffer.alloc(length) : null,
    };
    file.covered += length;
    file.chunks.push(chunk);
    this.#chunks.push(chunk);
  }

  #endFile(): void {
    const file = this.#file;
    this.#file = null;
    if (file === null) return;
    if (file.covered !== file.bytes)
      throw new UnusableToc("its table of contents does not tell where the contents of a file are");
    const last = file.chunks.at(-1);
    if (last === undefined || file.endOffset === null) return;
    if (file.endOffset <= last.offset || file.endOffset > this.#dataEnd)
      throw new UnusableToc("its table of contents does not tell where the contents of a file are");
    last.end = file.endOffset;
  }

  /** A chunk ends where the next one begins, unless the table says that it does before. */
  #setEnds(): void {
    const offsets = Float64Array.from(new Set(this.#chunks.map(({ offset }) => offset))).sort();
    const next = new Map<number, number>();
    for (let i = 0; i + 1 < offsets.length; i++) next.set(offsets[i] as number, offsets[i + 1] as number);
    for (const chunk of this.#chunks) chunk.end = Math.min(chunk.end, next.get(chunk.offset) ?? this.#dataEnd);
  }
}

function contentHash(entry: JsonObject, bytes: number): Uint8Array {
  const digest = digestIn(entry, "digest");
  if (digest?.startsWith("sha256:")) {
    const hash = Buffer.from(hexOf(digest), "hex");
    if (hash.length === HASH_BYTES) return hash;
  }
  if (bytes === 0) return EMPTY_HASH;
  throw new UnusableToc("its table of contents has no SHA-256 of a file");
}
