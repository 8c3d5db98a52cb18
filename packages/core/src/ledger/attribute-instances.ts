import { Categorizer, type DirectoryFacts } from "../category/categorize.ts";
import { baseName, type ImagePath, parentPath } from "../image-path.ts";
import { entryPath, KIND, type LayerIndex } from "../layer/layer-index.ts";
import type { PackageHistory } from "../package-db/package-history.ts";
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
  { tree, nodes, starts }: Squash,
  packages: PackageHistory,
  baseLayers: number,
): AttributedInstances {
  const keys = new KeyNumbers([UNOWNED, PACKAGE_STATE]);
  const [nobody, state] = [keys.numberOf(UNOWNED), keys.numberOf(PACKAGE_STATE)];
  const owners = new Uint32Array(nodes.length);
  const categories = new Uint8Array(nodes.length);
  const categorizer = new Categorizer();
  const directories = new Directories(tree, categorizer);
  indexes.forEach(({ entries }, layer) => {
    const index = packages.ownersAfter(layer);
    const start = starts[layer] as number;
    for (let i = 0; i < entries.count; i++) {
      const kind = entries.kinds[i] as number;
      const node = nodes[start + i] as number;
      // An instance is reported where it is, or else as it was written.
      const written = node === NONE ? entryPath(entries, i) : null;
      const { path, facts } = written === null ? directories.of(node) : directories.at(parentPath(written));
      const name = written === null ? (tree.names[node] as string) : baseName(written);
      // Directories belong to many packages at once, and whiteouts to none; neither has content.
      const isOwned = kind !== KIND.directory && kind < KIND.whiteout;
      const owner = isOwned ? index.ownerIn(path, name) : null;
      const isState = isOwned && owner === null && packages.isState(path === "" ? name : `${path}/${name}`);
      owners[start + i] = owner === null ? (isState ? state : nobody) : keys.numberOf(owner);
      categories[start + i] = categorizer.rankIn(facts, name, { owner, system: isState || layer < baseLayers });
    }
  });
  return { owners, ownerKeys: keys.list, categories };
}

/** What is looked up once for all that lies in a directory. */
interface Directory {
  readonly path: ImagePath;
  readonly facts: DirectoryFacts;
}

class Directories {
  readonly #tree: PathTree;
  readonly #categorizer: Categorizer;
  readonly #facts = new Map<number, DirectoryFacts>();
  /** Entries of one directory follow each other. */
  #lastNode = ROOT;
  #last: Directory;

  constructor(tree: PathTree, categorizer: Categorizer) {
    this.#tree = tree;
    this.#categorizer = categorizer;
    this.#facts.set(ROOT, categorizer.root);
    this.#last = { path: "", facts: categorizer.root };
  }

  /** The directory that a node lies in; the root lies in itself. */
  of(node: number): Directory {
    const parent = node === ROOT ? ROOT : (this.#tree.parents[node] as number);
    if (parent !== this.#lastNode) {
      this.#lastNode = parent;
      this.#last = { path: parent === ROOT ? "" : this.#tree.pathOf(parent), facts: this.#factsOf(parent) };
    }
    return this.#last;
  }

  /** One that has no place in the tree. */
  at(path: ImagePath): Directory {
    return { path, facts: this.#categorizer.directory(path) };
  }

  /** Without recursion: a hostile path may be thousands of directories deep. */
  #factsOf(directory: number): DirectoryFacts {
    const { parents, names } = this.#tree;
    const unknown: number[] = [];
    let facts = this.#facts.get(directory);
    for (let at = directory; facts === undefined; facts = this.#facts.get(at)) {
      unknown.push(at);
      at = parents[at] as number;
    }
    for (const at of unknown.reverse()) {
      facts = this.#categorizer.inside(facts, names[at] as string);
      this.#facts.set(at, facts);
    }
    return facts;
  }
}
