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
  for (const instance of facts.instances) {
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
  readonly #states = new Map<number, GlobState>();

  constructor(tree: PathTree, globs: PathGlobs) {
    this.#tree = tree;
    this.#globs = globs;
    this.#states.set(ROOT, globs.start());
  }

  /** Without recursion: a hostile path may be thousands of directories deep. */
  at(node: number): GlobState {
    const unknown: number[] = [];
    let known = this.#states.get(node);
    for (let at = node; known === undefined; known = this.#states.get(at)) {
      unknown.push(at);
      at = this.#tree.parents[at] as number;
    }
    for (const at of unknown.reverse()) {
      known = this.#globs.enter(known, this.#tree.names[at] as string);
      this.#states.set(at, known);
    }
    return known;
  }
}
