/** What a pair of places costs when they are taken for one another; null where they are not. */
export type PairCost = (entry: number, candidate: number) => number | null;

export interface Costs {
  readonly pair: PairCost;
  /** Of an entry that no candidate is. */
  readonly entry: (entry: number) => number;
  /** Of a candidate that no entry is. */
  readonly candidate: (candidate: number) => number;
}

export interface StepAlignment {
  /** Candidate of each entry, by entry. */
  readonly pairs: ReadonlyMap<number, number>;
  /** Entries before this one are none of the candidates'. */
  readonly firstEntry: number;
  readonly cost: number;
}

/** Cells of the table: a few hundred entries and instructions are many. */
const MAX_CELLS = 500_000;

/**
 * Takes entries for candidates in order, at the least cost. Any number of entries before the first candidate costs
 * nothing: they are the base's. Of equally good ways the one that fits the last entries first. Null where there are too
 * many of both.
 */
export function alignSteps(entries: number, candidates: number, costs: Costs): StepAlignment | null {
  const width = candidates + 1;
  if ((entries + 1) * width > MAX_CELLS) return null;
  const best = new Int32Array((entries + 1) * width);
  for (let c = 1; c <= candidates; c++) best[c] = (best[c - 1] ?? 0) + costs.candidate(c - 1);
  for (let e = 1; e <= entries; e++) {
    for (let c = 1; c <= candidates; c++) best[e * width + c] = cheapest(best, width, e, c, costs).cost;
  }
  const pairs = new Map<number, number>();
  let e = entries;
  let c = candidates;
  while (c > 0) {
    const step = e === 0 ? "candidate" : cheapest(best, width, e, c, costs).step;
    if (step === "pair") pairs.set(e - 1, c - 1);
    if (step !== "candidate") e--;
    if (step !== "entry") c--;
  }
  return { pairs, firstEntry: e, cost: best[entries * width + candidates] ?? 0 };
}

interface Step {
  readonly step: "pair" | "entry" | "candidate";
  readonly cost: number;
}

function cheapest(best: Int32Array, width: number, e: number, c: number, costs: Costs): Step {
  const pair = costs.pair(e - 1, c - 1);
  const at = e * width + c;
  const byPair = pair === null ? Number.POSITIVE_INFINITY : (best[at - width - 1] ?? 0) + pair;
  const byCandidate = (best[at - 1] ?? 0) + costs.candidate(c - 1);
  const byEntry = (best[at - width] ?? 0) + costs.entry(e - 1);
  if (byPair <= byCandidate && byPair <= byEntry) return { step: "pair", cost: byPair };
  return byCandidate <= byEntry ? { step: "candidate", cost: byCandidate } : { step: "entry", cost: byEntry };
}
