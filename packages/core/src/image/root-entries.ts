import { createHash, type Hash } from "node:crypto";
import { peek } from "../archive/byte-stream.ts";
import { decompress } from "../archive/decompress.ts";
import type { Limits } from "../archive/limits.ts";
import { SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import { TYPE } from "../archive/tar-header.ts";
import { type TarEntry, TarScanner, type TarVisitor } from "../archive/tar-scanner.ts";
import { ImgweighError } from "../errors.ts";
import { type ImagePath, normalizePath } from "../image-path.ts";
import type { ImageSource } from "../source/source.ts";
import { type OpenOptions, withSource } from "./source-scope.ts";

/** What a container sees at a path. Times are left out: no two builds share them. */
export interface RootEntry {
  readonly type: "file" | "directory" | "symlink" | "char-device" | "block-device" | "fifo" | "other";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Where a symlink points; empty for everything else. */
  readonly link: string;
  /** Extended attributes, capabilities and ACLs among them: sorted records, as tars hold them. */
  readonly xattrs: string;
  /** SHA-256 of a file's contents, in hexadecimal; empty for everything else. */
  readonly content: string;
}

/** An image's root file system, and what its layers store. */
export interface RootListing {
  readonly entries: ReadonlyMap<ImagePath, RootEntry>;
  readonly contentBytes: number;
  /** What the image's config says of its containers. */
  readonly run: Readonly<Record<string, unknown>>;
}

const TYPES: Readonly<Record<number, RootEntry["type"]>> = {
  [TYPE.regular]: "file",
  [TYPE.directory]: "directory",
  [TYPE.symlink]: "symlink",
  [TYPE.charDevice]: "char-device",
  [TYPE.blockDevice]: "block-device",
  [TYPE.fifo]: "fifo",
};

interface StoredEntry {
  readonly path: ImagePath;
  entry: RootEntry;
  readonly isHardLink: boolean;
}

const OPAQUE = ".wh..wh..opq";
const WHITEOUT = ".wh.";

/** The entries of one layer, contents hashed while they stream past. */
class LayerEntries implements TarVisitor {
  readonly stored: StoredEntry[] = [];
  contentBytes = 0;
  #hash: Hash | null = null;

  entry({ type, name, linkName, size, mode, uid, gid, xattrs }: TarEntry): boolean {
    const isFile = type === TYPE.regular;
    const isHardLink = type === TYPE.hardLink;
    this.#hash = isFile ? createHash("sha256") : null;
    this.contentBytes += isFile ? size : 0;
    const link = isHardLink ? normalizePath(linkName).path : type === TYPE.symlink ? linkName : "";
    const entry: RootEntry = { type: TYPES[type] ?? "other", mode, uid, gid, link, xattrs, content: "" };
    this.stored.push({ path: normalizePath(name).path, entry, isHardLink });
    return isFile;
  }

  data(bytes: Uint8Array): void {
    this.#hash?.update(bytes);
  }

  entryEnd(): void {
    const last = this.stored.at(-1);
    if (this.#hash !== null && last !== undefined) last.entry = { ...last.entry, content: this.#hash.digest("hex") };
    this.#hash = null;
  }

  loneZeroBlock(): void {}
}

const MAX_LINKS = 40;

/** Layers on top of each other, as engines unpack them (image-spec layer.md). */
class Root {
  readonly entries = new Map<ImagePath, RootEntry>();
  /** Paths of directories, and what lies in each. */
  readonly #children = new Map<ImagePath, Set<ImagePath>>();

  apply(stored: readonly StoredEntry[]): void {
    for (const { path } of stored) this.#mark(path, OPAQUE, (folder) => this.#empty(folder));
    for (const { path } of stored) {
      this.#mark(path, WHITEOUT, (folder, name) => {
        if (!name.startsWith(WHITEOUT)) this.#remove(folder === "" ? name : `${folder}/${name}`);
      });
    }
    for (const { path, entry, isHardLink } of stored) {
      if (path === "" || path.slice(path.lastIndexOf("/") + 1).startsWith(WHITEOUT)) continue;
      const known = isHardLink ? this.entries.get(this.#resolved(entry.link)) : entry;
      this.#put(this.#resolved(path), known ?? entry);
    }
  }

  /** Calls with the directory and what follows the mark in the last name. */
  #mark(path: ImagePath, mark: string, act: (folder: ImagePath, name: string) => void): void {
    const slash = path.lastIndexOf("/");
    const last = path.slice(slash + 1);
    if (!last.startsWith(mark) || (mark === OPAQUE && last !== OPAQUE)) return;
    const folder = slash === -1 ? "" : this.#resolved(`${path.slice(0, slash)}/.`);
    act(folder, last.slice(mark.length));
  }

  /** Symlinked parents followed; the last component never is. */
  #resolved(path: ImagePath): ImagePath {
    const rest = path.split("/").reverse();
    const out: string[] = [];
    for (let links = 0; rest.length > 0; ) {
      const part = rest.pop() as string;
      if (part === "" || part === ".") continue;
      if (part === "..") {
        out.pop();
        continue;
      }
      const at = this.entries.get([...out, part].join("/"));
      if (rest.length > 0 && at?.type === "symlink" && links++ < MAX_LINKS) {
        if (at.link.startsWith("/")) out.length = 0;
        rest.push(...at.link.split("/").reverse());
      } else out.push(part);
    }
    return out.join("/");
  }

  #put(path: ImagePath, entry: RootEntry): void {
    const old = this.entries.get(path);
    if (old !== undefined && !(old.type === "directory" && entry.type === "directory")) this.#remove(path);
    this.entries.set(path, entry);
    let child = path;
    for (let slash = path.lastIndexOf("/"); ; slash = child.lastIndexOf("/")) {
      const parent = slash === -1 ? "" : child.slice(0, slash);
      const known = this.#children.get(parent);
      if (known?.has(child)) return;
      if (known === undefined) this.#children.set(parent, new Set([child]));
      else known.add(child);
      if (parent === "") return;
      child = parent;
    }
  }

  #empty(path: ImagePath): void {
    for (const child of this.#children.get(path) ?? []) {
      this.#empty(child);
      this.entries.delete(child);
    }
    this.#children.delete(path);
  }

  #remove(path: ImagePath): void {
    this.#empty(path);
    this.entries.delete(path);
    const slash = path.lastIndexOf("/");
    this.#children.get(slash === -1 ? "" : path.slice(0, slash))?.delete(path);
  }
}

async function readEntries(blob: AsyncIterable<Uint8Array>, limits: Limits, where: string): Promise<LayerEntries> {
  const { head, stream } = await peek(blob, SNIFF_BYTES);
  const content = sniff(head);
  if (content !== "none" && content !== "gzip" && content !== "zstd" && content !== "empty") {
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is neither a tar nor compressed with gzip or zstd`);
  }
  const entries = new LayerEntries();
  const scanner = new TarScanner(entries, limits, where);
  const sink = { output: (bytes: Uint8Array) => scanner.push(bytes), step: () => {} };
  await decompress(stream, content === "empty" ? "none" : content, sink, limits, where);
  scanner.finish();
  return entries;
}

/**
 * Every entry of an image's root file system, read anew without any cache: memory is bounded by the number of entries.
 *
 * @param source one with random access, such as a saved image
 * @throws {ImgweighError} what opening the source and reading its layers throw; on an abort `signal.reason` itself
 */
export function listRoot(source: ImageSource, options: OpenOptions = {}): Promise<RootListing> {
  return withSource(source, options, async (opened, { limits, signal }) => {
    if (opened.shape !== "random-access") {
      throw new ImgweighError("NOT_COMPARABLE", "an image that streams past cannot be listed", {
        hint: "save it to a file first",
      });
    }
    const root = new Root();
    let contentBytes = 0;
    for (const [i, layer] of opened.description.layers.entries()) {
      signal.throwIfAborted();
      const read = await readEntries(opened.blob(layer), limits, `layer ${i}`);
      contentBytes += read.contentBytes;
      root.apply(read.stored);
    }
    return { entries: root.entries, contentBytes, run: { ...opened.description.config.run } };
  });
}
