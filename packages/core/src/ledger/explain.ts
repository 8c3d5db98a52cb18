import type { Category } from "../category/catalogue.ts";
import { ImgweighError, isImgweighError } from "../errors.ts";
import { type PathText, pathFromText, textOfPath } from "../image-path.ts";
import { KIND } from "../layer/layer-index.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import type { Squash } from "../tree/squash.ts";
import type { Ledger } from "./ledger.ts";
import { explainPackage, findPackages, type PackageLife } from "./package-life.ts";
import { explainPath, type PathLife } from "./path-life.ts";

/** Why a path is there, and whose it is. */
export interface PathReason extends PathLife {
  readonly kind: "path";
  /** The owner's key, `[unowned]` or `[package-state]`; null for what is no file of the final image. */
  readonly owner: string | null;
  readonly category: Category | null;
  /** Where the bytes of the file there are counted: another path where a better one leads to the same file. null for what is no file of the final image. */
  readonly countedAt: PathText | null;
  /** The other paths of the final image that lead to the same file, in byte order. */
  readonly otherPaths: readonly PathText[];
}

/** Why a package is there. */
export interface PackageReason extends PackageLife {
  readonly kind: "package";
}

/**
 * Says why something is in the image: a package by its key or name, else a path. What starts with a slash is a path.
 *
 * @throws {ImgweighError} PATH_NOT_FOUND, IMAGE_AMBIGUOUS where several packages have the name
 */
export function explain(ledger: Ledger, text: string): PackageReason | PathReason {
  if (!text.startsWith("/") && findPackages(ledger, text).length > 0)
    return { kind: "package", ...explainPackage(ledger, text) };
  return { kind: "path", ...lifeOf(ledger, text), ...fileAt(ledger, text) };
}

/** A bare name may have been meant as either. */
function lifeOf(ledger: Ledger, text: string): PathLife {
  try {
    return explainPath(ledger, text);
  } catch (cause) {
    if (text.includes("/") || !isImgweighError(cause) || cause.code !== "PATH_NOT_FOUND") throw cause;
    throw new ImgweighError("PATH_NOT_FOUND", `the image has no package and no path ${JSON.stringify(text)}`, {
      hint: "imgweigh analyze lists the packages and the largest files",
      cause,
    });
  }
}

type FileReason = Pick<PathReason, "owner" | "category" | "countedAt" | "otherPaths">;

const NO_FILE: FileReason = { owner: null, category: null, countedAt: null, otherPaths: [] };

function fileAt(ledger: Ledger, text: string): FileReason {
  const { tree } = ledger.squash;
  const node = follow(tree, pathFromText(text));
  if (node === NONE || tree.kinds[node] === KIND.directory) return NO_FILE;
  // A hard link's bytes are those of the file that carries them.
  const inode = tree.inodes[node] as number;
  const { owner, category, path } = ledger.entry(inode === NONE ? (tree.setBy[node] as number) : inode);
  if (inode === NONE) return { ...NO_FILE, owner, category };
  const others = livePaths(ledger.squash, inode).filter((other) => other !== tree.pathOf(node));
  return { owner, category, countedAt: textOfPath(path), otherPaths: others.map(textOfPath) };
}

/** The paths of the final image that lead to a file, in byte order. */
function livePaths({ tree, links, nodes, ownNodes }: Squash, inode: number): string[] {
  const found = new Set([ownNodes.get(inode) ?? (nodes[inode] as number)]);
  for (let at = links.inodes.indexOf(inode); at >= 0; at = links.inodes.indexOf(inode, at + 1))
    found.add(nodes[links.instances[at] as number] as number);
  return [...found]
    .filter((node) => tree.inodes[node] === inode)
    .map((node) => tree.pathOf(node))
    .sort();
}
