import { CATEGORIES, type Category } from "../category/catalogue.ts";
import type { ImagePath } from "../image-path.ts";
import { contentHashText } from "../layer/content-hash.ts";
import type { ElfFacts } from "../layer/elf-facts.ts";
import { type EntryKind, entryLink, entryPath } from "../layer/layer-index.ts";
import { FATE, type Fate } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import type { LayerRows } from "./layer-rows.ts";

/** One row of the ledger: an entry as one layer stores it, live or not. Nothing is worked out before it is asked for. */
export class Entry {
  /** Entries of all layers are numbered through, in order: its row in the ledger. */
  readonly instance: number;
  /** Its row among those of its layer. */
  readonly index: number;
  readonly #rows: LayerRows;
  #path: ImagePath | null = null;

  /** As `ledger.entry()` and `ledger.entries()` make them. */
  constructor(rows: LayerRows, index: number) {
    this.#rows = rows;
    this.index = index;
    this.instance = rows.first + index;
  }

  /** The layer that stores it: 0-based, bottom first. */
  get layer(): number {
    return this.#rows.layer;
  }

  get kind(): EntryKind {
    return this.#rows.entries.kinds[this.index] as EntryKind;
  }

  /**
   * Where it is reported: of a regular file the best of its live paths, or of those it had; of a whiteout what it
   * removes; else where it lies, symlinked directories resolved.
   */
  get path(): ImagePath {
    this.#path ??= this.#pathOf(this.#rows.nodes[this.index] as number);
    return this.#path;
  }

  /** Where it lies itself, symlinked directories resolved: differs from `path` where a hard link leads to its bytes. */
  get ownPath(): ImagePath {
    return this.#pathOf(this.#rows.ownNode(this.index));
  }

  /** The name that its header gives it, normalised. */
  get writtenPath(): ImagePath {
    return entryPath(this.#rows.entries, this.index);
  }

  /** Content bytes: the logical size of a regular file, 0 of anything else. */
  get bytes(): number {
    return this.#rows.entries.sizes[this.index] as number;
  }

  /** What it costs in the compressed blob, header and padding included; null where that is not known. */
  get blobBytes(): number | null {
    return this.#rows.blobBytes?.[this.index] ?? null;
  }

  /** SHA-256 of a regular file in hex; null for anything else, and where contents were not read. */
  get sha256(): string | null {
    return contentHashText(this.#rows.entries, this.index);
  }

  /** Permission bits, those of setuid, setgid and the sticky bit included. */
  get mode(): number {
    return this.#rows.entries.modes[this.index] as number;
  }

  get uid(): number {
    return this.#rows.entries.uids[this.index] as number;
  }

  get gid(): number {
    return this.#rows.entries.gids[this.index] as number;
  }

  /** Seconds since 1970. */
  get mtime(): number {
    return this.#rows.entries.mtimes[this.index] as number;
  }

  /** The target of a symlink as it is written, of a hard link normalised; empty for anything else. */
  get linkTarget(): string {
    return entryLink(this.#rows.entries, this.index);
  }

  /** Of a hard link: the instance of the file that carries its bytes; -1 for anything else. */
  get inode(): number {
    return this.#rows.links.inodeOf(this.index);
  }

  /** What became of a regular file; `live` of anything else. */
  get fate(): Fate {
    return this.#rows.fates[this.index] as Fate;
  }

  /** A regular file of the final image. */
  get isLive(): boolean {
    return this.fate === FATE.live;
  }

  /** The layer that took a file's last path; -1 while it lives. */
  get removedIn(): number {
    return this.#rows.removedIn[this.index] as number;
  }

  /** `apk/musl`, `[unowned]`, `[package-state]`. */
  get owner(): string {
    return this.#rows.ownerKeys[this.#rows.owners[this.index] as number] as string;
  }

  get category(): Category {
    return CATEGORIES[this.#rows.categories[this.index] as number] as Category;
  }

  /** Its layer belongs to the base image. */
  get inBase(): boolean {
    return this.#rows.inBase;
  }

  /** What an ELF binary says of itself; null for anything else. */
  get elf(): ElfFacts | null {
    return this.#rows.binaries.get(this.index) ?? null;
  }

  #pathOf(node: number): ImagePath {
    return node === NONE ? this.writtenPath : this.#rows.tree.pathOf(node);
  }
}
