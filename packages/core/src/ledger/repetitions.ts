import { haveEqualHashes } from "../layer/content-hash.ts";
import { type EntryColumns, HASH_BYTES, KIND } from "../layer/layer-index.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import type { LayerRows } from "./layer-rows.ts";

/** What has the same content, among all regular files that layers store, whatever became of them. */
export interface Repetitions {
  /** By instance: the first one with its content, which may be itself; NONE for what is no regular file, and where contents were not read. */
  readonly firsts: Int32Array;
  /** Instances that are not the first with their content, in order. */
  readonly repeats: readonly number[];
}

/**
 * Hashes are spread evenly as they are, so the first bytes of each say where to look; a table of numbers holds millions.
 * Where to look goes by the upper bits, since the first byte is compared first.
 */
export function findRepetitions(layers: readonly LayerRows[], total: number): Repetitions {
  const firsts = new Int32Array(total).fill(NONE);
  const repeats: number[] = [];
  // Three quarters full at most.
  const bits = Math.ceil(Math.log2((4 / 3) * firsts.length + 1));
  const size = 2 ** bits;
  const table = new Int32Array(size).fill(NONE);
  const starts = Uint32Array.of(...layers.map(({ first }) => first), total);
  const isEqual = (instance: number, entries: EntryColumns, entry: number): boolean => {
    const { entries: others, first } = layers[layerOfInstance(starts, instance)] as LayerRows;
    return haveEqualHashes(others, instance - first, entries, entry) === true;
  };
  for (const { entries, first: start, count } of layers) {
    const { kinds, hashes } = entries;
    if (hashes === null) continue;
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
  }
  return { firsts, repeats };
}

function prefixOf(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}
