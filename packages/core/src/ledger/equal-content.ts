import { type PathText, textOfPath } from "../image-path.ts";
import { HASH_BYTES, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import type { Ledger } from "./ledger.ts";

/** Live files at different paths with one content; hard links of one file are one file. */
export interface EqualContent {
  readonly sha256: string;
  /** Bytes of one of them. */
  readonly bytes: number;
  readonly files: readonly (PathText & { readonly layer: number })[];
}

/** Live regular files with one content, as rows of the ledger, in its order. */
export interface EqualInstances {
  readonly sha256: string;
  /** Bytes of one of them. */
  readonly bytes: number;
  readonly instances: readonly number[];
}

/**
 * Groups of two and more live regular files that have the same content, of at least so many bytes each. Files whose
 * contents were not read are left out.
 */
export function equalInstances({ image, squash: { fates, starts } }: Ledger, least = 1): EqualInstances[] {
  const groups = new Map<string, { bytes: number; instances: number[] }>();
  image.layers.forEach(({ index: { entries } }, layer) => {
    const { kinds, sizes, hashes, count } = entries;
    if (hashes === null) return;
    const start = starts[layer] as number;
    let row = 0;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      const hash = HASH_BYTES * row++;
      const bytes = sizes[i] as number;
      if (bytes < least || fates[start + i] !== FATE.live) continue;
      const key = Buffer.from(hashes.subarray(hash, hash + HASH_BYTES)).toString("latin1");
      const group = groups.get(key) ?? { bytes, instances: [] };
      groups.set(key, group);
      group.instances.push(start + i);
    }
  });
  return [...groups]
    .filter(([, { instances }]) => instances.length > 1)
    .map(([key, group]) => ({ sha256: Buffer.from(key, "latin1").toString("hex"), ...group }));
}

/** The same by path, the costliest first. */
export function findEqualContent(ledger: Ledger): EqualContent[] {
  const { tree, nodes, starts } = ledger.squash;
  return equalInstances(ledger)
    .map(({ sha256, bytes, instances }) => ({
      sha256,
      bytes,
      files: instances.map((instance) => ({
        ...textOfPath(tree.pathOf(nodes[instance] as number)),
        layer: layerOfInstance(starts, instance),
      })),
    }))
    .sort((a, b) => b.bytes * (b.files.length - 1) - a.bytes * (a.files.length - 1) || (a.sha256 < b.sha256 ? -1 : 1));
}
