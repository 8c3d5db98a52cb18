import { baseName, type ImagePath, isIn, parentPath } from "../image-path.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import { LOOKUP, walk } from "../tree/resolve.ts";
import { type FoundPackage, packageKey } from "./package-db.ts";

/** What packages list, by path: resolved through the symlinked directories of the tree as it stands when this is made. */
export class ListedPaths {
  /** Keys of owners. Where two packages list one path, the first keeps it. */
  readonly files = new Map<ImagePath, string>();
  /** The same of directories that belong to packages as a whole. */
  readonly roots = new Map<ImagePath, string>();
  /** Directories as they are written, and as they resolve. */
  readonly #directories = new Map<ImagePath, ImagePath>();
  /** The one asked for last, and what it resolved to: files of one directory follow each other. */
  #directory: ImagePath = "";
  #resolved: ImagePath = "";

  constructor(tree: PathTree, packages: readonly FoundPackage[]) {
    // From the last to the first, so that the first one stays, with one look-up a path.
    for (const found of [...packages].reverse()) {
      const key = packageKey(found);
      for (const path of found.files) this.files.set(this.#resolve(tree, path), key);
      for (const path of found.roots) this.roots.set(this.#resolve(tree, path), key);
    }
  }

  /** Whether the same packages would list the same paths in a tree. */
  holdsIn(tree: PathTree): boolean {
    for (const [directory, resolved] of this.#directories) if (resolve(tree, directory) !== resolved) return false;
    return true;
  }

  #resolve(tree: PathTree, path: ImagePath): ImagePath {
    if (!isIn(path, this.#directory)) {
      this.#directory = parentPath(path);
      this.#resolved = this.#resolveDirectory(tree, this.#directory);
    }
    // Most are: a path put together anew would have to be hashed anew.
    if (this.#resolved === this.#directory) return path;
    return this.#resolved === "" ? baseName(path) : `${this.#resolved}/${baseName(path)}`;
  }

  #resolveDirectory(tree: PathTree, directory: ImagePath): ImagePath {
    let resolved = this.#directories.get(directory);
    if (resolved === undefined) {
      resolved = resolve(tree, directory);
      this.#directories.set(directory, resolved);
    }
    return resolved;
  }
}

/** `lib/x` is `usr/lib/x` where `lib` is a link there. A directory that is gone keeps its written path. */
function resolve(tree: PathTree, directory: ImagePath): ImagePath {
  const node = walk(tree, directory, LOOKUP);
  return node === NONE ? directory : node === ROOT ? "" : tree.pathOf(node);
}
