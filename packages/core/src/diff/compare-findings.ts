import type { SnapshotFinding } from "./snapshot.ts";

type Told = Pick<SnapshotFinding, "id" | "rule" | "title">;

/** What a finding is by its words: its id holds the layer, and an edit of the build moves the layers behind it. */
function wordsOf({ rule, title }: Told): string {
  return JSON.stringify([rule, title]);
}

/** What is left of both sides when each finding was taken out with a partner of the other, one for one. */
function unpaired<A extends Told, B extends Told>(
  findings: readonly A[],
  others: readonly B[],
  nameOf: (finding: Told) => string,
): readonly [readonly A[], readonly B[]] {
  const waiting = new Map<string, B[]>();
  for (const other of others) {
    const name = nameOf(other);
    const same = waiting.get(name);
    if (same === undefined) waiting.set(name, [other]);
    else same.push(other);
  }
  const left = findings.filter((finding) => waiting.get(nameOf(finding))?.shift() === undefined);
  const kept = new Set([...waiting.values()].flat());
  return [left, others.filter((other) => kept.has(other))];
}

/**
 * Findings that one side has and the other has not, in their order. None is both: what an edit only moved is told by its
 * words.
 */
export function compareFindings<A extends Told, B extends Told>(
  base: readonly A[],
  head: readonly B[],
): { readonly new: readonly B[]; readonly fixed: readonly A[] } {
  const [newById, fixedById] = unpaired(head, base, ({ id }) => id);
  const [added, fixed] = unpaired(newById, fixedById, wordsOf);
  return { new: added, fixed };
}
