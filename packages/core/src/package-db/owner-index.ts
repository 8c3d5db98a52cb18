import { type ImagePath, parentPath } from "../image-path.ts";
import type { ListedPaths } from "./listed-paths.ts";
import { sourceOfPyc } from "./python/pyc.ts";

/** Who owns which path after a layer: an OS package if one lists it, else the deepest language package. */
export class OwnerIndex {
  readonly #os: ListedPaths;
  readonly #language: ListedPaths;
  readonly #hasRoots: boolean;
  #lastDirectory: ImagePath | null = null;
  #lastOwner: string | null = null;

  constructor(os: ListedPaths, language: ListedPaths) {
    this.#os = os;
    this.#language = language;
    this.#hasRoots = os.roots.size > 0 || language.roots.size > 0;
  }

  /** The key of the owner; null where nobody claims the path. Bytecode that nobody lists goes with its Python source. */
  ownerOf(path: ImagePath): string | null {
    const owner = this.#ownerOf(path);
    if (owner !== null || !path.endsWith(".pyc")) return owner;
    const source = sourceOfPyc(path);
    return source === null ? null : this.#ownerOf(source);
  }

  #ownerOf(path: ImagePath): string | null {
    const listed = this.#os.files.get(path) ?? this.#language.files.get(path);
    if (listed !== undefined || !this.#hasRoots) return listed ?? null;
    return this.#rootAt(path) ?? (path === "" ? null : this.#rootAbove(parentPath(path)));
  }

  #rootAt(path: ImagePath): string | undefined {
    return this.#os.roots.get(path) ?? this.#language.roots.get(path);
  }

  /** Files are asked for directory by directory, so the last answer is usually right again. */
  #rootAbove(directory: ImagePath): string | null {
    if (directory === this.#lastDirectory) return this.#lastOwner;
    let owner: string | undefined;
    for (let at = directory; ; at = parentPath(at)) {
      owner = this.#rootAt(at);
      if (owner !== undefined || at === "") break;
    }
    this.#lastDirectory = directory;
    this.#lastOwner = owner ?? null;
    return this.#lastOwner;
  }
}
