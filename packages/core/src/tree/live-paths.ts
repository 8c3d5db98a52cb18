import { NONE, type PathTree } from "./path-tree.ts";

/**
 * Live inodes are reported under the first of their live paths, by the order of the entries that made them.
 *
 * @param nodes by instance, the path that the entry itself has; changed where that one is gone and another leads to it
 * @returns the paths that they came with, of those that were changed
 */
export function findLivePaths({ inodes, setBy, count }: PathTree, nodes: Int32Array): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (let node = 0; node < count; node++) {
    const inode = inodes[node] as number;
    // Most inodes live at the path they came with.
    if (inode === NONE || nodes[inode] === node) continue;
    const known = first.get(inode);
    if (known === undefined || (setBy[node] as number) < (setBy[known] as number)) first.set(inode, node);
  }
  const ownNodes = new Map<number, number>();
  for (const [inode, node] of first) {
    const own = nodes[inode] as number;
    // Its own entry comes before any link to it, so where that path is alive it is the first one.
    if (inodes[own] === inode) continue;
    ownNodes.set(inode, own);
    nodes[inode] = node;
  }
  return ownNodes;
}
