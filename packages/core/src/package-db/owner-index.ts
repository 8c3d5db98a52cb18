import { type ImagePath, parentPath } from "../image-path.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import { LOOKUP, walk } from "../tree/resolve.ts";
import { type FoundPackage, packageKey } from "./package-db.ts";
import { sourceOfPyc } from "./python/pyc.ts";

/** Who owns which path after a layer: an OS package if one lists it, else the deepest language package. */
export class OwnerIndex {
  readonly #osFiles = new Map<ImagePath, string>();
  readonly #files = new Map<ImagePath, string>();
  readonly #roots = new Map<ImagePath, string>();
  readonly #tree: PathTree;
  readonly #directories = new Map<ImagePath, ImagePath>();

  /** @param tree as it stands after the layer: listed paths are resolved through its symlinked directories, now */
  constructor(tree: PathTree, osPackages: Iterable<FoundPackage>, languagePackages: Iterable<FoundPackage>) {
    this.#tree = tree;
    for (const found of osPackages) {
      const key = packageKey(found);
      for (const path of found.files) keepFirst(this.#osFiles, this.#resolve(path), key);
      for (const path of found.roots) keepFirst(this.#roots, this.#resolve(path), key);
    }
    for (const found of languagePackages) {
      const key = packageKey(found);
      for (const path of found.files) keepFirst(this.#files, this.#resolve(path), key);
      for (const path of found.roots) keepFirst(this.#roots, this.#resolve(path), key);
    }
    this.#directories.clear();
  }

  /** The key of the owner; null where nobody claims the path. Bytecode that nobody lists goes with its Python source. */
  ownerOf(path: ImagePath): string | null {
    const owner = this.#ownerOf(path);
    if (owner !== null || !path.endsWith(".pyc")) return owner;
    const source = sourceOfPyc(path);
    return source === null ? null : this.#ownerOf(source);
  }

  #ownerOf(path: ImagePath): string | null {
    const listed = this.#osFiles.get(path) ?? this.#files.get(path);
    if (listed !== undefined || this.#roots.size === 0) return listed ?? null;
    for (let at = path; ; at = parentPath(at)) {
      const key = this.#roots.get(at);
      if (key !== undefined) return key;
      if (at === "") return null;
    }
  }

  /** `lib/x` is `usr/lib/x` where `lib` is a link there. A directory that is gone keeps its written path. */
  #resolve(path: ImagePath): ImagePath {
    const slash = path.lastIndexOf("/");
    if (slash < 0) return path;
    const directory = path.slice(0, slash);
    let resolved = this.#directories.get(directory);
    if (resolved === undefined) {
      const node = walk(this.#tree, directory, LOOKUP);
      resolved = node === NONE ? directory : node === ROOT ? "" : this.#tree.pathOf(node);
      this.#directories.set(directory, resolved);
    }
    const name = path.slice(slash + 1);
    return resolved === "" ? name : `${resolved}/${name}`;
  }
}

/** A file has one owner: where two packages list one, the first in the database's order keeps it. */
function keepFirst(map: Map<ImagePath, string>, path: ImagePath, key: string): void {
  if (!map.has(path)) map.set(path, key);
}
