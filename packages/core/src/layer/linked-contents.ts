import type { ImagePath } from "../image-path.ts";
import { ContentStores } from "./content-store.ts";

/** A file whose contents are at hand until its layer ends: a hard link to it may have a name that is asked for. */
export interface LinkedFile {
  readonly entry: number;
  readonly size: number;
  /** Its contents, or their beginning. */
  readonly content: Uint8Array;
  /** Indexes of the requests that have it. */
  readonly askedBy: Set<number>;
}

/** What manifests and settings are smaller than. Larger files are kept only for what they begin with. */
const SMALL_BYTES = 2 ** 16;
/** Manifests that list all files of a package, or all packages. */
const MOST_OF_JSON = 2 ** 24;
/** What tells a file's kind: no text has a NUL there. */
const HEAD_BYTES = 64;
/** Databases of packages, which may be large: SQLite, rpm's own format, dpkg's status, apk's installed. */
const DATABASES = ["SQLite format 3\0", "RpmP", "Package: ", "C:Q1", "P:"].map((text) => Buffer.from(text, "latin1"));
const OPEN_BRACE = 0x7b;
const EMPTY = new Uint8Array(0);

/** For small files of one layer together, and for all: what is beyond is not kept. */
const MOST_OF_SMALL = 2 ** 26;
const MOST_OF_ALL = 2 ** 28;

/** Follows the files of one layer that lie in content stores, and who links to them. */
export class LinkedContents {
  readonly #stores = new ContentStores();
  readonly #maxFileBytes: number;
  /** By the path of the file, and of its links that were seen. */
  readonly #files = new Map<ImagePath, LinkedFile>();
  #smallLeft = MOST_OF_SMALL;
  #left = MOST_OF_ALL;
  #path: ImagePath = "";
  #entry = -1;
  #size = 0;
  #keep = 0;
  #isSettled = false;
  #parts: Uint8Array[] = [];
  #kept = 0;

  constructor(maxFileBytes: number) {
    this.#maxFileBytes = maxFileBytes;
  }

  /** A regular file begins. Returns whether its contents are wanted. */
  begin(entry: number, path: ImagePath, size: number): boolean {
    // What stood at the path before is another file.
    if (this.#files.size > 0) this.#files.delete(path);
    this.#keep = this.#stores.holds(path) ? this.#mostOf(size) : 0;
    if (this.#keep === 0) {
      // That it is there may be all that there is to know.
      if (size === 0 && this.#stores.holds(path)) this.lend(path, { entry, size, content: EMPTY, askedBy: new Set() });
      return false;
    }
    this.#path = path;
    this.#entry = entry;
    this.#size = size;
    this.#isSettled = false;
    this.#parts = [];
    this.#kept = 0;
    return true;
  }

  data(bytes: Uint8Array): void {
    if (this.satisfied) return;
    const part = bytes.subarray(0, this.#keep - this.#kept);
    const head = Math.min(HEAD_BYTES, this.#size);
    // Of most files the first bytes say that nobody wants them, and nothing need be copied.
    if (this.#kept === 0 && part.length >= head && !this.#settle(part.subarray(0, head))) return;
    this.#parts.push(Buffer.from(part.subarray(0, this.#keep)));
    this.#kept += part.length;
    if (!this.#isSettled && this.#kept >= head) this.#settle(Buffer.concat(this.#parts).subarray(0, head));
  }

  /** Nothing more of the current file is wanted. */
  get satisfied(): boolean {
    return this.#kept >= this.#keep;
  }

  end(): void {
    if (this.#keep === 0 || this.#kept === 0) return;
    const content = Buffer.concat(this.#parts).subarray(0, this.#keep);
    this.#left -= content.length;
    if (this.#size <= SMALL_BYTES) this.#smallLeft -= content.length;
    this.lend(this.#path, { entry: this.#entry, size: this.#size, content, askedBy: new Set() });
    this.#keep = 0;
    this.#parts = [];
  }

  /** A file is at hand anyway, for its own name. */
  lend(path: ImagePath, file: LinkedFile): void {
    this.#files.set(path, file);
  }

  /** The file that a hard link leads to, if it is at hand. */
  follow(link: ImagePath, target: ImagePath): LinkedFile | null {
    const file = this.#files.get(target);
    if (file === undefined) return null;
    this.#files.set(link, file);
    return file;
  }

  #mostOf(size: number): number {
    if (size <= SMALL_BYTES) return size <= Math.min(this.#smallLeft, this.#left) ? size : 0;
    return Math.max(Math.min(size, this.#left, this.#maxFileBytes), 0);
  }

  /** Says how much of the file to keep, now that it is known how it begins. @returns whether that is anything */
  #settle(head: Uint8Array): boolean {
    this.#isSettled = true;
    if (this.#size <= SMALL_BYTES && !head.includes(0)) return true;
    if (DATABASES.some((magic) => startsWith(head, magic))) return true;
    this.#keep = head[0] === OPEN_BRACE ? Math.min(this.#keep, MOST_OF_JSON) : 0;
    if (this.#keep === 0) this.#parts = [];
    return this.#keep > 0;
  }
}

function startsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return bytes.length >= beginning.length && beginning.every((byte, i) => bytes[i] === byte);
}
