import { baseName, type ImagePath, parentPath } from "../image-path.ts";
import type { CapturedFile } from "./layer-index.ts";

/**
 * Asks a layer to keep the contents of certain regular files while it streams past. Data, not functions: requests cross
 * threads and are part of a cache key. A file is kept where any of the ways to match does.
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
  readonly names: ReadonlySet<string>;
  readonly magic: readonly Buffer[];
  /** Exact matches by last component are tried first: most files match nothing, and this says so at once. */
  readonly baseNames: ReadonlySet<string>;
}

const MAX_MAGIC_BYTES = 64;

/** Which requests still want the current file, and what they have of it. */
interface Running {
  readonly compiled: Compiled;
  readonly byMagic: boolean;
}

/** Follows one layer's files and keeps what the requests ask for. */
export class Captures {
  readonly #compiled: readonly Compiled[];
  readonly #maxFileBytes: number;
  readonly #files: CapturedFile[] = [];

  #running: Running[] = [];
  #parts: Uint8Array[] = [];
  #kept = 0;
  #keep = 0;
  #size = 0;
  #entry = -1;
  /** Some request wants the current file only if it begins with its magic, which is not known yet. */
  #undecided = false;

  constructor(requests: readonly CaptureRequest[], maxFileBytes: number) {
    this.#compiled = requests.map((request) => ({
      request,
      names: new Set(request.names),
      baseNames: new Set(request.names.map(baseName)),
      magic: request.magic.map((hex) => Buffer.from(hex, "hex").subarray(0, MAX_MAGIC_BYTES)),
    }));
    this.#maxFileBytes = maxFileBytes;
  }

  /** How much of a file may turn out to be wanted for its first bytes; null where nobody asks by those. */
  mostByMagic(size: number): number | null {
    return this.#wanted(({ magic }) => magic.length > 0, size);
  }

  /** How much of a file is wanted for its name; null where nobody asks for it by name. */
  wantedByName(path: ImagePath, size: number): number | null {
    const base = baseName(path);
    return this.#wanted((compiled) => matchesName(compiled, path, base), size);
  }

  /** How much of a file is wanted for its first bytes; null where nobody asks for it by those. */
  wantedByMagic(head: Uint8Array, size: number): number | null {
    return this.#wanted(({ magic }) => magic.some((bytes) => startsWith(head, bytes)), size);
  }

  #wanted(matches: (compiled: Compiled) => boolean, size: number): number | null {
    const bytes = this.#compiled
      .filter(matches)
      .map(({ request }) => Math.min(request.maxBytes, this.#maxFileBytes, size));
    return bytes.length === 0 ? null : Math.max(...bytes);
  }

  /** A regular file begins. Returns whether its contents are wanted. */
  begin(entry: number, path: ImagePath, size: number): boolean {
    this.#running = [];
    this.#parts = [];
    this.#kept = 0;
    this.#keep = 0;
    this.#size = size;
    this.#entry = entry;
    this.#undecided = false;
    if (this.#compiled.length === 0) return false;
    const base = baseName(path);
    for (const compiled of this.#compiled) {
      const named = matchesName(compiled, path, base);
      if (!named && compiled.magic.length === 0) continue;
      this.#running.push({ compiled, byMagic: !named });
      if (!named) this.#undecided = true;
      const wanted = Math.min(compiled.request.maxBytes, this.#maxFileBytes, size);
      this.#keep = Math.max(this.#keep, wanted, named ? 0 : Math.min(MAX_MAGIC_BYTES, size));
    }
    return this.#running.length > 0;
  }

  /** The next contents of the current file. */
  data(bytes: Uint8Array): void {
    if (this.#kept >= this.#keep) return;
    const part = bytes.subarray(0, this.#keep - this.#kept);
    this.#parts.push(Buffer.from(part));
    this.#kept += part.length;
    if (this.#undecided) this.#dropUnmatched();
  }

  /** Nothing more of the current file is wanted. */
  get satisfied(): boolean {
    return this.#kept >= this.#keep;
  }

  end(): void {
    if (this.#running.length === 0) return;
    const content = Buffer.concat(this.#parts);
    for (const { compiled, byMagic } of this.#running) {
      if (byMagic && !compiled.magic.some((magic) => startsWith(content, magic))) continue;
      const kept = content.subarray(0, Math.min(compiled.request.maxBytes, this.#maxFileBytes));
      this.#files.push({
        request: compiled.request.id,
        entry: this.#entry,
        content: new Uint8Array(kept),
        truncated: kept.length < this.#size,
      });
    }
    this.#running = [];
  }

  finish(): readonly CapturedFile[] {
    return this.#files;
  }

  /** Once the first bytes are there, a file that only its magic could have called for needs no more memory. */
  #dropUnmatched(): void {
    if (this.#kept < Math.min(MAX_MAGIC_BYTES, this.#size)) return;
    this.#undecided = false;
    const [head] = this.#parts.length === 1 ? this.#parts : [Buffer.concat(this.#parts)];
    this.#running = this.#running.filter(
      ({ compiled, byMagic }) => !byMagic || compiled.magic.some((magic) => startsWith(head as Uint8Array, magic)),
    );
    if (this.#running.length === 0) {
      this.#parts = [];
      this.#keep = 0;
    }
  }
}

function matchesName({ request, names, baseNames }: Compiled, path: ImagePath, base: string): boolean {
  return (
    (baseNames.has(base) && names.has(path)) ||
    request.prefixes.some((prefix) => path.startsWith(prefix)) ||
    request.suffixes.some((suffix) => path.endsWith(suffix)) ||
    (request.parents?.includes(baseName(parentPath(path))) ?? false)
  );
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}
