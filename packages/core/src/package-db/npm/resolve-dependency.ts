import { baseName, type ImagePath, parentPath, pathFromText } from "../../image-path.ts";
import type { FileView } from "../package-db.ts";

/** More directories than that above a package are not searched; real trees have a dozen. */
const MAX_LEVELS = 64;

/** A package name that can be looked up: one component, or a scope and one. */
const NAME = /^(?:@[^/]{1,214}\/)?[^/@.][^/]{0,213}$/;

/**
 * The manifest that `name` leads to from a directory, as Node looks modules up: in the `node_modules` of the directory
 * and of each one above, never in `node_modules/node_modules`, symlinks followed (Node's documentation, "Loading from
 * node_modules folders"). Null where nothing is found.
 */
export function resolveDependency(
  view: FileView,
  manifests: ReadonlySet<ImagePath>,
  from: ImagePath,
  name: string,
): ImagePath | null {
  if (!NAME.test(name)) return null;
  const file = `node_modules/${pathFromText(name)}/package.json`;
  let directory = from;
  for (let level = 0; level < MAX_LEVELS; level++) {
    if (baseName(directory) !== "node_modules") {
      const path = directory === "" ? file : `${directory}/${file}`;
      const found = manifests.has(path) ? path : view.get(path)?.path;
      if (found !== undefined) return found;
    }
    if (directory === "") return null;
    directory = parentPath(directory);
  }
  return null;
}
