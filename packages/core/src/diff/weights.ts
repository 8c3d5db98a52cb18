import type { Snapshot, Weight } from "./snapshot.ts";

export const NO_WEIGHT: Weight = { contentBytes: 0, liveBytes: 0, wastedBytes: 0, blobBytes: 0 };

/** Without whatever else the row holds. */
export function weightOf({ contentBytes, liveBytes, wastedBytes, blobBytes }: Weight): Weight {
  return { contentBytes, liveBytes, wastedBytes, blobBytes };
}

/** What each grouping of an image sums to. */
export function totalOf({ sizes, waste }: Pick<Snapshot, "sizes" | "waste">): Weight {
  return {
    contentBytes: sizes.contentBytes,
    liveBytes: sizes.rootfsBytes,
    wastedBytes: waste.bytes,
    blobBytes: sizes.blobBytes,
  };
}

function combine(a: Weight, b: Weight, sign: 1 | -1): Weight {
  return {
    contentBytes: a.contentBytes + sign * b.contentBytes,
    liveBytes: a.liveBytes + sign * b.liveBytes,
    wastedBytes: a.wastedBytes + sign * b.wastedBytes,
    blobBytes: a.blobBytes === null || b.blobBytes === null ? null : a.blobBytes + sign * b.blobBytes,
  };
}

/** Blob bytes are null where either has none. */
export function plus(a: Weight, b: Weight): Weight {
  return combine(a, b, 1);
}

export function minus(a: Weight, b: Weight): Weight {
  return combine(a, b, -1);
}

export function sumOfWeights(weights: Iterable<Weight>): Weight {
  let sum = NO_WEIGHT;
  for (const weight of weights) sum = plus(sum, weight);
  return sum;
}

/** Nothing in any column that is known. */
export function isNothing({ contentBytes, liveBytes, wastedBytes, blobBytes }: Weight): boolean {
  return contentBytes === 0 && liveBytes === 0 && wastedBytes === 0 && (blobBytes === null || blobBytes === 0);
}

/** Sums weights by key, in the order in which keys first come. */
export class WeightsByKey {
  readonly rows = new Map<string, Weight>();

  add(key: string, weight: Weight): void {
    const before = this.rows.get(key);
    this.rows.set(key, before === undefined ? weightOf(weight) : plus(before, weight));
  }
}
