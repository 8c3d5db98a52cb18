import { baseName, type ImagePath, parentPath } from "../image-path.ts";
import type { ListedPaths } from "./listed-paths.ts";
import { sourceOfPyc } from "./python/pyc.ts";

/** Who owns which path after a layer: an OS package if one lists it, else the deepest language package. */
export class OwnerIndex {
  readonly #os: ListedPaths;
  readonly #language: ListedPaths;
  readonly #hasRoots: boolean;

  constructor(os: ListedPaths, language: ListedPaths) {
    this.#os = os;
    this.#language = language;
    this.#hasRoots = !os.roots.isEmpty || !language.roots.isEmpty;
  }

  /** The key of the owner; null where nobody claims the path. */
  ownerOf(path: ImagePath): string | null {
    return this.in(parentPath(path)).ownerOf(baseName(path));
  }

  /** Whether a package lists a path itself, or the Python source of which it is the bytecode. */
  lists(path: ImagePath): boolean {
    if (this.#os.files.get(path) !== undefined || this.#language.files.get(path) !== undefined) return true;
    const source = path.endsWith(".pyc") ? sourceOfPyc(path) : null;
    return source !== null && this.lists(source);
  }

  /** Components of the deepest directory, a given one or above it, that is a package's own; 0 for none. */
  rootDepth(directory: ImagePath): number {
    if (!this.#hasRoots) return 0;
    for (let at = directory; at !== ""; at = parentPath(at))
      if (this.#os.roots.get(at) !== undefined || this.#language.roots.get(at) !== undefined)
        return at.split("/").length;
    return 0;
  }

  /** {@link ownerOf} for whoever asks for many names in one directory. */
  in(directory: ImagePath): DirectoryOwners {
    return new DirectoryOwners(this, directory, this.#os, this.#language);
  }

  /** Of the deepest directory above, or this one, that is a package's own; null for none. */
  rootAbove(directory: ImagePath): string | null {
    if (!this.#hasRoots) return null;
    for (let at = directory; ; at = parentPath(at)) {
      const owner = this.#os.roots.get(at) ?? this.#language.roots.get(at);
      if (owner !== undefined || at === "") return owner ?? null;
    }
  }
}

/** Who owns the names in one directory. */
export class DirectoryOwners {
  readonly #index: OwnerIndex;
  readonly #directory: ImagePath;
  readonly #osFiles: ReadonlyMap<string, string> | undefined;
  readonly #languageFiles: ReadonlyMap<string, string> | undefined;
  readonly #osRoots: ReadonlyMap<string, string> | undefined;
  readonly #languageRoots: ReadonlyMap<string, string> | undefined;
  /** Who has what none of them names. */
  readonly #above: string | null;

  constructor(index: OwnerIndex, directory: ImagePath, os: ListedPaths, language: ListedPaths) {
    this.#index = index;
    this.#directory = directory;
    this.#osFiles = os.files.in(directory);
    this.#languageFiles = language.files.in(directory);
    this.#osRoots = os.roots.in(directory);
    this.#languageRoots = language.roots.in(directory);
    this.#above = index.rootAbove(directory);
  }

  /** The key of the owner; null for none. Bytecode that nobody lists goes with its Python source. */
  ownerOf(name: string): string | null {
    const listed = this.#osFiles?.get(name) ?? this.#languageFiles?.get(name);
    const owner = listed ?? this.#osRoots?.get(name) ?? this.#languageRoots?.get(name) ?? this.#above;
    if (owner !== null || !name.endsWith(".pyc")) return owner;
    const source = sourceOfPyc(`${this.#directory}/${name}`);
    return source === null ? null : this.#index.ownerOf(source);
  }
}
