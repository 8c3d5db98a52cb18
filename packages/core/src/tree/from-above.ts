import { type PathTree, ROOT } from "./path-tree.ts";

/** What is worked out for a directory from what the one above it has, once for each directory that is asked for. */
export class FromAbove<Value> {
  readonly #parents: Int32Array;
  readonly #derive: (above: Value, node: number) => Value;
  /** By node. */
  readonly #known = new Map<number, Value>();
  /** Entries of one directory follow each other. */
  #lastNode: number = ROOT;
  #last: Value;

  /** @param root what the root has */
  constructor(tree: PathTree, root: Value, derive: (above: Value, node: number) => Value) {
    this.#parents = tree.parents;
    this.#derive = derive;
    this.#known.set(ROOT, root);
    this.#last = root;
  }

  at(node: number): Value {
    if (node !== this.#lastNode) {
      this.#last = this.#enter(node);
      this.#lastNode = node;
    }
    return this.#last;
  }

  /** Without recursion: a hostile path may be thousands of directories deep. */
  #enter(node: number): Value {
    const unknown: number[] = [];
    let at = node;
    for (; !this.#known.has(at); at = this.#parents[at] as number) unknown.push(at);
    let value = this.#known.get(at) as Value;
    for (const directory of unknown.reverse()) {
      value = this.#derive(value, directory);
      this.#known.set(directory, value);
    }
    return value;
  }
}
