import { baseName, type ImagePath, parentPath } from "../image-path.ts";
import { type EntryColumns, entryLink, entryPath, KIND, pathReader } from "../layer/layer-index.ts";
import { NONE, type PathTree } from "./path-tree.ts";
import { type WalkRules, walk } from "./resolve.ts";

/** What to do with the markers of a layer. */
export interface MarkerActions {
  /** An opaque marker: everything in the directory at a node goes. */
  opaque(entry: number, node: number): void;
  /** A whiteout: what stands at a node goes. */
  whiteout(entry: number, node: number): void;
  /** The path of a marker crosses too many links. */
  loop(entry: number): void;
}

/**
 * Finds what the markers of a layer act on, in the order in which they do: opaque ones first, then whiteouts (OCI
 * image-spec, layer.md), before any entry of the layer is there. Markers of what is not there are passed over.
 */
export function applyMarkers(tree: PathTree, entries: EntryColumns, actions: MarkerActions): void {
  const { kinds } = entries;
  const rules = markerRules(tree, entries);
  for (let i = kinds.indexOf(KIND.opaque); i !== -1; i = kinds.indexOf(KIND.opaque, i + 1)) {
    const node = walk(tree, entryPath(entries, i), { ...rules, loop: () => actions.loop(i) });
    if (node !== NONE) actions.opaque(i, node);
  }
  for (let i = kinds.indexOf(KIND.whiteout); i !== -1; i = kinds.indexOf(KIND.whiteout, i + 1)) {
    const path = entryPath(entries, i);
    const parent = walk(tree, parentPath(path), { ...rules, loop: () => actions.loop(i) });
    const node = parent === NONE ? NONE : tree.child(parent, baseName(path));
    if (node !== NONE) actions.whiteout(i, node);
  }
}

/**
 * An entry of the layer may replace a symlink on a marker's way: `lib` becomes a directory of its own, and
 * `lib/.wh..wh..opq` then says nothing about what the link pointed to. Such a link is followed as this layer leaves it,
 * or not at all.
 */
function markerRules(tree: PathTree, entries: EntryColumns): Omit<WalkRules, "loop"> {
  let own: Map<ImagePath, number> | null = null;
  return {
    missing: () => NONE,
    target: (node, target) => {
      own ??= entriesByPath(entries);
      const entry = own.get(tree.pathOf(node));
      if (entry === undefined) return target;
      return entries.kinds[entry] === KIND.symlink ? entryLink(entries, entry) : null;
    },
  };
}

function entriesByPath(entries: EntryColumns): Map<ImagePath, number> {
  const byPath = new Map<ImagePath, number>();
  const pathOf = pathReader(entries);
  for (let i = 0; i < entries.count; i++) {
    if ((entries.kinds[i] as number) < KIND.whiteout) byPath.set(pathOf(i), i);
  }
  return byPath;
}
