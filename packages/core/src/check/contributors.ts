import type { Diff, DiffRow } from "../diff/diff.ts";
import { byText } from "../diff/keys.ts";
import type { Snapshot } from "../diff/snapshot.ts";
import { escapeText } from "../escape.ts";
import { UNOWNED } from "../ledger/owner-keys.ts";
import { unitOf } from "./amounts.ts";
import type { Budget, Metric, Scope } from "./check-config.ts";
import type { Contributor } from "./check-result.ts";
import { bytesOf, layerParts, type NamedPart } from "./measure.ts";

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
    .sort((a, b) => b.amount - a.amount || byText(a.key, b.key))
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

function partRows(parts: readonly NamedPart[], metric: Metric): { key: string; amount: number | null }[] {
  return parts.map((part) => ({ key: part.key, amount: amountOf(part, metric) }));
}

function byInstruction(snapshot: Snapshot, metric: Metric): Contributor[] {
  return fromRows("instruction", partRows(layerParts(snapshot), metric));
}

/**
 * What an image, or a part of it, is made of: three rows at most.
 *
 * @param parts the rows of the budget's scope; null without one
 */
export function largestOf(
  head: Snapshot,
  { metric, scope }: Budget,
  parts: readonly NamedPart[] | null,
): readonly Contributor[] {
  if (scope !== null) return largest(fromRows(kindOf(scope), partRows(parts ?? [], metric)));
  if (unitOf(metric) === "count") return largest(byInstruction(head, metric));
  const packages = head.groups.package.map((row) => ({ key: row.key, amount: bytesOf(row, bytesMetric(metric)) }));
  const files = head.files.map((file) => ({ key: file.path, amount: bytesOf(file, bytesMetric(metric)) }));
  const fine = mostTelling(fromRows("package", packages), fromRows("path", files));
  return fine.length > 0 ? fine : largest(byInstruction(head, metric));
}

function grownRows(kind: Kind, rows: readonly DiffRow[], metric: Metric): Contributor[] {
  return fromRows(
    kind,
    rows.map(({ key, change }) => ({ key, amount: change === null ? null : bytesOf(change, bytesMetric(metric)) })),
  );
}

/** What rows grew by. */
function grownParts(kind: Kind, before: readonly NamedPart[], after: readonly NamedPart[], metric: Metric) {
  const left = partRows(before, metric).map(({ key, amount }) => ({ key, amount: -(amount ?? 0) }));
  return fromRows(kind, [...partRows(after, metric), ...left]);
}

/** Two images that are compared, and the rows of a budget's scope in each; null without a scope. */
export interface Grown {
  readonly base: Snapshot;
  readonly head: Snapshot;
  readonly diff: Diff;
  readonly before: readonly NamedPart[] | null;
  readonly after: readonly NamedPart[] | null;
}

/** What grew: three rows at most. */
export function grownMost(
  { base, head, diff, before, after }: Grown,
  { metric, scope }: Budget,
): readonly Contributor[] {
  if (scope !== null) return largest(grownParts(kindOf(scope), before ?? [], after ?? [], metric));
  if (unitOf(metric) === "count") return largest(grownParts("instruction", layerParts(base), layerParts(head), metric));
  const fine = mostTelling(
    grownRows("package", diff.groups.package, metric),
    grownRows("path", diff.groups.path, metric),
  );
  return fine.length > 0 ? fine : largest(grownRows("instruction", diff.groups.instruction, metric));
}
