import { type ImagePath, parentPath } from "../../../image-path.ts";
import { KIND } from "../../../layer/layer-index.ts";
import { FATE } from "../../../tree/fate.ts";
import type { Facts } from "../../facts.ts";
import type { StoredFile } from "../../rule.ts";

/** A `COPY --from` of one file, or of a directory with all that is in it. */
export interface CopyLine {
  /** Absolute. */
  readonly from: string;
  readonly to: string;
  /** `uid:gid`; null for root's. */
  readonly owner: string | null;
}

/** A file, and the path where it is to be in the new image. */
export interface KeptFile {
  readonly file: StoredFile;
  readonly at: ImagePath;
}

/** How many regular files are below each directory. */
function countBelow(paths: Iterable<ImagePath>): Map<ImagePath, number> {
  const counts = new Map<ImagePath, number>();
  for (const path of paths)
    for (let at = parentPath(path); at !== ""; at = parentPath(at)) counts.set(at, (counts.get(at) ?? 0) + 1);
  return counts;
}

function livePaths(facts: Facts): ImagePath[] {
  const { squash } = facts.ledger;
  const paths: ImagePath[] = [];
  for (const instance of facts.instances)
    if (squash.fates[instance] === FATE.live) paths.push(squash.tree.pathOf(squash.nodes[instance] as number));
  return paths;
}

/** The highest directory of which everything is kept; else the file itself. */
function unitOf(path: ImagePath, all: Map<ImagePath, number>, kept: Map<ImagePath, number>): ImagePath {
  let unit = path;
  for (let at = parentPath(path); at !== ""; at = parentPath(at)) {
    if (all.get(at) !== kept.get(at)) break;
    if ((all.get(at) ?? 0) > 1) unit = at;
  }
  return unit;
}

function ownerOf({ ledger }: Facts, { instance, layer }: StoredFile): string {
  const { entries } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index;
  const entry = instance - (ledger.squash.starts[layer] as number);
  return `${entries.uids[entry]}:${entries.gids[entry]}`;
}

/**
 * What to copy so that exactly these files are there: whole directories where all of their files are kept, files
 * elsewhere. A symlink that is copied by name becomes what it leads to.
 */
export function copyList(facts: Facts, kept: readonly KeptFile[]): readonly CopyLine[] {
  const all = countBelow(livePaths(facts));
  const plain = countBelow(kept.filter(({ file, at }) => file.path === at).map(({ at }) => at));
  const owners = new Map<ImagePath, Set<string>>();
  for (const { file, at } of kept) {
    const unit = file.path === at ? unitOf(at, all, plain) : at;
    const own = owners.get(unit) ?? new Set();
    owners.set(unit, own.add(ownerOf(facts, file)));
  }
  return [...owners]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([unit, [owner = "0:0", ...others]]) => ({
      from: `/${unit}`,
      to: `/${unit}`,
      owner: others.length > 0 || owner === "0:0" ? null : owner,
    }));
}

/** Whether a layer of the image's own has hard links: a directory that holds one would bring another file's contents. */
export function hasOwnHardLinks({ ledger }: Facts): boolean {
  return ledger.image.layers
    .slice(ledger.attribution.base.layers)
    .some(({ index }) => index.entries.kinds.includes(KIND.hardLink));
}
