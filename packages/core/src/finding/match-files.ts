import { PathGlobs } from "../category/path-globs.ts";
import { FromAbove } from "../tree/from-above.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Facts } from "./facts.ts";
import type { Rule, StoredFile } from "./rule.ts";

/** Hands each rule the stored files that its globs name, in the order of the ledger: one pass over all files. */
export function matchFiles(facts: Facts, rules: readonly Rule[]): ReadonlyMap<Rule, readonly StoredFile[]> {
  const globs = new PathGlobs(facts.build.homes);
  const matched = rules.map((): StoredFile[] => []);
  rules.forEach(({ paths = [] }, i) => {
    for (const glob of paths) globs.add(glob, i);
  });
  const { nodes, tree } = facts.ledger.squash;
  const { names, parents } = tree;
  // How far each directory has come in the globs.
  const states = new FromAbove(tree, globs.start(), (above, node) => globs.enter(above, names[node] as string));
  const { instances } = facts;
  for (let i = 0; i < instances.length; i++) {
    const instance = instances[i] as number;
    const node = nodes[instance] as number;
    const ids =
      node === NONE
        ? globs.matchPath(facts.file(instance).path)
        : globs.match(states.at(parents[node] as number), names[node] as string);
    if (ids.length === 0) continue;
    const file = facts.file(instance);
    for (const id of ids) matched[id]?.push(file);
  }
  return new Map(rules.map((rule, i) => [rule, matched[i] ?? []]));
}
