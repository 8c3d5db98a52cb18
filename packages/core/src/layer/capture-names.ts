import { baseName, type ImagePath } from "../image-path.ts";

/** The ways to ask for files by their paths; see `CaptureRequest`. */
export interface AskedNames {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  readonly parents?: readonly string[];
}

interface Asked {
  readonly text: string;
  readonly request: number;
}

const NOTHING: readonly number[] = [];

class Table<K> {
  readonly #rows = new Map<K, Asked[]>();

  add(key: K, text: string, request: number): void {
    const rows = this.#rows.get(key) ?? [];
    rows.push({ text, request });
    this.#rows.set(key, rows);
  }

  get(key: K): readonly Asked[] | undefined {
    return this.#rows.get(key);
  }
}

/**
 * Which requests ask for a path. Most paths are asked for by none, and a look into a few tables says so: by the whole
 * path, its first and last components, its parent's, and its last character.
 */
export class CaptureNames {
  readonly #whole = new Table<string>();
  /** Beginnings, by their first components. */
  readonly #rooted = new Table<string>();
  readonly #beginnings: Asked[] = [];
  /** Ends, by their last components where they hold all of it. */
  readonly #based = new Table<string>();
  readonly #ends = new Table<string>();
  readonly #parents = new Table<string>();
  readonly #hasParents: boolean;
  /** The directory of the path before this one, and who asks for all files in it: neighbours come together. */
  #directory = "";
  #byDirectory: readonly Asked[] | undefined;

  constructor(requests: readonly AskedNames[]) {
    this.#hasParents = requests.some(({ parents = [] }) => parents.length > 0);
    for (const [i, { names, prefixes, suffixes, parents = [] }] of requests.entries()) {
      for (const name of names) this.#whole.add(name, name, i);
      for (const prefix of prefixes) this.#addBeginning(prefix, i);
      for (const suffix of suffixes) {
        if (suffix.includes("/")) this.#based.add(baseName(suffix), suffix, i);
        else this.#ends.add(suffix.slice(-1), suffix, i);
      }
      for (const parent of parents) this.#parents.add(parent, parent, i);
    }
    this.#byDirectory = this.#parents.get("");
  }

  /** Indexes of the requests that ask for a path, in order. */
  matching(path: ImagePath): readonly number[] {
    let found: Set<number> | null = null;
    const add = (request: number): void => {
      found ??= new Set();
      found.add(request);
    };
    for (const { request } of this.#whole.get(path) ?? []) add(request);
    const rooted = this.#rooted.get(path.slice(0, path.indexOf("/") + 1));
    for (const { text, request } of rooted ?? []) if (path.startsWith(text)) add(request);
    for (const { text, request } of this.#beginnings) if (path.startsWith(text)) add(request);
    const based = this.#based.get(baseName(path));
    for (const { text, request } of based ?? []) if (path.endsWith(text)) add(request);
    const ends = this.#ends.get(path.slice(-1));
    for (const { text, request } of ends ?? []) if (path.endsWith(text)) add(request);
    for (const { text, request } of this.#ends.get("") ?? []) if (path.endsWith(text)) add(request);
    if (this.#hasParents) for (const { request } of this.#ofDirectory(path) ?? []) add(request);
    return found === null ? NOTHING : [...(found as Set<number>)].sort((a, b) => a - b);
  }

  #addBeginning(prefix: string, request: number): void {
    const slash = prefix.indexOf("/");
    if (slash < 0) this.#beginnings.push({ text: prefix, request });
    else this.#rooted.add(prefix.slice(0, slash + 1), prefix, request);
  }

  #ofDirectory(path: ImagePath): readonly Asked[] | undefined {
    const slash = path.lastIndexOf("/");
    const same =
      slash < 0 ? this.#directory === "" : slash === this.#directory.length && path.startsWith(this.#directory);
    if (!same) {
      this.#directory = slash < 0 ? "" : path.slice(0, slash);
      this.#byDirectory = this.#parents.get(baseName(this.#directory));
    }
    return this.#byDirectory;
  }
}
