import type { ImagePath } from "../image-path.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import type { ImageEdit } from "./image-edit.ts";

/** How edits change what a container sees. */
export interface ExpectedChanges {
  /** Files that go, under each of their paths. Directories go with the last of theirs. */
  readonly removed: ReadonlySet<ImagePath>;
  /** Files whose contents change. */
  readonly rewritten: ReadonlySet<ImagePath>;
  /** Packages go: their manager's own files say so. */
  readonly packages: boolean;
  /** The final stage starts from another base. */
  readonly base: boolean;
}

/** Every path of the final image that leads to one of these files. */
function livePaths({ squash }: Ledger, instances: ReadonlySet<number>): Set<ImagePath> {
  const { tree, fates } = squash;
  const live = new Set([...instances].filter((instance) => fates[instance] === FATE.live));
  const paths = new Set<ImagePath>();
  if (live.size === 0) return paths;
  for (let node = 0; node < tree.count; node++) {
    const inode = tree.inodes[node];
    if (inode !== undefined && inode !== NONE && live.has(inode)) paths.add(tree.pathOf(node));
  }
  return paths;
}

/** What the root file system loses by edits, and what else they change of it. */
export function expectedChanges(ledger: Ledger, edits: readonly ImageEdit[]): ExpectedChanges {
  const removed = new Set(edits.flatMap((edit) => (edit.kind === "omit" ? edit.instances : [])));
  const rewritten = new Set(edits.flatMap((edit) => (edit.kind === "resize" ? [edit.instance] : [])));
  return {
    removed: livePaths(ledger, removed),
    rewritten: livePaths(ledger, rewritten),
    packages: edits.some(({ kind }) => kind === "forget"),
    base: edits.some(({ kind }) => kind === "extract"),
  };
}
