import { gzipSync } from "node:zlib";
import { digestOf, type LayerSpec } from "./image-builder.ts";
import { bytesOf, entryBytes, type TarEntry } from "./tar-bytes.ts";
import { zstdFrame, zstdSkippable } from "./zstd-bytes.ts";

/**
 * eStargz and zstd:chunked layers, written from their documentation (stargz-snapshotter docs/estargz.md;
 * containers/storage pkg/chunked). Shares nothing with the reader under test; what real writers make is compared in the
 * end-to-end tests.
 */

/** An entry of a table of contents, as its JSON has it. */
export type TocEntry = { [key: string]: unknown };

export interface SeekableOptions {
  /** Contents are cut into chunks of this many bytes. */
  readonly chunkBytes?: number;
  /** Changes the table before it is written, and with it everything that vouches for it. */
  readonly edit?: (entries: TocEntry[]) => unknown;
  /** Merged over the annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface EstargzOptions extends SeekableOptions {
  /** The original tar is kept whole, so that the table lies behind its end (BuildKit); else the table is its last entry. */
  readonly lossless?: boolean;
  /** The footer of stargz, before eStargz. */
  readonly legacyFooter?: boolean;
  /** All files share one gzip member (`innerOffset`). */
  readonly shared?: boolean;
}

export interface ZstdChunkedOptions extends SeekableOptions {
  /** Annotations without `github` (before 2023), with it and a tar-split, or as stargz-snapshotter writes them. */
  readonly dialect?: "2022" | "2023" | "stargz";
  /** Chunks of zeros are named so. */
  readonly zeros?: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  file: "reg",
  link: "hardlink",
  symlink: "symlink",
  dir: "dir",
  char: "char",
  block: "block",
  fifo: "fifo",
};

/** What a table says of an entry wherever its contents lie. */
function described(entry: TarEntry, content: Buffer): TocEntry {
  const type = TYPES[entry.type ?? "file"] as string;
  return {
    name: bytesOf(entry.name).toString("utf8"),
    type,
    ...(content.length === 0 ? {} : { size: content.length }),
    modtime: new Date((entry.mtime ?? 0) * 1000).toISOString().replace(".000", ""),
    ...(entry.link === undefined ? {} : { linkName: bytesOf(entry.link).toString("utf8") }),
    mode: entry.mode ?? (type === "dir" ? 0o755 : 0o644),
    ...(entry.uid === undefined ? {} : { uid: entry.uid }),
    ...(entry.gid === undefined ? {} : { gid: entry.gid }),
    ...(type === "reg" ? { digest: digestOf(content) } : {}),
  };
}

/** Headers, contents and padding of an entry. */
function split(entry: TarEntry): { head: Buffer; content: Buffer; padding: Buffer } {
  const bytes = entryBytes(entry);
  const content = bytesOf(entry.content ?? "");
  const padded = Math.ceil(content.length / 512) * 512;
  const head = bytes.subarray(0, bytes.length - padded);
  return { head, content, padding: Buffer.alloc(padded - content.length) };
}

/** A blob that grows by compressed parts, and the tar that they inflate to. */
class Blob {
  readonly #compress: (bytes: Uint8Array) => Buffer;
  readonly #stored: Buffer[] = [];
  readonly #tar: Buffer[] = [];
  #pending: Buffer[] = [];
  length = 0;

  constructor(compress: (bytes: Uint8Array) => Buffer) {
    this.#compress = compress;
  }

  /** Bytes of the part that has begun. */
  get pendingBytes(): number {
    return this.#pending.reduce((sum, { length }) => sum + length, 0);
  }

  write(bytes: Buffer): void {
    this.#pending.push(bytes);
  }

  /** Ends a part: the next one begins where this returns. */
  cut(): number {
    if (this.#pending.length > 0) {
      const part = Buffer.concat(this.#pending);
      this.#pending = [];
      this.#tar.push(part);
      this.raw(this.#compress(part));
    }
    return this.length;
  }

  raw(bytes: Buffer): void {
    this.#stored.push(bytes);
    this.length += bytes.length;
  }

  get tar(): Buffer {
    return Buffer.concat(this.#tar);
  }

  get stored(): Buffer {
    return Buffer.concat(this.#stored);
  }
}

function chunksOf(content: Buffer, chunkBytes: number): { at: number; bytes: Buffer }[] {
  const chunks: { at: number; bytes: Buffer }[] = [];
  for (let at = 0; at < content.length; at += chunkBytes)
    chunks.push({ at, bytes: content.subarray(at, at + chunkBytes) });
  return chunks;
}

/** A file's first chunk is told in its own row, the others in rows after it. */
function listChunk(listed: TocEntry[], row: TocEntry, at: number, place: TocEntry): void {
  if (at === 0) Object.assign(row, place);
  else listed.push({ name: row["name"], type: "chunk", chunkOffset: at, ...place });
}

function toc(entries: TocEntry[], edit: SeekableOptions["edit"]): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, entries: edit?.(entries) ?? entries }));
}

function footer(tocOffset: number, legacy: boolean): Buffer {
  const position = `${tocOffset.toString(16).padStart(16, "0")}STARGZ`;
  const extra = legacy ? Buffer.from(position) : Buffer.from(`SG\x16\x00${position}`, "latin1");
  const head = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, extra.length, 0]);
  const empty = Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, extra, empty]);
}

export function estargzLayer(entries: readonly TarEntry[], options: EstargzOptions = {}): LayerSpec {
  const { chunkBytes = 2 ** 22, lossless = false, legacyFooter = false, shared = false } = options;
  const blob = new Blob((bytes) => gzipSync(bytes));
  const listed: TocEntry[] = [];
  for (const entry of entries) {
    const { head, content, padding } = split(entry);
    blob.write(head);
    const row = described(entry, content);
    listed.push(row);
    for (const { at, bytes } of chunksOf(content, shared ? content.length : chunkBytes)) {
      if (!shared) blob.cut();
      const place = {
        offset: blob.length,
        ...(shared ? { innerOffset: blob.pendingBytes } : {}),
        ...(bytes.length === content.length - at ? {} : { chunkSize: bytes.length }),
        chunkDigest: digestOf(bytes),
      };
      listChunk(listed, row, at, place);
      blob.write(bytes);
    }
    blob.write(padding);
  }
  if (lossless) blob.write(Buffer.alloc(1024));
  const table = toc(listed, options.edit);
  const tocOffset = blob.cut();
  blob.write(entryBytes({ name: "stargz.index.json", content: table, mode: 0 }));
  blob.write(Buffer.alloc(1024));
  blob.cut();
  blob.raw(footer(tocOffset, legacyFooter));
  return {
    tar: blob.tar,
    blob: blob.stored,
    compression: "gzip",
    annotations: { "containerd.io/snapshot/stargz/toc.digest": digestOf(table), ...options.annotations },
  };
}

function zstdPosition(parts: readonly number[]): string {
  return parts.join(":");
}

export function zstdChunkedLayer(entries: readonly TarEntry[], options: ZstdChunkedOptions = {}): LayerSpec {
  const { chunkBytes = 2 ** 16, dialect = "2023", zeros = false } = options;
  const blob = new Blob((bytes) => zstdFrame(bytes));
  const listed: TocEntry[] = [];
  for (const entry of entries) {
    const { head, content, padding } = split(entry);
    blob.write(head);
    const row = described(entry, content);
    listed.push(row);
    for (const { at, bytes } of chunksOf(content, chunkBytes)) {
      const place = {
        offset: blob.cut(),
        ...(bytes.length === content.length ? {} : { chunkSize: bytes.length, chunkDigest: digestOf(bytes) }),
        ...(zeros && bytes.every((byte) => byte === 0) ? { chunkType: "zeros" } : {}),
      };
      listChunk(listed, row, at, place);
      blob.write(bytes);
    }
    if (dialect === "stargz") {
      if (content.length > 0 && row["chunkDigest"] === undefined) row["chunkDigest"] = row["digest"];
    } else if (content.length > 0) {
      row["endOffset"] = blob.cut();
    }
    blob.write(padding);
  }
  blob.write(Buffer.alloc(1024));
  blob.cut();
  const table = toc(listed, options.edit);
  const stored = zstdFrame(table);
  const position = zstdPosition([blob.length + 8, stored.length, table.length, 1]);
  blob.raw(zstdSkippable(stored));
  const prefix = dialect === "2023" ? "io.github.containers.zstd-chunked." : "io.containers.zstd-chunked.";
  const annotations: Record<string, string> = {
    [`${prefix}manifest-checksum`]: digestOf(stored),
    [`${prefix}manifest-position`]: position,
  };
  if (dialect === "2023") {
    const tarSplit = zstdFrame(Buffer.from('{"type":2,"payload":"AAAA","position":0}\n'));
    annotations[`${prefix}tarsplit-position`] = zstdPosition([blob.length + 8, tarSplit.length, 41]);
    blob.raw(zstdSkippable(tarSplit));
  }
  if (dialect === "stargz") annotations["containerd.io/snapshot/stargz/toc.digest"] = digestOf(table);
  const end = Buffer.alloc(64);
  end.write("GNUlInUx", 56, "latin1");
  blob.raw(zstdSkippable(end));
  return {
    tar: blob.tar,
    blob: blob.stored,
    compression: "zstd",
    annotations: { ...annotations, ...options.annotations },
  };
}
