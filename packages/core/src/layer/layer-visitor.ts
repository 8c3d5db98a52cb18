import { createHash, type Hash, hash } from "node:crypto";
import { TYPE } from "../archive/tar-header.ts";
import type { TarEntry, TarVisitor } from "../archive/tar-scanner.ts";
import { ImgweighError } from "../errors.ts";
import { baseName, normalizePath, parentPath } from "../image-path.ts";
import type { Captures } from "./capture.ts";
import { ColumnBuilder } from "./column-builder.ts";
import type { Extractors } from "./extractors.ts";
import { type EntryKind, KIND, type LayerOddity } from "./layer-index.ts";

const KIND_OF_TYPE: Readonly<Record<number, EntryKind>> = {
  [TYPE.regular]: KIND.regular,
  [TYPE.hardLink]: KIND.hardLink,
  [TYPE.symlink]: KIND.symlink,
  [TYPE.charDevice]: KIND.charDevice,
  [TYPE.blockDevice]: KIND.blockDevice,
  [TYPE.directory]: KIND.directory,
  [TYPE.fifo]: KIND.fifo,
};

const EMPTY_HASH = hash("sha256", "", "binary");

const WHITEOUT_PREFIX = ".wh.";
const OPAQUE = ".wh..wh..opq";
const META_PREFIX = ".wh..wh.";

/** Turns tar entries into columns: kinds, whiteouts by basename, hashes, captures, facts of binaries. */
export class LayerVisitor implements TarVisitor {
  readonly columns = new ColumnBuilder();
  readonly captures: Captures;
  readonly extractors: Extractors;
  contentBytes = 0;
  readonly #hashing: boolean;
  readonly #oddities = new Map<LayerOddity["code"], LayerOddity>();
  /** The current file is to be hashed: at once, where all of it comes in one part, else part by part. */
  #hashed = false;
  #size = 0;
  #digest = EMPTY_HASH;
  #hash: Hash | null = null;
  #capturing = false;
  #extracting = false;
  #regular = false;

  constructor(captures: Captures, extractors: Extractors, hashing: boolean) {
    this.captures = captures;
    this.extractors = extractors;
    this.#hashing = hashing;
  }

  entry(entry: TarEntry): boolean {
    const { path: stored, escapes } = normalizePath(entry.name);
    if (escapes) this.#odd("path-traversal", this.columns.count);
    const { kind, path } = this.#classify(entry, stored);
    const isRegular = kind === KIND.regular;
    this.#regular = isRegular;
    const isHardLink = kind === KIND.hardLink;
    const link = isHardLink ? normalizePath(entry.linkName).path : kind === KIND.symlink ? entry.linkName : "";
    this.columns.add({
      path,
      kind,
      size: entry.size,
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      mtime: entry.mtime,
      link,
      tarStart: entry.start,
    });
    this.#hashed = false;
    this.#capturing = false;
    this.#extracting = false;
    if (isHardLink) {
      this.captures.link(path, link);
      this.extractors.link(path, link);
    }
    if (!isRegular) return false;
    if (path === "")
      throw new ImgweighError("ARCHIVE_MALFORMED", "a layer stores a regular file in place of its root directory");
    this.contentBytes += entry.size;
    this.#capturing = this.captures.begin(this.columns.count - 1, path, entry.size);
    this.#extracting = this.extractors.begin(this.columns.count - 1, path, entry.size);
    if (this.#hashing) this.#beginHash(entry.size);
    return this.#hashing || this.#capturing || this.#extracting;
  }

  /** An entry of a table of contents, with the hash of its contents, which are read later if at all. */
  list(entry: TarEntry, hash: Uint8Array | null): void {
    this.entry(entry);
    if (this.#regular && hash !== null) this.columns.addHash(hash);
  }

  /** Without hashing, a file whose first bytes say that nobody wants it can be passed over. */
  satisfied(): boolean {
    return !this.#hashed && this.captures.satisfied && this.extractors.satisfied;
  }

  data(bytes: Uint8Array): void {
    if (this.#hashed) this.#addToHash(bytes);
    if (this.#capturing) this.captures.data(bytes);
    if (this.#extracting) this.extractors.data(bytes);
  }

  entryEnd(offset: number): void {
    this.columns.endLast(offset);
    if (this.#hashed) this.columns.addHashText(this.#hash?.digest("binary") ?? this.#digest);
    if (this.#capturing) this.captures.end();
    if (this.#extracting) this.extractors.end();
    this.#hashed = false;
  }

  #beginHash(size: number): void {
    this.#hashed = true;
    this.#size = size;
    this.#digest = EMPTY_HASH;
    this.#hash = null;
  }

  #addToHash(bytes: Uint8Array): void {
    if (bytes.length === this.#size) {
      this.#digest = hash("sha256", bytes, "binary");
      return;
    }
    this.#hash ??= createHash("sha256");
    this.#hash.update(bytes);
  }

  loneZeroBlock(): void {
    this.#odd("lone-zero-block", -1);
  }

  get oddities(): readonly LayerOddity[] {
    return [...this.#oddities.values()];
  }

  /** Whiteouts are told by basename alone, whatever the entry's type (image-spec layer.md, "Whiteouts"). */
  #classify(entry: TarEntry, path: string): { kind: EntryKind; path: string } {
    const name = baseName(path);
    if (!name.startsWith(WHITEOUT_PREFIX)) return { kind: KIND_OF_TYPE[entry.type] ?? KIND.other, path };
    if (name === OPAQUE) return { kind: KIND.opaque, path: parentPath(path) };
    if (name.startsWith(META_PREFIX)) {
      this.#odd("aufs-metadata", this.columns.count);
      return { kind: KIND.ignored, path };
    }
    const removed = name.slice(WHITEOUT_PREFIX.length);
    if (removed === "" || removed === "." || removed === "..") {
      this.#odd("invalid-whiteout", this.columns.count);
      return { kind: KIND.ignored, path };
    }
    const directory = parentPath(path);
    return { kind: KIND.whiteout, path: directory === "" ? removed : `${directory}/${removed}` };
  }

  #odd(code: LayerOddity["code"], entry: number): void {
    const first = this.#oddities.get(code);
    this.#oddities.set(code, { code, entry: first?.entry ?? entry, count: (first?.count ?? 0) + 1 });
  }
}
