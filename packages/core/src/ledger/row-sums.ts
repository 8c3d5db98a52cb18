import { type BlobShares, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import type { Ledger } from "./ledger.ts";

/** Which row each entry's bytes go to, by instance: the number of a key. */
export interface Column {
  readonly keys: readonly string[];
  readonly numbers: ArrayLike<number>;
}

/** The instances that have one number in a column. */
export interface Selection {
  readonly numbers: ArrayLike<number>;
  readonly number: number;
}

/** Bytes added up by row, a column each: an image may have as many rows as entries. */
export interface RowSums {
  readonly content: Float64Array;
  readonly live: Float64Array;
  readonly blob: Float64Array;
  /** 1 where the row has an entry, of bytes or of none. */
  readonly used: Uint8Array;
}

/** What the entries of an image, or of some of them, add up to. Nothing is called for an entry: there may be a million. */
export function sumRows(ledger: Ledger, { keys, numbers }: Column, only: Selection | null = null): RowSums {
  const { starts, fates } = ledger.squash;
  const content = new Float64Array(keys.length);
  const live = new Float64Array(keys.length);
  const blob = new Float64Array(keys.length);
  const used = new Uint8Array(keys.length);
  ledger.image.layers.forEach(({ index: { entries } }, layer) => {
    const { kinds, sizes, count } = entries;
    const start = starts[layer] as number;
    const shares = sharesOf(ledger, layer)?.entryBytes;
    for (let i = 0; i < count; i++) {
      const instance = start + i;
      if (only !== null && only.numbers[instance] !== only.number) continue;
      const row = numbers[instance] as number;
      used[row] = 1;
      if (shares !== undefined) blob[row] = (blob[row] as number) + (shares[i] as number);
      if (kinds[i] !== KIND.regular) continue;
      const size = sizes[i] as number;
      content[row] = (content[row] as number) + size;
      if (fates[instance] === FATE.live) live[row] = (live[row] as number) + size;
    }
  });
  return { content, live, blob, used };
}

/** What the entries of a layer cost in its blob; null where the layer has no blob bytes. */
export function sharesOf({ image, layers }: Ledger, layer: number): BlobShares | null {
  return layers[layer]?.blobBytes === null ? null : (image.layers[layer]?.blob.shares ?? null);
}
