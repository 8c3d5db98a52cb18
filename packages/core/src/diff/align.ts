/** A place on either side. */
export type Pair = readonly [base: number, head: number];

/** Of a key that stands many times, places so far from its own count are not looked at. */
const REACH = 16;

interface Link {
  readonly pair: Pair;
  readonly before: Link | null;
}

function placesOf(keys: readonly (string | null)[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  keys.forEach((key, i) => {
    if (key === null) return;
    const own = places.get(key);
    if (own === undefined) places.set(key, [i]);
    else own.push(i);
  });
  return places;
}

/**
 * Pairs equal keys in order: a longest common subsequence, as Hunt and Szymanski find it. Places whose key is null
 * never match.
 */
export function alignInOrder(base: readonly (string | null)[], head: readonly (string | null)[]): Pair[] {
  const places = placesOf(head);
  const seen = new Map<string, number>();
  // Of all common subsequences of a length, the one that ends earliest in head.
  const ends: Link[] = [];
  base.forEach((key, i) => {
    const own = key === null ? undefined : places.get(key);
    if (key === null || own === undefined) return;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    // From the last to the first, so that one place of base extends no subsequence twice.
    for (let k = Math.min(own.length - 1, count + REACH); k >= Math.max(0, count - REACH); k--) {
      const j = own[k] as number;
      const length = searchEnd(ends, j);
      // Of two places of base that end alike, the first.
      if (ends[length]?.pair[1] !== j) ends[length] = { pair: [i, j], before: ends[length - 1] ?? null };
    }
  });
  const pairs: Pair[] = [];
  for (let link = ends.at(-1) ?? null; link !== null; link = link.before) pairs.push(link.pair);
  return pairs.reverse();
}

/** How many subsequences end before place `j` of head. */
function searchEnd(ends: readonly Link[], j: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as Link).pair[1] < j) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Pairs equal keys wherever they stand, the first with the first. */
export function pairAnywhere(base: readonly (string | null)[], head: readonly (string | null)[]): Pair[] {
  const places = placesOf(head);
  const seen = new Map<string, number>();
  const pairs: Pair[] = [];
  base.forEach((key, i) => {
    if (key === null) return;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    const j = places.get(key)?.[count];
    if (j !== undefined) pairs.push([i, j]);
  });
  return pairs;
}
