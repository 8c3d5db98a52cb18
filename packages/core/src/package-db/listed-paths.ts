import { baseName, type ImagePath, isIn, parentPath } from "../image-path.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import { LOOKUP, walk } from "../tree/resolve.ts";
import { type FoundPackage, packageKey } from "./package-db.ts";
import { PathTable } from "./path-table.ts";

/** What packages list, by path: resolved through the symlinked directories of the tree as it stands when this is made. */
export class ListedPaths {
  /** Keys of owners. Where two packages list one path, the first keeps it. */
  readonly files = new PathTable();
  /** The same of directories that belong to packages as a whole. */
  readonly roots = new PathTable();
  readonly #tree: PathTree;
  /** Directories as they are written, and as they resolve. */
  readonly #directories = new Map<ImagePath, ImagePath>();

  constructor(tree: PathTree, packages: readonly FoundPackage[]) {
    this.#tree = tree;
    // From the last to the first, so that the first one stays, with one look-up a path.
    for (const found of [...packages].reverse()) {
      const key = packageKey(found);
      this.#add(this.files, found.files, key);
      this.#add(this.roots, found.roots, key);
    }
  }

  /** Whether the same packages would list the same paths in a tree. */
  holdsIn(tree: PathTree): boolean {
    for (const [directory, resolved] of this.#directories) if (resolve(tree, directory) !== resolved) return false;
    return true;
  }

  #add(table: PathTable, paths: readonly ImagePath[], key: string): void {
    let directory: ImagePath | null = null;
    let resolved: ImagePath = "";
    for (const path of paths) {
      // Files of one directory follow each other.
      if (directory === null || !isIn(path, directory)) {
        directory = parentPath(path);
        resolved = this.#resolve(directory);
      }
      table.set(resolved, baseName(path), key);
    }
  }

  #resolve(directory: ImagePath): ImagePath {
    let resolved = this.#directories.get(directory);
    if (resolved === undefined) {
      resolved = resolve(this.#tree, directory);
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
