import type { ImagePath } from "../image-path.ts";
import { KIND } from "../layer/layer-index.ts";
import { NONE, type PathTree, ROOT } from "./path-tree.ts";

/** Links followed before a path counts as a loop (Linux MAXSYMLINKS). */
const MAX_LINKS = 40;
/** Characters of all their targets: as many as a path may have (Linux PATH_MAX). */
const MAX_TARGET_CHARS = 4096;

/** How {@link walk} treats what it meets on the way. */
export interface WalkRules {
  /** What to do where a component does not exist, or is no directory: a node to go on with, or NONE to give up. */
  missing(parent: number, name: string, existing: number): number;
  /** The target to follow instead of a symlink's own; null stops the walk. */
  target(node: number, own: string): string | null;
  /** A path crossed more than 40 links, and is taken as it is written. */
  loop(): void;
}

/** Walks that only look. */
export const LOOKUP: WalkRules = {
  missing: () => NONE,
  target: (_, own) => own,
  loop: () => {},
};

/**
 * Resolves a path as an engine does when it unpacks: every component that is a symlink is followed, absolute targets
 * and `..` stay inside the root (containerd `fs.RootPath`, moby `FollowSymlinkInScope`). An engine gives up on a path of
 * more than 40 links; here no link of it is followed then, so that every walk of it ends at the same node. To leave a
 * last component unfollowed, resolve its parent. NONE where the rules gave up.
 */
export function walk(tree: PathTree, path: ImagePath, rules: WalkRules): number {
  let node = ROOT;
  let followed = 0;
  let targetChars = 0;
  let follows = true;
  let rest = path;
  while (rest !== "") {
    const slash = rest.indexOf("/");
    const name = slash < 0 ? rest : rest.slice(0, slash);
    rest = slash < 0 ? "" : rest.slice(slash + 1);
    if (name === "" || name === ".") continue;
    if (name === "..") {
      node = node === ROOT ? ROOT : (tree.parents[node] as number);
      continue;
    }
    const next = tree.child(node, name);
    if (!follows || next === NONE || tree.kinds[next] !== KIND.symlink) {
      node = enter(tree, node, name, rules);
      if (node === NONE) return NONE;
    } else if (followed++ === MAX_LINKS || targetChars > MAX_TARGET_CHARS) {
      rules.loop();
      // Once more from the start.
      follows = false;
      node = ROOT;
      rest = path;
    } else {
      const target = rules.target(next, tree.links.get(next) ?? "");
      if (target === null) return NONE;
      targetChars += target.length;
      if (target.startsWith("/")) node = ROOT;
      rest = rest === "" ? target : `${target}/${rest}`;
    }
  }
  return node;
}

/** A directory's own, or a link that is not followed; what the rules say of anything else. */
function enter(tree: PathTree, parent: number, name: string, rules: WalkRules): number {
  const next = tree.child(parent, name);
  const kind = next === NONE ? NONE : tree.kinds[next];
  return kind === KIND.directory || kind === KIND.symlink ? next : rules.missing(parent, name, next);
}

/** The node at a path whose last component is not followed; NONE where there is none. */
export function lookup(tree: PathTree, path: ImagePath): number {
  if (path === "") return ROOT;
  const slash = path.lastIndexOf("/");
  const parent = slash < 0 ? ROOT : walk(tree, path.slice(0, slash), LOOKUP);
  return parent === NONE ? NONE : tree.child(parent, path.slice(slash + 1));
}

/** The node that a path leads to, a symlink at its end followed as well; NONE where it leads nowhere. */
export function follow(tree: PathTree, path: ImagePath): number {
  let at = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const node = lookup(tree, at);
    if (node === NONE || tree.kinds[node] !== KIND.symlink) return node;
    const target = tree.links.get(node) ?? "";
    const directory = tree.pathOf(tree.parents[node] as number);
    at = target.startsWith("/") ? target.slice(1) : directory === "" ? target : `${directory}/${target}`;
  }
  return NONE;
}
