import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";

/** Directories that the entries of a layer lie in, numbered; 0 is the root, and those above a directory have lower numbers than it. */
export class DirectoryNumbers {
  /** By directory: the one above it, NONE for the root. */
  readonly parents: number[] = [NONE];
  readonly #tree: PathTree;
  /** By node. */
  readonly #numbers: Int32Array;

  constructor(tree: PathTree) {
    this.#tree = tree;
    this.#numbers = new Int32Array(tree.count).fill(NONE);
    this.#numbers[ROOT] = 0;
  }

  get count(): number {
    return this.parents.length;
  }

  /** The number of the directory at a node, which gets one with all above it if it has none yet. */
  numberOf(node: number): number {
    const known = this.#numbers[node] as number;
    return known === NONE ? this.#add(node) : known;
  }

  /** Without recursion: a hostile path may be thousands of directories deep. */
  #add(node: number): number {
    const unknown: number[] = [];
    let at = node;
    for (; this.#numbers[at] === NONE; at = this.#tree.parents[at] as number) unknown.push(at);
    let number = this.#numbers[at] as number;
    for (const below of unknown.reverse()) {
      number = this.parents.push(number) - 1;
      this.#numbers[below] = number;
    }
    return number;
  }
}
