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

/** A place of base whose key head has too. */
interface Match {
  readonly at: number;
  /** How many places of base with the same key stand before it. */
  readonly nth: number;
  /** Where the key stands in head. */
  readonly own: readonly number[];
}

function* matches(base: readonly (string | null)[], head: readonly (string | null)[]): Generator<Match> {
  const places = placesOf(head);
  const seen = new Map<string, number>();
  for (const [at, key] of base.entries()) {
    const own = key === null ? undefined : places.get(key);
    if (key === null || own === undefined) continue;
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    yield { at, nth, own };
  }
}

/**
 * Pairs equal keys in order: a longest common subsequence, as Hunt and Szymanski find it. Places whose key is null
 * never match.
 */
export function alignInOrder(base: readonly (string | null)[], head: readonly (string | null)[]): Pair[] {
  // Of all common subsequences of a length, the one that ends earliest in head.
  const ends: Link[] = [];
  for (const { at, nth, own } of matches(base, head)) {
    // From the last to the first, so that one place of base extends no subsequence twice.
    for (let k = Math.min(own.length - 1, nth + REACH); k >= Math.max(0, nth - REACH); k--) {
      const j = own[k] as number;
      const length = searchEnd(ends, j);
      // Of two places of base that end alike, the first.
      if (ends[length]?.pair[1] !== j) ends[length] = { pair: [at, j], before: ends[length - 1] ?? null };
    }
  }
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
  const pairs: Pair[] = [];
  for (const { at, nth, own } of matches(base, head)) {
    const j = own[nth];
    if (j !== undefined) pairs.push([at, j]);
  }
  return pairs;
}
