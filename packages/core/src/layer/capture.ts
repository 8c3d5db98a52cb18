import type { ImagePath } from "../image-path.ts";
import { CaptureNames } from "./capture-names.ts";
import type { CapturedFile } from "./layer-index.ts";
import { LinkedContents } from "./linked-contents.ts";

/**
 * Asks a layer to keep the contents of certain regular files while it streams past. Data, not functions: requests cross
 * threads and are part of a cache key. A file is kept where any of the ways to match does, for its own path or for that of
 * a hard link to it in the same layer.
 */
export interface CaptureRequest {
  readonly id: string;
  readonly version: number;
  /** Whole paths, relative to the root: `lib/apk/db/installed`. */
  readonly names: readonly string[];
  /** Beginnings of paths: `var/lib/dpkg/info/`. */
  readonly prefixes: readonly string[];
  /** Ends of paths: `.dist-info/RECORD`. */
  readonly suffixes: readonly string[];
  /** Names of the directory that a file lies in, wherever that is: `conda-meta`. */
  readonly parents?: readonly string[];
  /** First bytes of the contents, in hex: `7f454c46`. */
  readonly magic: readonly string[];
  /** At most this much of each file is kept; what is longer is marked truncated. */
  readonly maxBytes: number;
}

interface Compiled {
  readonly request: CaptureRequest;
  readonly magic: readonly Buffer[];
}

const MAX_MAGIC_BYTES = 64;

const NOBODY: readonly Running[] = [];

/** Which requests still want the current file, and what they have of it. */
interface Running {
  readonly compiled: Compiled;
  readonly byMagic: boolean;
}

/** Follows one layer's files and keeps what the requests ask for. */
export class Captures {
  readonly #compiled: readonly Compiled[];
  readonly #names: CaptureNames;
  /** Indexes of the requests that ask by first bytes, and how many of those say which of them do. */
  readonly #byMagic: readonly number[];
  readonly #magicBytes: number;
  readonly #maxFileBytes: number;
  readonly #onKept: (bytes: number) => void;
  readonly #files: CapturedFile[] = [];
  readonly #linked: LinkedContents;

  /** What runs for a file that nobody asks for by name. */
  readonly #allByMagic: readonly Running[];
  #running: readonly Running[] = NOBODY;
  #parts: Uint8Array[] = [];
  #kept = 0;
  #keep = 0;
  #size = 0;
  #entry = -1;
  #path: ImagePath = "";
  /** Some request wants the current file only if it begins with its magic, which is not known yet. */
  #undecided = false;

  /** @param onKept hears of each file that is kept; throws where it is too much */
  constructor(requests: readonly CaptureRequest[], maxFileBytes: number, onKept: (bytes: number) => void = () => {}) {
    this.#compiled = requests.map((request) => ({
      request,
      magic: request.magic.map((hex) => Buffer.from(hex, "hex").subarray(0, MAX_MAGIC_BYTES)),
    }));
    this.#names = new CaptureNames(requests);
    this.#byMagic = this.#compiled.flatMap(({ magic }, i) => (magic.length === 0 ? [] : [i]));
    this.#allByMagic = this.#byMagic.map((i) => ({ compiled: this.#compiled[i] as Compiled, byMagic: true }));
    this.#magicBytes = Math.max(0, ...this.#compiled.flatMap(({ magic }) => magic.map(({ length }) => length)));
    this.#maxFileBytes = maxFileBytes;
    this.#onKept = onKept;
    this.#linked = new LinkedContents(maxFileBytes);
  }

  /** How much of a file may turn out to be wanted for its first bytes; null where nobody asks by those. */
  mostByMagic(size: number): number | null {
    return this.#wanted(({ magic }) => magic.length > 0, size);
  }

  /** How much of a file is wanted for its name; null where nobody asks for it by name. */
  wantedByName(path: ImagePath, size: number): number | null {
    const named = this.#names.matching(path);
    return this.#wanted((_, i) => named.includes(i), size);
  }

  /** How much of a file is wanted for its first bytes; null where nobody asks for it by those. */
  wantedByMagic(head: Uint8Array, size: number): number | null {
    return this.#wanted(({ magic }) => magic.some((bytes) => startsWith(head, bytes)), size);
  }

  #wanted(matches: (compiled: Compiled, i: number) => boolean, size: number): number | null {
    const bytes = this.#compiled
      .filter(matches)
      .map(({ request }) => Math.min(request.maxBytes, this.#maxFileBytes, size));
    return bytes.length === 0 ? null : Math.max(...bytes);
  }

  /** A regular file begins. Returns whether its contents are wanted. */
  begin(entry: number, path: ImagePath, size: number): boolean {
    this.#running = NOBODY;
    this.#parts = [];
    this.#kept = 0;
    this.#keep = 0;
    this.#size = size;
    this.#entry = entry;
    this.#path = path;
    this.#undecided = false;
    if (this.#compiled.length === 0) return false;
    const mayBeLinked = this.#linked.begin(entry, path, size);
    const named = this.#names.matching(path);
    if (named.length === 0 && this.#byMagic.length === 0) return mayBeLinked;
    this.#running = named.length === 0 ? this.#allByMagic : this.#askedBy(named);
    for (const { compiled, byMagic } of this.#running) {
      if (byMagic) this.#undecided = true;
      const wanted = Math.min(compiled.request.maxBytes, this.#maxFileBytes, size);
      this.#keep = Math.max(this.#keep, wanted, byMagic ? Math.min(this.#magicBytes, size) : 0);
    }
    return true;
  }

  /** Requests that ask by name, and those that may by first bytes, in order. */
  #askedBy(named: readonly number[]): readonly Running[] {
    const asked = [...new Set([...named, ...this.#byMagic])].sort((a, b) => a - b);
    return asked.map((i) => ({ compiled: this.#compiled[i] as Compiled, byMagic: !named.includes(i) }));
  }

  /** The next contents of the current file. */
  data(bytes: Uint8Array): void {
    this.#linked.data(bytes);
    if (this.#kept >= this.#keep) return;
    // Of most files the first bytes say that nobody wants them, and nothing need be kept of them.
    if (this.#undecided && this.#kept === 0 && bytes.length >= Math.min(this.#magicBytes, this.#size)) {
      this.#decide(bytes);
      if (this.#running.length === 0) return;
    }
    const part = bytes.subarray(0, this.#keep - this.#kept);
    this.#parts.push(Buffer.from(part));
    this.#kept += part.length;
    if (this.#undecided) this.#dropUnmatched();
  }

  /** Nothing more of the current file is wanted. */
  get satisfied(): boolean {
    return this.#kept >= this.#keep && this.#linked.satisfied;
  }

  end(): void {
    this.#linked.end();
    if (this.#running.length === 0) return;
    const content = Buffer.concat(this.#parts);
    const askedBy = new Set<number>();
    let longest: Uint8Array | null = null;
    for (const { compiled, byMagic } of this.#running) {
      if (byMagic && !compiled.magic.some((magic) => startsWith(content, magic))) continue;
      const kept = content.subarray(0, Math.min(compiled.request.maxBytes, this.#maxFileBytes));
      this.#onKept(kept.length);
      const own = new Uint8Array(kept);
      this.#files.push({
        request: compiled.request.id,
        entry: this.#entry,
        content: own,
        truncated: kept.length < this.#size,
      });
      if (byMagic) continue;
      askedBy.add(this.#compiled.indexOf(compiled));
      if (longest === null || own.length > longest.length) longest = own;
    }
    this.#running = NOBODY;
    if (longest === null) return;
    this.#linked.lend(this.#path, { entry: this.#entry, size: this.#size, content: longest, askedBy });
  }

  /** A hard link: its path may be asked for, where that of the file is not. */
  link(path: ImagePath, target: ImagePath): void {
    const file = this.#linked.follow(path, target);
    if (file === null) return;
    for (const i of this.#names.matching(path)) {
      if (file.askedBy.has(i)) continue;
      file.askedBy.add(i);
      const { request } = this.#compiled[i] as Compiled;
      const kept = file.content.subarray(0, Math.min(request.maxBytes, this.#maxFileBytes));
      this.#onKept(kept.length);
      this.#files.push({
        request: request.id,
        entry: file.entry,
        content: new Uint8Array(kept),
        truncated: kept.length < file.size,
      });
    }
  }

  /** In order of entries. */
  finish(): readonly CapturedFile[] {
    return this.#files.sort((a, b) => a.entry - b.entry);
  }

  /** Once the first bytes are there, a file that only its magic could have called for needs no more memory. */
  #dropUnmatched(): void {
    if (this.#kept < Math.min(this.#magicBytes, this.#size)) return;
    this.#decide(this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts));
  }

  #decide(head: Uint8Array): void {
    this.#undecided = false;
    this.#running = this.#running.filter(
      ({ compiled, byMagic }) => !byMagic || compiled.magic.some((magic) => startsWith(head, magic)),
    );
    if (this.#running.length > 0) return;
    this.#parts = [];
    this.#keep = 0;
  }
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}
