import { baseName, type ImagePath, parentPath } from "../image-path.ts";
import type { ListedPaths } from "./listed-paths.ts";
import { sourceOfPyc } from "./python/pyc.ts";

/** What packages say of the names in one directory. */
interface DirectoryOwners {
  readonly directory: ImagePath;
  readonly os: ReadonlyMap<string, string> | undefined;
  readonly language: ReadonlyMap<string, string> | undefined;
  /** Of the deepest directory above, or this one, that is a package's own; null for none. */
  readonly above: string | null;
}

/** Who owns which path after a layer: an OS package if one lists it, else the deepest language package. */
export class OwnerIndex {
  readonly #os: ListedPaths;
  readonly #language: ListedPaths;
  readonly #hasRoots: boolean;
  /** Files are asked for directory by directory, so the last answer is usually right again. */
  #last: DirectoryOwners;

  constructor(os: ListedPaths, language: ListedPaths) {
    this.#os = os;
    this.#language = language;
    this.#hasRoots = !os.roots.isEmpty || !language.roots.isEmpty;
    this.#last = this.#ownersIn("");
  }

  /** The key of the owner; null where nobody claims the path. */
  ownerOf(path: ImagePath): string | null {
    return this.ownerIn(parentPath(path), baseName(path));
  }

  /** The same of a name in a directory. Bytecode that nobody lists goes with its Python source. */
  ownerIn(directory: ImagePath, name: string): string | null {
    const owner = this.#ownerIn(directory, name);
    if (owner !== null || !name.endsWith(".pyc")) return owner;
    const source = sourceOfPyc(`${directory}/${name}`);
    return source === null ? null : this.#ownerIn(parentPath(source), baseName(source));
  }

  #ownerIn(directory: ImagePath, name: string): string | null {
    if (directory !== this.#last.directory) this.#last = this.#ownersIn(directory);
    const { os, language, above } = this.#last;
    const listed = os?.get(name) ?? language?.get(name);
    if (listed !== undefined || !this.#hasRoots) return listed ?? null;
    const own = this.#os.roots.in(directory)?.get(name) ?? this.#language.roots.in(directory)?.get(name);
    return own ?? above;
  }

  #ownersIn(directory: ImagePath): DirectoryOwners {
    return {
      directory,
      os: this.#os.files.in(directory),
      language: this.#language.files.in(directory),
      above: this.#hasRoots ? this.#rootAbove(directory) : null,
    };
  }

  #rootAbove(directory: ImagePath): string | null {
    for (let at = directory; ; at = parentPath(at)) {
      const owner = this.#os.roots.get(at) ?? this.#language.roots.get(at);
      if (owner !== undefined || at === "") return owner ?? null;
    }
  }
}
