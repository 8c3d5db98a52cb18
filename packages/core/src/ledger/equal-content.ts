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

/** What has the same content, among all regular files that layers store, whatever became of them. */
export interface Repetitions {
  /** By instance: the first one with its content, which may be itself; NONE for what is no regular file, and where contents were not read. */
  readonly firsts: Int32Array;
  /** Instances that are not the first with their content, in order. */
  readonly repeats: readonly number[];
}

const known = new WeakMap<Ledger, Repetitions>();

/** Found once for an image. */
export function repetitions(ledger: Ledger): Repetitions {
  let found = known.get(ledger);
  if (found === undefined) {
    found = findRepetitions(ledger);
    known.set(ledger, found);
  }
  return found;
}

/**
 * Hashes are spread evenly as they are, so the first bytes of each say where to look; a table of numbers holds millions.
 * Where to look goes by the upper bits, since the first byte is compared first.
 */
function findRepetitions({ image, squash: { starts } }: Ledger): Repetitions {
  const firsts = new Int32Array(starts.at(-1) ?? 0).fill(NONE);
  const repeats: number[] = [];
  // Three quarters full at most.
  const bits = Math.ceil(Math.log2((4 / 3) * firsts.length + 1));
  const size = 2 ** bits;
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
      let slot = prefixOf(hashes, at) >>> (32 - bits);
      let first = table[slot] as number;
      while (first !== NONE && !isEqual(first, entries, i)) {
        slot = (slot + 1) & (size - 1);
        first = table[slot] as number;
      }
      if (first === NONE) table[slot] = start + i;
      else repeats.push(start + i);
      firsts[start + i] = first === NONE ? start + i : first;
      at += HASH_BYTES;
    }
  });
  return { firsts, repeats };
}

function prefixOf(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

/**
 * Groups of two and more live regular files that have the same content, of at least so many bytes each, as instances and
 * in the order of the ledger. Files whose contents were not read are left out.
 */
export function equalInstances(ledger: Ledger, least = 1): number[][] {
  const { image, squash } = ledger;
  const { fates, starts } = squash;
  const columns = image.layers.map(({ index }) => index.entries.sizes);
  const counts = (instance: number, layer: number): boolean =>
    fates[instance] === FATE.live && (columns[layer]?.[instance - (starts[layer] as number)] as number) >= least;
  const { firsts, repeats } = repetitions(ledger);
  const groups = new Map<number, number[]>();
  let layer = 0;
  for (const instance of repeats) {
    while (instance >= (starts[layer + 1] as number)) layer++;
    if (!counts(instance, layer)) continue;
    const first = firsts[instance] as number;
    const group = groups.get(first);
    if (group !== undefined) group.push(instance);
    else groups.set(first, counts(first, layerOfInstance(starts, first)) ? [first, instance] : [instance]);
  }
  return [...groups.values()].filter(({ length }) => length > 1).sort(([a = NONE], [b = NONE]) => a - b);
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
