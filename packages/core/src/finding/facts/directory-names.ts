import type { ImagePath } from "../../image-path.ts";
import { NONE } from "../../tree/path-tree.ts";
import { follow } from "../../tree/resolve.ts";
import type { Facts } from "../facts.ts";

/** Names of what lies in a directory of the final image; none where there is no such directory. */
export function namesIn({ ledger: { squash } }: Facts, directory: ImagePath): readonly string[] {
  const node = follow(squash.tree, directory);
  return node === NONE ? [] : [...(squash.tree.childrenOf(node)?.keys() ?? [])];
}
