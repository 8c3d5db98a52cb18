import { type PathText, textOfPath } from "../image-path.ts";
import { contentHashText, haveEqualHashes } from "../layer/content-hash.ts";
import { type EntryColumns, HASH_BYTES, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Ledger } from "./ledger.ts";

/** Live files at different paths with one content; hard links of one file are one file. */
export interface EqualContent {
  readonly sha256: string;
  /** Bytes of one of them. */
  readonly bytes: number;
  readonly files: readonly (PathText & { readonly layer: number })[];
}

const known = new WeakMap<Ledger, Int32Array>();

/**
 * What has the same content, found once for an image: by instance, the first one with its content, which may be itself;
 * NONE for what is no regular file, and where contents were not read.
 */
export function firstWithContent(ledger: Ledger): Int32Array {
  let firsts = known.get(ledger);
  if (firsts === undefined) {
    firsts = findFirsts(ledger);
    known.set(ledger, firsts);
  }
  return firsts;
}

/** Hashes are spread evenly as they are, so the first bytes of each say where to look; a table of numbers holds millions. */
function findFirsts({ image, squash: { starts } }: Ledger): Int32Array {
  const firsts = new Int32Array(starts.at(-1) ?? 0).fill(NONE);
  // Three quarters full at most.
  const size = 2 ** Math.ceil(Math.log2((4 / 3) * firsts.length + 1));
  const table = new Int32Array(size).fill(NONE);
  const columns = image.layers.map(({ index }) => index.entries);
  const isEqual = (instance: number, entries: EntryColumns, entry: number): boolean => {
    const layer = layerOfInstance(starts, instance);
    const first = instance - (starts[layer] as number);
    return haveEqualHashes(columns[layer] as EntryColumns, first, entries, entry) === true;
  };
  columns.forEach((entries, layer) => {
    const { kinds, hashes, count } = entries;
    if (hashes === null) return;
    const start = starts[layer] as number;
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      let slot = prefixOf(hashes, at) & (size - 1);
      let first = table[slot] as number;
      while (first !== NONE && !isEqual(first, entries, i)) {
        slot = (slot + 1) & (size - 1);
        first = table[slot] as number;
      }
      if (first === NONE) table[slot] = start + i;
      firsts[start + i] = first === NONE ? start + i : first;
      at += HASH_BYTES;
    }
  });
  return firsts;
}

function prefixOf(bytes: Uint8Array, at: number): number {
  const [a, b] = [bytes[at] as number, bytes[at + 1] as number];
  const [c, d] = [bytes[at + 2] as number, bytes[at + 3] as number];
  return a | (b << 8) | (c << 16) | (d << 24);
}

/**
 * Groups of two and more live regular files that have the same content, of at least so many bytes each, as instances and
 * in the order of the ledger. Files whose contents were not read are left out.
 */
export function equalInstances(ledger: Ledger, least = 1): number[][] {
  const { image, squash } = ledger;
  const { fates, starts } = squash;
  const firsts = firstWithContent(ledger);
  const counts = new Uint32Array(firsts.length);
  const members: number[] = [];
  image.layers.forEach(({ index: { entries } }, layer) => {
    const start = starts[layer] as number;
    for (let i = 0; i < entries.count; i++) {
      const first = firsts[start + i] as number;
      if (first === NONE || fates[start + i] !== FATE.live || (entries.sizes[i] as number) < least) continue;
      counts[first] = (counts[first] as number) + 1;
      members.push(start + i);
    }
  });
  const groups = new Map<number, number[]>();
  for (const instance of members) {
    const first = firsts[instance] as number;
    if ((counts[first] as number) < 2) continue;
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [instance]);
    else group.push(instance);
  }
  return [...groups.values()];
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
