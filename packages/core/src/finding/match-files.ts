import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import type { Facts } from "./facts.ts";
import { type GlobState, PathGlobs } from "./path-globs.ts";
import type { Rule, StoredFile } from "./rule.ts";

/** Hands each rule the stored files that its globs name, in the order of the ledger: one pass over all files. */
export function matchFiles(facts: Facts, rules: readonly Rule[]): ReadonlyMap<Rule, readonly StoredFile[]> {
  const globs = new PathGlobs(facts.build.homes);
  const matched = rules.map((): StoredFile[] => []);
  rules.forEach(({ paths = [] }, i) => {
    for (const glob of paths) globs.add(glob, i);
  });
  const directories = new Directories(facts.ledger.squash.tree, globs);
  const { nodes, tree } = facts.ledger.squash;
  const { instances } = facts;
  for (let i = 0; i < instances.length; i++) {
    const instance = instances[i] as number;
    const node = nodes[instance] as number;
    const ids =
      node === NONE
        ? globs.matchPath(facts.file(instance).path)
        : globs.match(directories.at(tree.parents[node] as number), tree.names[node] as string);
    if (ids.length === 0) continue;
    const file = facts.file(instance);
    for (const id of ids) matched[id]?.push(file);
  }
  return new Map(rules.map((rule, i) => [rule, matched[i] ?? []]));
}

/** How far each directory of the tree has come in the globs, worked out once. */
class Directories {
  readonly #tree: PathTree;
  readonly #globs: PathGlobs;
  /** By node. */
  readonly #states: (GlobState | undefined)[];

  constructor(tree: PathTree, globs: PathGlobs) {
    this.#tree = tree;
    this.#globs = globs;
    this.#states = new Array(tree.count);
    this.#states[ROOT] = globs.start();
  }

  at(node: number): GlobState {
    return this.#states[node] ?? this.#enter(node);
  }

  /** Without recursion: a hostile path may be thousands of directories deep. */
  #enter(node: number): GlobState {
    const { names, parents } = this.#tree;
    const unknown: number[] = [];
    let at = node;
    for (; this.#states[at] === undefined; at = parents[at] as number) unknown.push(at);
    let state = this.#states[at] as GlobState;
    for (const directory of unknown.reverse()) {
      state = this.#globs.enter(state, names[directory] as string);
      this.#states[directory] = state;
    }
    return state;
  }
}
