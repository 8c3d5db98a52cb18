import { Categorizer } from "../category/categorize.ts";
import { type ImagePath, parentPath } from "../image-path.ts";
import { isObject } from "../layer/content-store.ts";
import type { PackageHistory } from "../package-db/package-history.ts";
import { FATE } from "../tree/fate.ts";
import { layerOfInstance, ownNodeOf } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Squash } from "../tree/squash.ts";

/** What speaks for a path of an inode. */
interface Claim {
  /** A package lists it. */
  readonly isListed: boolean;
  /** Components of the deepest directory above it that is a package's own; 0 for none. What lies in a cache is none that is installed. */
  readonly installedDepth: number;
  /** The same where that may be in a cache. */
  readonly packageDepth: number;
  /** It is in a store, a cache or a directory of objects. */
  readonly isInStore: boolean;
}

function isBetter(a: Claim, b: Claim): boolean {
  if (a.isListed !== b.isListed) return a.isListed;
  if (a.installedDepth !== b.installedDepth) return a.installedDepth > b.installedDepth;
  if (a.isInStore !== b.isInStore) return b.isInStore;
  return a.packageDepth > b.packageDepth;
}

/**
 * Reports each inode that has hard links under the best of its live paths, or of all that it had once it is dead: one that
 * a package lists; else one in the deepest package directory; else one that is in no store, cache or object directory;
 * the first by tar order of those. Its bytes are counted there and nowhere else.
 *
 * @param homes home directories, where caches are
 * @returns the squash with `nodes` and `ownNodes` that say so
 */
export function placeInodes(squash: Squash, packages: PackageHistory, homes: readonly ImagePath[]): Squash {
  if (squash.links.count === 0) return squash;
  const claims = new Claims(packages, homes);
  const nodes = squash.nodes.slice();
  const ownNodes = new Map<number, number>();
  for (const [inode, links] of linksByInode(squash)) {
    const own = ownNodeOf(squash, inode);
    const best = bestOf(squash, claims, inode, own, links);
    nodes[inode] = best;
    if (best !== own) ownNodes.set(inode, own);
  }
  return { ...squash, nodes, ownNodes };
}

function linksByInode({ links: { count, instances, inodes } }: Squash): ReadonlyMap<number, readonly number[]> {
  const byInode = new Map<number, number[]>();
  for (let at = 0; at < count; at++) {
    const inode = inodes[at] as number;
    const known = byInode.get(inode);
    if (known === undefined) byInode.set(inode, [instances[at] as number]);
    else known.push(instances[at] as number);
  }
  return byInode;
}

function bestOf(squash: Squash, claims: Claims, inode: number, own: number, links: readonly number[]): number {
  const { tree, nodes, starts, fates } = squash;
  const isLive = fates[inode] === FATE.live;
  let best = NONE;
  let bestClaim: Claim | null = null;
  for (const instance of [inode, ...links]) {
    const node = instance === inode ? own : (nodes[instance] as number);
    if (node === NONE || node === best || (isLive && tree.inodes[node] !== inode)) continue;
    const claim = claims.of(tree.pathOf(node), layerOfInstance(starts, instance));
    if (bestClaim !== null && !isBetter(claim, bestClaim)) continue;
    best = node;
    bestClaim = claim;
  }
  return best === NONE ? own : best;
}

/** What speaks for paths, as the package databases stand after a layer. */
class Claims {
  readonly #packages: PackageHistory;
  readonly #categorizer: Categorizer;

  constructor(packages: PackageHistory, homes: readonly ImagePath[]) {
    this.#packages = packages;
    this.#categorizer = new Categorizer(homes);
  }

  of(path: ImagePath, layer: number): Claim {
    const owners = this.#packages.ownersAfter(layer);
    const isCache = this.#categorizer.isCache(this.#categorizer.directory(parentPath(path)));
    const packageDepth = owners.rootDepth(parentPath(path));
    return {
      isListed: owners.lists(path),
      installedDepth: isCache ? 0 : packageDepth,
      packageDepth,
      isInStore: isCache || isObject(path),
    };
  }
}
