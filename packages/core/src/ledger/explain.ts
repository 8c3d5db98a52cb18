import type { Category } from "../category/catalogue.ts";
import { CATEGORIES } from "../category/catalogue.ts";
import { ImgweighError, isImgweighError } from "../errors.ts";
import { pathFromText } from "../image-path.ts";
import { KIND } from "../layer/layer-index.ts";
import { NONE } from "../tree/path-tree.ts";
import { follow } from "../tree/resolve.ts";
import type { Ledger } from "./ledger.ts";
import { explainPackage, findPackages, type PackageLife } from "./package-life.ts";
import { explainPath, type PathLife } from "./path-life.ts";

/** Why a path is there, and whose it is. */
export interface PathReason extends PathLife {
  readonly kind: "path";
  /** The owner's key, `[unowned]` or `[package-state]`; null for what is no file of the final image. */
  readonly owner: string | null;
  readonly category: Category | null;
}

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
  return { kind: "path", ...lifeOf(ledger, text), ...ownerOf(ledger, text) };
}

/** A bare name may have been meant as either. */
function lifeOf({ image }: Ledger, text: string): PathLife {
  try {
    return explainPath(image, text);
  } catch (cause) {
    if (text.includes("/") || !isImgweighError(cause) || cause.code !== "PATH_NOT_FOUND") throw cause;
    throw new ImgweighError("PATH_NOT_FOUND", `the image has no package and no path ${JSON.stringify(text)}`, {
      hint: "imgweigh analyze lists the packages and the largest files",
      cause,
    });
  }
}

function ownerOf({ squash, attribution }: Ledger, text: string): Pick<PathReason, "owner" | "category"> {
  const { tree } = squash;
  const node = follow(tree, pathFromText(text));
  if (node === NONE || tree.kinds[node] === KIND.directory) return { owner: null, category: null };
  // A hard link's bytes are those of the file that carries them.
  const inode = tree.inodes[node] as number;
  const instance = inode === NONE ? (tree.setBy[node] as number) : inode;
  return {
    owner: attribution.ownerKeys[attribution.owners[instance] as number] ?? null,
    category: CATEGORIES[attribution.categories[instance] as number] ?? null,
  };
}
