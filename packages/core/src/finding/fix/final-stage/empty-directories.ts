import type { ImagePath } from "../../../image-path.ts";
import { entryPath, KIND } from "../../../layer/layer-index.ts";
import { NONE } from "../../../tree/path-tree.ts";
import { lookup } from "../../../tree/resolve.ts";
import type { Facts } from "../../facts.ts";
import type { CopyLine } from "./copy-list.ts";

/** Directories that packages and tools make, empty or not: no program's own. */
const SYSTEM = /^(?:bin|boot|dev|etc|go|lib\w*|media|mnt|proc|root|run|sbin|sys|tmp|usr|var)(?:\/|$)/;
const MAX_DIRECTORIES = 8;

/** Empty directories that the image's own layers made, as for data that a program writes; they weigh nothing. */
export function emptyDirectories(
  { ledger }: Facts,
  copied: readonly CopyLine[],
  without: readonly ImagePath[],
): readonly CopyLine[] {
  const { tree } = ledger.squash;
  const found = new Map<ImagePath, string>();
  for (const { index } of ledger.image.layers.slice(ledger.attribution.base.layers)) {
    const { entries } = index;
    for (let i = 0; i < entries.count; i++) {
      if (entries.kinds[i] !== KIND.directory) continue;
      const path = entryPath(entries, i);
      if (path === "" || SYSTEM.test(path) || without.some((root) => isWithin(path, root))) continue;
      const node = lookup(tree, path);
      const isEmpty = node !== NONE && tree.kinds[node] === KIND.directory && (tree.childrenOf(node)?.size ?? 0) === 0;
      if (isEmpty && !copied.some(({ to }) => isWithin(path, to.slice(1))))
        found.set(path, `${entries.uids[i]}:${entries.gids[i]}`);
      else found.delete(path);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_DIRECTORIES)
    .map(([path, owner]) => ({ from: `/${path}`, to: `/${path}`, owner: owner === "0:0" ? null : owner }));
}

function isWithin(path: ImagePath, directory: ImagePath): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
