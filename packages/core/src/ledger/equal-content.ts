import { type PathText, textOfPath } from "../image-path.ts";
import { HASH_BYTES, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import type { Ledger } from "./ledger.ts";

/** Live files at different paths with one content; hard links of one file are one file. */
export interface EqualContent {
  readonly sha256: string;
  /** Bytes of one of them. */
  readonly bytes: number;
  readonly files: readonly (PathText & { readonly layer: number })[];
}

/** Live regular files that have the same content, the costliest first. Empty files are left out, as are files whose contents were not read. */
export function findEqualContent(ledger: Ledger): EqualContent[] {
  const { tree, nodes, fates, starts } = ledger.squash;
  const groups = new Map<string, { bytes: number; instances: { layer: number; node: number }[] }>();
  ledger.image.layers.forEach(({ index: { entries } }, layer) => {
    const { kinds, sizes, hashes, count } = entries;
    if (hashes === null) return;
    const start = starts[layer] as number;
    let row = 0;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      const hash = HASH_BYTES * row++;
      const bytes = sizes[i] as number;
      if (bytes === 0 || fates[start + i] !== FATE.live) continue;
      const key = Buffer.from(hashes.subarray(hash, hash + HASH_BYTES)).toString("latin1");
      const group = groups.get(key) ?? { bytes, instances: [] };
      groups.set(key, group);
      group.instances.push({ layer, node: nodes[start + i] as number });
    }
  });
  return [...groups]
    .filter(([, { instances }]) => instances.length > 1)
    .map(([key, { bytes, instances }]) => ({
      sha256: Buffer.from(key, "latin1").toString("hex"),
      bytes,
      files: instances.map(({ layer, node }) => ({ ...textOfPath(tree.pathOf(node)), layer })),
    }))
    .sort((a, b) => b.bytes * (b.files.length - 1) - a.bytes * (a.files.length - 1) || (a.sha256 < b.sha256 ? -1 : 1));
}
