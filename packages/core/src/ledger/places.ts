import type { ImagePath } from "../image-path.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";

/**
 * Every path that any layer had, once: a path that goes and comes back has several nodes in the squash's tree, and is
 * one place. Places are numbered from above: a directory has a lower number than what lies in it. The root is 0.
 */
export class Places {
  readonly tree: PathTree;
  /** By node of the squash's tree. */
  readonly ofNode: Int32Array;
  /** By place: the node that stands there in the end, or the last one that did. */
  readonly nodes: Int32Array;
  /** By place: the directory that it lies in; -1 for the root. */
  readonly parents: Int32Array;
  readonly count: number;
  /** Places by directory, those of one in the order of their names. */
  readonly #children: Int32Array;
  /** By place: where its children begin in that list; those of the next place follow. */
  readonly #starts: Int32Array;

  constructor(tree: PathTree) {
    this.tree = tree;
    this.ofNode = new Int32Array(tree.count).fill(NONE);
    const nodes = new Int32Array(tree.count);
    const parents = new Int32Array(tree.count);
    this.count = this.#number(nodes, parents);
    this.nodes = nodes.subarray(0, this.count);
    this.parents = parents.subarray(0, this.count);
    this.#starts = new Int32Array(this.count + 1);
    this.#children = this.#listChildren();
  }

  name(place: number): string {
    return this.tree.names[this.nodes[place] as number] as string;
  }

  pathOf(place: number): ImagePath {
    return this.tree.pathOf(this.nodes[place] as number);
  }

  /** What lies directly in a place, by name. */
  childrenOf(place: number): Int32Array {
    return this.#children.subarray(this.#starts[place], this.#starts[place + 1]);
  }

  /** The place of a name in a directory; -1 where there never was one. */
  child(place: number, name: string): number {
    const children = this.childrenOf(place);
    let [low, high] = [0, children.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.name(children[middle] as number) < name) low = middle + 1;
      else high = middle;
    }
    const found = children[low];
    return found !== undefined && this.name(found) === name ? found : NONE;
  }

  /** The place of a path, no symlink followed; else the deepest one above it. */
  lowest(path: ImagePath): { readonly place: number; readonly isWhole: boolean } {
    let place = ROOT;
    for (const name of path === "" ? [] : path.split("/")) {
      const next = this.child(place, name);
      if (next === NONE) return { place, isWhole: false };
      place = next;
    }
    return { place, isWhole: true };
  }

  /** A dead node has the place of the live one at its path, or shares one with other dead ones. */
  #number(nodes: Int32Array, parents: Int32Array): number {
    const { kinds, parents: parentNodes, names } = this.tree;
    const dead = new Map<number, Map<string, number>>();
    let count = 0;
    const add = (node: number, parent: number): number => {
      nodes[count] = node;
      parents[count] = parent;
      this.ofNode[node] = count;
      return count++;
    };
    for (let node = 0; node < this.ofNode.length; node++) {
      if (this.ofNode[node] !== NONE) continue;
      const parent = node === ROOT ? NONE : (this.ofNode[parentNodes[node] as number] as number);
      if (kinds[node] !== NONE) {
        add(node, parent);
        continue;
      }
      const name = names[node] as string;
      // Only the live node of a directory has live children.
      const live = this.tree.child(nodes[parent] as number, name);
      if (live !== NONE) {
        if (this.ofNode[live] === NONE) add(live, parent);
        this.ofNode[node] = this.ofNode[live] as number;
        continue;
      }
      const siblings = dead.get(parent);
      const known = siblings?.get(name);
      if (known !== undefined) {
        nodes[known] = node;
        this.ofNode[node] = known;
        continue;
      }
      const place = add(node, parent);
      if (siblings === undefined) dead.set(parent, new Map([[name, place]]));
      else siblings.set(name, place);
    }
    return count;
  }

  #listChildren(): Int32Array {
    const starts = this.#starts;
    const children = new Int32Array(Math.max(this.count - 1, 0));
    for (let place = 1; place < this.count; place++) {
      const next = (this.parents[place] as number) + 1;
      starts[next] = (starts[next] as number) + 1;
    }
    for (let place = 1; place <= this.count; place++)
      starts[place] = (starts[place] as number) + (starts[place - 1] as number);
    const filled = starts.slice();
    for (let place = 1; place < this.count; place++) {
      const parent = this.parents[place] as number;
      const at = filled[parent] as number;
      children[at] = place;
      filled[parent] = at + 1;
    }
    const byName = (a: number, b: number): number => (this.name(a) < this.name(b) ? -1 : 1);
    for (let place = 0; place < this.count; place++) {
      const own = children.subarray(starts[place], starts[place + 1]);
      if (own.length > 1) own.sort(byName);
    }
    return children;
  }
}
