import { type PathText, textOfPath } from "../image-path.ts";
import { contentHashText } from "../layer/content-hash.ts";
import { KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import { ContentTable } from "./content-table.ts";
import type { Ledger } from "./ledger.ts";

/** Live files at different paths with one content; hard links of one file are one file. */
export interface EqualContent {
  readonly sha256: string;
  /** Bytes of one of them. */
  readonly bytes: number;
  readonly files: readonly (PathText & { readonly layer: number })[];
}

type Groups = readonly (readonly number[])[];

const known = new WeakMap<Ledger, Groups>();

/**
 * Regular files that have the content of another, in whatever layer and whatever became of them: by content, two and more
 * instances in order. Found once for an image; files whose contents were not read are left out.
 */
export function storedAgain(ledger: Ledger): Groups {
  let groups = known.get(ledger);
  if (groups === undefined) {
    groups = findGroups(ledger);
    known.set(ledger, groups);
  }
  return groups;
}

function findGroups(ledger: Ledger): Groups {
  const { image, squash } = ledger;
  const contents = new ContentTable(ledger);
  const groups = new Map<number, number[]>();
  for (const [layer, { index }] of image.layers.entries()) {
    const { kinds, hashes, count } = index.entries;
    if (hashes === null) continue;
    const start = squash.starts[layer] as number;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      const first = contents.add(layer, i);
      if (first === start + i) continue;
      const group = groups.get(first);
      if (group === undefined) groups.set(first, [first, start + i]);
      else group.push(start + i);
    }
  }
  return [...groups.values()];
}

/**
 * Groups of two and more live regular files that have the same content, of at least so many bytes each, as instances and
 * in the order of the ledger.
 */
export function equalInstances(ledger: Ledger, least = 1): number[][] {
  const { image, squash } = ledger;
  const { fates, starts } = squash;
  const sizeOf = (instance: number): number => {
    const layer = layerOfInstance(starts, instance);
    const { sizes } = (image.layers[layer] as (typeof image.layers)[number]).index.entries;
    return sizes[instance - (starts[layer] as number)] as number;
  };
  return storedAgain(ledger)
    .map((group) => group.filter((instance) => fates[instance] === FATE.live && sizeOf(instance) >= least))
    .filter(({ length }) => length > 1)
    .sort(([a = NONE], [b = NONE]) => a - b);
}

/** The same by path, the costliest first. */
export function findEqualContent(ledger: Ledger): EqualContent[] {
  const { tree, nodes, starts } = ledger.squash;
  const place = (instance: number) => {
    const layer = layerOfInstance(starts, instance);
    const { entries } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index;
    return { layer, entries, entry: instance - (starts[layer] as number) };
  };
  return equalInstances(ledger)
    .map((instances) => {
      const { entries, entry } = place(instances[0] as number);
      return {
        sha256: contentHashText(entries, entry) as string,
        bytes: entries.sizes[entry] as number,
        files: instances.map((instance) => ({
          ...textOfPath(tree.pathOf(nodes[instance] as number)),
          layer: place(instance).layer,
        })),
      };
    })
    .sort((a, b) => b.bytes * (b.files.length - 1) - a.bytes * (a.files.length - 1) || (a.sha256 < b.sha256 ? -1 : 1));
}
