import { baseName, type ImagePath, isIn, parentPath } from "../image-path.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import { LOOKUP, walk } from "../tree/resolve.ts";
import { type FoundPackage, packageKey } from "./package-db.ts";
import { PathTable } from "./path-table.ts";

/** What packages list, by path: resolved through the symlinked directories of the tree as it stands when this is made. */
export class ListedPaths {
  /** Keys of owners. Where two packages list one path, the first keeps it. */
  readonly files: PathTable;
  /** The same of directories that belong to packages as a whole. */
  readonly roots: PathTable;
  readonly #tree: PathTree;
  readonly #packages: readonly FoundPackage[];
  /** Directories as they are written, and as they resolve. */
  readonly #directories: Map<ImagePath, ImagePath>;

  /** @param before what was listed after an earlier layer: of it, only what has come since is looked at */
  constructor(tree: PathTree, packages: readonly FoundPackage[], before: ListedPaths | null = null) {
    this.#tree = tree;
    this.#packages = packages;
    const places = new Map(packages.map((found, place) => [packageKey(found), place]));
    const isNamedOnce = places.size === packages.length;
    const added = isNamedOnce && before?.holdsIn(tree) ? addedTo(before.#packages, packages) : null;
    const known = added === null ? null : before;
    this.files = new PathTable(known?.files);
    this.roots = new PathTable(known?.roots);
    this.#directories = new Map(known === null ? [] : known.#directories);
    const comesFirst = (key: string, owner: string): boolean =>
      (places.get(key) as number) < (places.get(owner) as number);
    // From the last to the first, each takes what it lists; of what was listed before, only from those that come after it.
    const takes = known === null ? () => true : comesFirst;
    for (const found of [...(added ?? packages)].reverse()) {
      this.#add(this.files, found.files, packageKey(found), takes);
      this.#add(this.roots, found.roots, packageKey(found), takes);
    }
  }

  /** Whether the same packages would list the same paths in a tree. */
  holdsIn(tree: PathTree): boolean {
    for (const [directory, resolved] of this.#directories) if (resolve(tree, directory) !== resolved) return false;
    return true;
  }

  #add(
    table: PathTable,
    paths: readonly ImagePath[],
    key: string,
    takes: (key: string, owner: string) => boolean,
  ): void {
    let directory: ImagePath | null = null;
    let resolved: ImagePath = "";
    let owners: ReadonlyMap<string, string> | undefined;
    let changed: Map<string, string> | null = null;
    for (const path of paths) {
      // Files of one directory follow each other.
      if (directory === null || !isIn(path, directory)) {
        directory = parentPath(path);
        resolved = this.#resolve(directory);
        owners = table.in(resolved);
        changed = null;
      }
      const name = baseName(path);
      const owner = owners?.get(name);
      if (owner !== undefined && !takes(key, owner)) continue;
      // From the first change on, what is looked up is the table's own.
      changed ??= table.change(resolved);
      owners = changed;
      changed.set(name, key);
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

/** The packages that have come, if all that were there before still are, in their order and with what they listed; else null. */
function addedTo(before: readonly FoundPackage[], now: readonly FoundPackage[]): readonly FoundPackage[] | null {
  let kept = 0;
  const added = now.filter((found) => {
    const known = before[kept];
    if (known === undefined || !listsTheSame(known, found)) return true;
    kept++;
    return false;
  });
  return kept === before.length ? added : null;
}

function listsTheSame(a: FoundPackage, b: FoundPackage): boolean {
  return packageKey(a) === packageKey(b) && areSame(a.files, b.files) && areSame(a.roots, b.roots);
}

function areSame(a: readonly ImagePath[], b: readonly ImagePath[]): boolean {
  return a === b || (a.length === b.length && a.every((path, i) => path === b[i]));
}

/** `lib/x` is `usr/lib/x` where `lib` is a link there. A directory that is gone keeps its written path. */
function resolve(tree: PathTree, directory: ImagePath): ImagePath {
  const node = walk(tree, directory, LOOKUP);
  return node === NONE ? directory : node === ROOT ? "" : tree.pathOf(node);
}
