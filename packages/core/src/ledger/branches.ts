import { type PathText, textOfPath } from "../image-path.ts";
import { ImageTree } from "./image-tree.ts";
import type { Ledger } from "./ledger.ts";
import type { TreePlace } from "./tree-place.ts";

/** A directory or file that weighs enough to be shown, with the branches below it that do. */
export interface Branch extends PathText {
  /** Its path from the branch above; several components where nothing else in between weighs anything. */
  readonly name: string;
  readonly contentBytes: number;
  readonly liveBytes: number;
  readonly wastedBytes: number;
  readonly blobBytes: number | null;
  readonly branches: readonly Branch[];
  /** What lies in it and is not shown: how many names, and their content bytes. */
  readonly rest: { readonly count: number; readonly contentBytes: number };
}

/** How deep and how far a tree is listed. */
export interface BranchOptions {
  /** A path inside the container; the root where absent. */
  readonly path?: string | undefined;
  /** Levels of branches; 4 where absent. */
  readonly depth?: number | undefined;
  /** What a branch must be of the whole, in hundredths; 2 where absent. */
  readonly percent?: number | undefined;
}

const DEPTH = 4;
const PERCENT = 2;
/** Levels are gone down one in the other. */
const MOST_LEVELS = 64;

/**
 * The branches of the tree that weigh much, by content bytes. What is one thing is one branch: a cache or the files of one
 * package are not taken apart.
 *
 * @throws {ImgweighError} PATH_NOT_FOUND where no layer ever had the path
 */
export function findBranches(
  ledger: Ledger,
  { path = "/", depth = DEPTH, percent = PERCENT }: BranchOptions = {},
): Branch {
  const top = new ImageTree(ledger).at(path);
  const least = Math.max((top.contentBytes * percent) / 100, 1);
  return grow(top, `/${top.path}`, Math.min(depth, MOST_LEVELS), least, true);
}

function grow(place: TreePlace, name: string, depth: number, least: number, isTop = false): Branch {
  const children = isTop || (depth > 0 && !isOneThing(place)) ? place.children() : [];
  const shown = depth > 0 ? children.filter(({ contentBytes }) => contentBytes >= least) : [];
  const branches = shown
    .map((child) => {
      const { place: end, name: joined } = straighten(child, least);
      return grow(end, joined, depth - 1, least);
    })
    .sort((a, b) => b.contentBytes - a.contentBytes || (a.path < b.path ? -1 : 1));
  const contentBytes = branches.reduce((sum, branch) => sum + branch.contentBytes, 0);
  const { liveBytes, wastedBytes, blobBytes } = place;
  const folded = children.filter((child) => child.contentBytes > 0 && !shown.includes(child)).length;
  return {
    ...textOfPath(place.path),
    name: Buffer.from(name, "latin1").toString("utf8"),
    contentBytes: place.contentBytes,
    liveBytes,
    wastedBytes,
    blobBytes,
    branches,
    rest:
      branches.length === 0
        ? { count: 0, contentBytes: 0 }
        : { count: folded, contentBytes: place.contentBytes - contentBytes },
  };
}

/** What a package cache or one owner has is not taken apart. */
function isOneThing({ category, owner }: TreePlace): boolean {
  return category === "package-cache" || (owner !== null && !owner.startsWith("["));
}

/** Goes down while a single name holds all the bytes: `usr/local/go` is one branch where nothing else lies in `usr`. */
function straighten(start: TreePlace, least: number): { place: TreePlace; name: string } {
  let [place, name] = [start, start.name];
  while (!isOneThing(place)) {
    const [only, ...others] = place.children().filter(({ contentBytes }) => contentBytes > 0);
    if (only === undefined || others.length > 0 || only.contentBytes < least || only.children().length === 0) break;
    place = only;
    name = `${name}/${only.name}`;
  }
  return { place, name };
}
