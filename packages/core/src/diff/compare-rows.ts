import { type DiffRow, NOT_IN_BASELINE, type RowStatus, WITHOUT_CONTENT } from "./diff.ts";
import { byText } from "./keys.ts";
import type { Weight } from "./snapshot.ts";
import { isNothing, minus, NO_WEIGHT, sumOfWeights, weightOf } from "./weights.ts";

/** One side of a grouping: its rows, and what they are part of. */
export interface GroupingSide {
  readonly rows: ReadonlyMap<string, Weight>;
  readonly total: Weight;
  /** A row of so many content bytes would be there; null where only the total tells what may be missing. */
  readonly rowsFrom: number | null;
}

interface KnownSide extends GroupingSide {
  /** What a row that is not there is, is known: nothing. */
  readonly isWhole: boolean;
  /** Content bytes that a row which is not there may have at most. */
  readonly mostMissing: number;
}

function sideOf({ rows, total, rowsFrom }: GroupingSide, hasBlobs: boolean): KnownSide {
  const known = (weight: Weight): Weight => (hasBlobs ? weight : { ...weightOf(weight), blobBytes: null });
  const rest = minus(known(total), sumOfWeights(rows.values()));
  // Without empty files content is whole, blob bytes are not.
  const isWhole = rowsFrom === null ? isNothing(rest) : rowsFrom <= (hasBlobs ? 0 : 1);
  return {
    rows,
    total: known(total),
    rowsFrom,
    isWhole,
    mostMissing: Math.min(rest.contentBytes, (rowsFrom ?? Infinity) - 1),
  };
}

function tellsBlobs({ rows, total }: GroupingSide): boolean {
  if (total.blobBytes === null) return false;
  for (const { blobBytes } of rows.values()) if (blobBytes === null) return false;
  return true;
}

/** The largest change first, in absolute terms; then by key. */
function byChange(a: DiffRow, b: DiffRow): number {
  const size = ({ change, base, head }: DiffRow, of: "contentBytes" | "liveBytes"): number =>
    Math.abs((change ?? base ?? head ?? NO_WEIGHT)[of]);
  return (
    size(b, "contentBytes") - size(a, "contentBytes") ||
    size(b, "liveBytes") - size(a, "liveBytes") ||
    byText(a.key, b.key)
  );
}

/**
 * The rows of a grouping that differ. A row that one side does not hold, and that it may have had all the same, is
 * part of the row {@link NOT_IN_BASELINE}: so the changes sum to head minus base whatever is known.
 */
export function compareRows(baseSide: GroupingSide, headSide: GroupingSide): DiffRow[] {
  const hasBlobs = tellsBlobs(baseSide) && tellsBlobs(headSide);
  const [base, head] = [sideOf(baseSide, hasBlobs), sideOf(headSide, hasBlobs)];
  const rows: DiffRow[] = [];
  let [baseKnown, headKnown] = [NO_WEIGHT, NO_WEIGHT];
  const compare = (key: string, before: Weight | undefined, after: Weight | undefined): void => {
    const missing = before === undefined ? base : after === undefined ? head : null;
    if (missing === null || missing.isWhole) {
      baseKnown = sumOfWeights([baseKnown, before ?? NO_WEIGHT]);
      headKnown = sumOfWeights([headKnown, after ?? NO_WEIGHT]);
      add(rows, { key, status: statusOf(before, after), before, after, hasBlobs });
      return;
    }
    // Only what surely differs: the other side cannot have had so much there.
    const there = (before ?? after) as Weight;
    if (there.contentBytes <= missing.mostMissing) return;
    rows.push({ key, status: "unknown", base: weightOrNull(before), head: weightOrNull(after), change: null });
  };
  for (const [key, before] of base.rows) compare(key, before, head.rows.get(key));
  for (const [key, after] of head.rows) if (!base.rows.has(key)) compare(key, undefined, after);
  const key = base.isWhole && head.isWhole ? WITHOUT_CONTENT : NOT_IN_BASELINE;
  const [before, after] = [minus(base.total, baseKnown), minus(head.total, headKnown)];
  add(rows, { key, status: "changed", before, after, hasBlobs });
  return rows.sort(byChange);
}

function statusOf(before: Weight | undefined, after: Weight | undefined): RowStatus {
  if (before === undefined) return "added";
  return after === undefined ? "removed" : "changed";
}

function weightOrNull(weight: Weight | undefined): Weight | null {
  return weight === undefined ? null : weightOf(weight);
}

interface KnownRow {
  readonly key: string;
  readonly status: RowStatus;
  readonly before: Weight | undefined;
  readonly after: Weight | undefined;
  readonly hasBlobs: boolean;
}

/** Adds a row if it differs. */
function add(rows: DiffRow[], { key, status, before, after, hasBlobs }: KnownRow): void {
  const difference = minus(after ?? NO_WEIGHT, before ?? NO_WEIGHT);
  const change = hasBlobs ? difference : { ...difference, blobBytes: null };
  if (isNothing(change)) return;
  rows.push({ key, status, base: weightOrNull(before), head: weightOrNull(after), change });
}
