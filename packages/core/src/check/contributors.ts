import type { Diff, DiffRow } from "../diff/diff.ts";
import type { Snapshot } from "../diff/snapshot.ts";
import { escapeText } from "../escape.ts";
import { UNOWNED } from "../ledger/attribute-instances.ts";
import { unitOf } from "./amounts.ts";
import type { Budget, Metric, Scope } from "./check-config.ts";
import type { Contributor } from "./check-result.ts";
import { bytesOf, partsOf } from "./measure.ts";

const MOST = 3;

type Kind = Contributor["kind"];

/** Rows in brackets stand for what has no name, and names that cannot be typed lead nowhere. */
function isNamed({ key }: Contributor): boolean {
  return !key.startsWith("[") && escapeText(key) === key;
}

/** The largest first. */
function largest(contributors: readonly Contributor[], keep: (row: Contributor) => boolean = isNamed): Contributor[] {
  return contributors
    .filter((row) => row.amount > 0 && keep(row))
    .sort((a, b) => b.amount - a.amount || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .slice(0, MOST);
}

function sumOf(contributors: readonly Contributor[]): number {
  return contributors.reduce((sum, { amount }) => sum + amount, 0);
}

/** By package or by path, whichever has names for more; of packages, what none of them owns is one of the rows. */
function mostTelling(packages: readonly Contributor[], paths: readonly Contributor[]): readonly Contributor[] {
  const [byPackage, byPath] = [largest(packages), largest(paths)];
  if (sumOf(byPath) > sumOf(byPackage) || byPackage.length === 0) return byPath;
  return largest(packages, (row) => row.key === UNOWNED || isNamed(row));
}

/** Efficiency is made of waste. */
function bytesMetric(metric: Metric): Metric {
  return metric === "efficiency" ? "wasted" : metric;
}

function kindOf(scope: Scope): Kind {
  return scope.kind === "layer" ? "instruction" : scope.kind;
}

function fromRows(
  kind: Kind,
  rows: readonly { readonly key: string; readonly amount: number | null }[],
): Contributor[] {
  const sums = new Map<string, number>();
  for (const { key, amount } of rows) if (amount !== null) sums.set(key, (sums.get(key) ?? 0) + amount);
  return Array.from(sums, ([key, amount]) => ({ kind, key, amount }));
}

function amountOf(part: { readonly entries: number } & Parameters<typeof bytesOf>[0], metric: Metric): number | null {
  if (metric === "layers") return 1;
  return metric === "entries" ? part.entries : bytesOf(part, bytesMetric(metric));
}

function layersOf({ layers }: Snapshot, metric: Metric): Contributor[] {
  const rows = layers.map((layer, i) => ({
    key: layer.instruction ?? `layer ${i}`,
    amount: amountOf(layer, metric),
  }));
  return fromRows("instruction", rows);
}

/** What an image, or a part of it, is made of: three rows at most. */
export function largestOf(snapshot: Snapshot, { metric, scope }: Budget): readonly Contributor[] {
  if (scope !== null) {
    const rows = (partsOf(snapshot, scope, metric) ?? []).map((part) => ({
      key: part.key,
      amount: amountOf(part, metric),
    }));
    return largest(fromRows(kindOf(scope), rows));
  }
  if (unitOf(metric) === "count") return largest(layersOf(snapshot, metric));
  const packages = snapshot.groups.package.map((row) => ({ key: row.key, amount: bytesOf(row, bytesMetric(metric)) }));
  const files = snapshot.files.map((file) => ({ key: file.path, amount: bytesOf(file, bytesMetric(metric)) }));
  const fine = mostTelling(fromRows("package", packages), fromRows("path", files));
  return fine.length > 0 ? fine : largest(layersOf(snapshot, metric));
}

function grownRows(kind: Kind, rows: readonly DiffRow[], metric: Metric): Contributor[] {
  return fromRows(
    kind,
    rows.map(({ key, change }) => ({ key, amount: change === null ? null : bytesOf(change, bytesMetric(metric)) })),
  );
}

/** What a part grew by, row by row. */
function grownParts(base: Snapshot, head: Snapshot, scope: Scope, metric: Metric): Contributor[] {
  const [before, after] = [base, head].map((side) => partsOf(side, scope, metric) ?? []);
  const rows = [
    ...(after ?? []).map((part) => ({ key: part.key, amount: amountOf(part, metric) })),
    ...(before ?? []).map((part) => ({ key: part.key, amount: -(amountOf(part, metric) ?? 0) })),
  ];
  return fromRows(kindOf(scope), rows);
}

/** What grew: three rows at most. */
export function grownMost(
  base: Snapshot,
  head: Snapshot,
  diff: Diff,
  { metric, scope }: Budget,
): readonly Contributor[] {
  if (scope !== null) return largest(grownParts(base, head, scope, metric));
  if (unitOf(metric) === "count") return largest(grownParts(base, head, { kind: "layer", glob: "*" }, metric));
  const fine = mostTelling(
    grownRows("package", diff.groups.package, metric),
    grownRows("path", diff.groups.path, metric),
  );
  return fine.length > 0 ? fine : largest(grownRows("instruction", diff.groups.instruction, metric));
}
