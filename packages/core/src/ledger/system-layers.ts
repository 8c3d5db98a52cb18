import { isDistrolessFile } from "../base/distroless.ts";
import { entryPath, KIND, type LayerIndex } from "../layer/layer-index.ts";
import { STATUS_DIRECTORY } from "../package-db/dpkg/database.ts";
import type { PackageHistory } from "../package-db/package-history.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Squash } from "../tree/squash.ts";

/**
 * How many layers from the bottom have nothing but what OS packages and distroless itself bring. Checksums do not list
 * links, nor what a package keeps in /etc: in a layer with a package's record these are the package's, too.
 */
export function systemLayers(
  indexes: readonly LayerIndex[],
  { starts, nodes, tree }: Squash,
  packages: PackageHistory,
): number {
  const first = indexes.findIndex(({ entries }, layer) => {
    const owners = packages.ownersAfter(layer);
    const files = Array.from(entries.kinds.keys()).filter((i) => entries.kinds[i] !== KIND.directory);
    const paths = files.map((i) => {
      const node = nodes[(starts[layer] as number) + i] as number;
      return node === NONE ? entryPath(entries, i) : tree.pathOf(node);
    });
    const hasRecord = paths.some((path) => path.startsWith(STATUS_DIRECTORY));
    return paths.some((path, at) => {
      const isPackages = owners.ownerOf(path)?.startsWith("deb/") || packages.isState(path);
      const isRecorded = hasRecord && (entries.kinds[files[at] as number] === KIND.symlink || path.startsWith("etc/"));
      return !isPackages && !isRecorded && !isDistrolessFile(path);
    });
  });
  return first < 0 ? indexes.length : first;
}
