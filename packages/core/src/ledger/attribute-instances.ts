import { Categorizer, type DirectoryFacts } from "../category/categorize.ts";
import { baseName, type ImagePath, parentPath } from "../image-path.ts";
import { entryPath, KIND, type LayerIndex } from "../layer/layer-index.ts";
import type { DirectoryOwners } from "../package-db/owner-index.ts";
import type { PackageDb } from "../package-db/package-db.ts";
import type { PackageHistory } from "../package-db/package-history.ts";
import { FromAbove } from "../tree/from-above.ts";
import { layerOfNode } from "../tree/instance.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import type { Squash } from "../tree/squash.ts";
import { KeyNumbers } from "./key-numbers.ts";
import { PACKAGE_STATE, UNOWNED } from "./owner-keys.ts";

/** Who owns each instance, and which category it is in: see `Attribution`. */
export interface AttributedInstances {
  readonly ownerKeys: readonly string[];
  readonly owners: Uint32Array;
  readonly categories: Uint8Array;
}

/** One pass over all entries: no path is made, and what a directory says is looked up once for all that lies in it. */
export function attributeInstances(
  indexes: readonly LayerIndex[],
  { tree, nodes, starts, ownNodes, firstNodes }: Squash,
  packages: PackageHistory,
  { baseLayers, homes }: { readonly baseLayers: number; readonly homes: readonly ImagePath[] },
): AttributedInstances {
  const keys = new KeyNumbers([UNOWNED, PACKAGE_STATE]);
  const [nobody, state] = [keys.numberOf(UNOWNED), keys.numberOf(PACKAGE_STATE)];
  const owners = new Uint32Array(nodes.length);
  const categories = new Uint8Array(nodes.length);
  const categorizer = new Categorizer(homes);
  const directories = new Directories(tree, categorizer, packages);
  indexes.forEach(({ entries }, layer) => {
    const { kinds, count } = entries;
    const start = starts[layer] as number;
    for (let i = 0; i < count; i++) {
      const kind = kinds[i] as number;
      const node = nodes[start + i] as number;
      // An instance is reported where it is, or else as it was written.
      const written = node === NONE ? entryPath(entries, i) : null;
      // A path that a later layer links to it is that of a package of then.
      const since = ownNodes.has(start + i) ? Math.max(layerOfNode(firstNodes, node), layer) : layer;
      const directory = written === null ? directories.of(node, since) : directories.at(parentPath(written), since);
      const name = written === null ? (tree.names[node] as string) : baseName(written);
      // Directories belong to many packages at once, and whiteouts to none; neither has content.
      const isOwned = kind !== KIND.directory && kind < KIND.whiteout;
      const owner = isOwned ? directory.ownerOf(name) : null;
      const isState = isOwned && owner === null && directory.isState(name);
      owners[start + i] = owner === null ? (isState ? state : nobody) : keys.numberOf(owner);
      categories[start + i] = categorizer.rankIn(directory.facts, name, owner, isState || layer < baseLayers);
    }
  });
  return { owners, ownerKeys: keys.list, categories };
}

/** A directory as those see it who ask for its files: looked up once for all of them, and not before the first one. */
class Directory {
  readonly facts: DirectoryFacts;
  readonly #path: ImagePath;
  readonly #packages: PackageHistory;
  readonly #layer: number;
  #owners: DirectoryOwners | null = null;
  /** Of which files of their own may lie in it. */
  #databases: readonly PackageDb[] | null = null;

  constructor(facts: DirectoryFacts, path: ImagePath, packages: PackageHistory, layer: number) {
    this.facts = facts;
    this.#path = path;
    this.#packages = packages;
    this.#layer = layer;
  }

  ownerOf(name: string): string | null {
    this.#owners ??= this.#packages.ownersAfter(this.#layer).in(this.#path);
    return this.#owners.ownerOf(name);
  }

  isState(name: string): boolean {
    this.#databases ??= this.#packages.databasesWithStateIn(this.#path);
    if (this.#databases.length === 0) return false;
    const path = this.#path === "" ? name : `${this.#path}/${name}`;
    return this.#databases.some((database) => database.isState(path));
  }
}

class Directories {
  readonly #tree: PathTree;
  readonly #categorizer: Categorizer;
  readonly #packages: PackageHistory;
  readonly #facts: FromAbove<DirectoryFacts>;
  /** Entries of one directory follow each other. */
  #last: Directory | null = null;
  #lastNode = ROOT;
  #lastLayer = 0;

  constructor(tree: PathTree, categorizer: Categorizer, packages: PackageHistory) {
    this.#tree = tree;
    this.#categorizer = categorizer;
    this.#packages = packages;
    this.#facts = new FromAbove(tree, categorizer.root, (above, node) =>
      categorizer.inside(above, tree.names[node] as string),
    );
  }

  /** The directory that a node lies in, as it is after a layer; the root lies in itself. */
  of(node: number, layer: number): Directory {
    const parent = node === ROOT ? ROOT : (this.#tree.parents[node] as number);
    if (this.#last === null || parent !== this.#lastNode || layer !== this.#lastLayer) {
      const path = parent === ROOT ? "" : this.#tree.pathOf(parent);
      this.#last = new Directory(this.#facts.at(parent), path, this.#packages, layer);
      this.#lastNode = parent;
      this.#lastLayer = layer;
    }
    return this.#last;
  }

  /** One that has no place in the tree. */
  at(path: ImagePath, layer: number): Directory {
    return new Directory(this.#categorizer.directory(path), path, this.#packages, layer);
  }
}
