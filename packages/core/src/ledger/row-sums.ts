import { KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import type { Column } from "./key-numbers.ts";
import type { Ledger } from "./ledger.ts";

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
  const content = new Float64Array(keys.length);
  const live = new Float64Array(keys.length);
  const blob = new Float64Array(keys.length);
  const used = new Uint8Array(keys.length);
  for (const { entries, fates, blobBytes, first, count } of ledger.rows) {
    const { kinds, sizes } = entries;
    for (let i = 0; i < count; i++) {
      const instance = first + i;
      if (only !== null && only.numbers[instance] !== only.number) continue;
      const row = numbers[instance] as number;
      used[row] = 1;
      if (blobBytes !== null) blob[row] = (blob[row] as number) + (blobBytes[i] as number);
      if (kinds[i] !== KIND.regular) continue;
      const size = sizes[i] as number;
      content[row] = (content[row] as number) + size;
      if (fates[i] === FATE.live) live[row] = (live[row] as number) + size;
    }
  }
  return { content, live, blob, used };
}
