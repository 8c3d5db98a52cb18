import type { ImagePath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { ownNodeOf } from "../tree/instance.ts";
import { NONE, type PathTree } from "../tree/path-tree.ts";
import { isLiteral, matchesName, type PathPattern } from "./touch/path-pattern.ts";
import type { Touch } from "./touch/touch.ts";

/** Something that stands in the file system after a layer: an entry of it, or of one below. */
export interface Standing {
  readonly instance: number;
  readonly layer: number;
  readonly node: number;
  readonly kind: number;
}

/**
 * What stands after a layer and is reached by one of some touches: files exactly, links and directories that the final
 * image no longer has as if they stood. One pass over the nodes of the tree and over the entries up to the layer.
 */
export function reachedAfter(ledger: Ledger, layer: number, touches: readonly Touch[]): Standing[] {
  const { image, squash } = ledger;
  const { tree, starts, fates, removedIn } = squash;
  const hit = reachedNodes(tree, touches);
  const found: Standing[] = [];
  for (let below = 0; below <= layer; below++) {
    const { entries } = (image.layers[below] as (typeof image.layers)[number]).index;
    const start = starts[below] as number;
    for (let entry = 0; entry < entries.count; entry++) {
      const kind = entries.kinds[entry] as number;
      if (kind >= KIND.whiteout) continue;
      const instance = start + entry;
      const node = ownNodeOf(squash, instance);
      if (node === NONE || hit[node] === 0) continue;
      if (kind === KIND.regular && fates[instance] !== FATE.live && (removedIn[instance] as number) <= layer) continue;
      found.push({ instance, layer: below, node, kind });
    }
  }
  return found;
}

const MISS = -1;

/** By node: 1 where a touch reaches it. */
function reachedNodes(tree: PathTree, touches: readonly Touch[]): Uint8Array {
  const hit = new Uint8Array(tree.count);
  for (const one of touches) markReached(tree, one, hit);
  return hit;
}

/** Those above a node have lower numbers than it, so that what is known of them is complete. */
function markReached({ parents, names, count }: PathTree, { path, reach, lastName }: Touch, hit: Uint8Array): void {
  const wanted = path.names.length;
  /** By node: how many names of the pattern lead to it; one more than there are below a match. */
  const depths = new Int16Array(count).fill(MISS);
  depths[0] = 0;
  const fitsLast = (node: number): boolean => lastName === null || matchesName(lastName, names[node] as string);
  if (wanted === 0 && (path.open || reach === "below") && fitsLast(0)) hit[0] = 1;
  for (let node = 1; node < count; node++) {
    const above = depths[parents[node] as number] as number;
    if (above === MISS) continue;
    if (above >= wanted) {
      if (reach !== "below" && !path.open && !(reach === "names" && above === wanted)) continue;
      depths[node] = wanted + 1;
      if (fitsLast(node)) hit[node] = 1;
      continue;
    }
    const pattern = path.names[above] as string;
    const name = names[node] as string;
    if (isLiteral(pattern) ? pattern !== name : !matchesGlob(pattern, name)) continue;
    depths[node] = above + 1;
    if (above + 1 === wanted && fitsLast(node)) hit[node] = 1;
  }
}

/** A wildcard at the front does not stand for a dot (POSIX 2.13.3). */
function matchesGlob(pattern: string, name: string): boolean {
  return !(name.startsWith(".") && !pattern.startsWith(".")) && matchesName(pattern, name);
}

/** The pattern as the tree has it: a symlink on the way leads elsewhere. */
export function throughLinks(tree: PathTree, pattern: PathPattern): PathPattern {
  let node = 0;
  for (let depth = 0; depth < pattern.names.length - 1; depth++) {
    const name = pattern.names[depth] as string;
    if (!isLiteral(name)) return pattern;
    const next = tree.child(node, name);
    if (next === NONE) return pattern;
    if (tree.kinds[next] === KIND.symlink) {
      const target = tree.links.get(next) ?? "";
      const rest = pattern.names.slice(depth + 1);
      const start = target.startsWith("/") ? [] : pattern.names.slice(0, depth);
      const names = [...start];
      for (const part of target.split("/")) {
        if (part === "" || part === ".") continue;
        if (part === "..") names.pop();
        else names.push(part);
      }
      return { names: [...names, ...rest], open: pattern.open };
    }
    node = next;
  }
  return pattern;
}

/** The path of an entry, as its layer has it. */
export function pathOfStanding(
  { image, squash }: Ledger,
  { instance, layer }: Pick<Standing, "instance" | "layer">,
): ImagePath {
  const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
  return entryPath(entries, instance - (squash.starts[layer] as number));
}
