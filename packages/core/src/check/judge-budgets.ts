import type { Diff } from "../diff/diff.ts";
import type { Snapshot } from "../diff/snapshot.ts";
import { type Fraction, unitOf } from "./amounts.ts";
import type { Budget, ImageCheck, Increase } from "./check-config.ts";
import type { Bound, BudgetVerdict } from "./check-result.ts";
import { grownMost, largestOf } from "./contributors.ts";
import { compareFractions, fractionOfNumber, type Measure, measure, numberOf } from "./measure.ts";
import { nextCommand } from "./next-command.ts";
import { remedyOf } from "./remedy.ts";

/** An image that is judged, and what it is compared with. */
export interface Sides {
  readonly head: Snapshot;
  readonly base: Snapshot | null;
  readonly diff: Diff | null;
  /** Compressed bytes that were estimated, where the image and what it is compared with have none. */
  readonly estimates?: BlobEstimates;
}

/** What compressing the layers of an image and of its baseline came to; null where that was not tried. */
export interface BlobEstimates {
  readonly head: number | null;
  readonly base: number | null;
}

const NOTHING_OVER: Fraction = { numerator: 0n, denominator: 1n };

function idOf({ metric, scope }: Budget, bound: Bound): string {
  return scope === null ? `${metric}/${bound}` : `${metric}/${scope.kind}:${scope.glob}/${bound}`;
}

function minus(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator - b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

/** In JSON an integer wherever it is one. */
function plainNumber(value: Fraction | null): number | null {
  if (value === null) return null;
  const { numerator, denominator } = value;
  return numerator % denominator === 0n ? Number(numerator / denominator) : numberOf(value);
}

/** What happens to a bound, but for what every verdict has. */
type Outcome = Pick<BudgetVerdict, "status" | "measured" | "limit" | "over" | "reason">;

function unmeasured(reason: string, limit: number | null): Outcome {
  return { status: "unmeasured", measured: null, limit, over: null, reason };
}

/** `over` is above 0 where the bound is broken. Met exactly, it holds. */
function judged(measured: Fraction, limit: Fraction, over: Fraction): Outcome {
  const failed = compareFractions(over, NOTHING_OVER) > 0;
  return {
    status: failed ? "failed" : "passed",
    measured: plainNumber(measured),
    limit: plainNumber(limit),
    over: failed ? plainNumber(over) : 0,
    reason: null,
  };
}

function judgeAbsolute(bound: "max" | "min", limit: number, head: Measure | null): Outcome {
  if (head?.value == null) return unmeasured("not available", limit);
  const exact = fractionOfNumber(limit);
  return judged(head.value, exact, bound === "max" ? minus(head.value, exact) : minus(exact, head.value));
}

/**
 * The most that an increase may be: with both bounds the larger one, as only what exceeds both fails. A share of whole
 * numbers is rounded down, which no whole increase can tell from the share itself.
 */
function increaseLimit({ absolute, relative }: Increase, base: Fraction): Fraction {
  const share =
    relative === null
      ? null
      : (base.numerator * BigInt(relative.numerator)) / (base.denominator * BigInt(relative.denominator));
  const fixed = absolute === null ? null : BigInt(absolute);
  const most = share === null ? fixed : fixed === null ? share : share > fixed ? share : fixed;
  return { numerator: most ?? 0n, denominator: 1n };
}

function judgeIncrease(increase: Increase, head: Measure | null, base: Measure | null, sides: Sides): Outcome {
  const limit = increase.relative === null ? increase.absolute : null;
  if (sides.base === null) return unmeasured("no baseline", limit);
  if (head?.value == null) return unmeasured("not available", limit);
  if (base === null) return unmeasured("not in the baseline", limit);
  if (base.value === null) return unmeasured("not available", limit);
  const [change, most] = [minus(head.value, base.value), increaseLimit(increase, base.value)];
  return judged(change, most, minus(change, most));
}

export interface JudgedBudgets {
  /** Every bound, in the order of the configuration. */
  readonly budgets: readonly BudgetVerdict[];
  readonly notes: readonly string[];
}

/** A measure, and whether it stands for one that the source has not got. */
type Taken = Measure & { readonly estimated: boolean };

/** What a budget is about, in either image; null where that does not hold it. */
interface Measured {
  readonly head: Taken | null;
  readonly base: Taken | null;
}

function measured(snapshot: Snapshot, estimate: number | null, { metric, scope }: Budget): Taken | null {
  const found = measure(snapshot, metric, scope);
  if (found === null || found.value !== null) return found && { ...found, estimated: false };
  const isWhole = metric === "blob" && scope === null;
  if (!isWhole || estimate === null) return { ...found, estimated: false };
  return { ...found, value: { numerator: BigInt(estimate), denominator: 1n }, estimated: true };
}

/**
 * Where a budget could not be judged, and it was allowed: all such, or only increases over a baseline that is named and
 * not there.
 */
function isAllowed(check: ImageCheck, reason: string | null): boolean {
  if (check.allowUnmeasured === true) return true;
  return reason === "no baseline" && check.baseline !== null && check.missingBaseline === "allow";
}

/** Holds an image against its budgets. */
export function judgeBudgets(check: ImageCheck, sides: Sides): JudgedBudgets {
  const seen = new Map<string, number>();
  const budgets: BudgetVerdict[] = [];
  const notes = new Set<string>();
  for (const budget of check.budgets) {
    const { scope } = budget;
    const head = measured(sides.head, sides.estimates?.head ?? null, budget);
    const base = sides.base === null ? null : measured(sides.base, sides.estimates?.base ?? null, budget);
    // A scope that nothing matches is a mistake more often than not.
    if (scope !== null && head?.parts?.length === 0) notes.add(`no ${scope.kind} matches ${scope.glob}`);
    for (const verdict of judgeBudget(check, budget, sides, { head, base })) {
      const count = (seen.get(verdict.id) ?? 0) + 1;
      seen.set(verdict.id, count);
      budgets.push(count === 1 ? verdict : { ...verdict, id: `${verdict.id}#${count}` });
    }
  }
  return { budgets, notes: [...notes] };
}

function judgeBudget(check: ImageCheck, budget: Budget, sides: Sides, { head, base }: Measured): BudgetVerdict[] {
  const { metric, scope, max, min, maxIncrease } = budget;
  const verdict = (bound: Bound, limitText: string, outcome: Outcome): BudgetVerdict => {
    const failed = outcome.status === "failed";
    const isSkipped = outcome.status === "unmeasured" && isAllowed(check, outcome.reason);
    const isEstimate = head?.estimated === true || (bound === "maxIncrease" && base?.estimated === true);
    const contributors = failed ? contributorsOf(budget, bound, sides, { head, base }) : [];
    return {
      id: idOf(budget, bound),
      metric,
      scope,
      bound,
      status: isSkipped ? "skipped" : outcome.status,
      unit: unitOf(metric),
      measured: outcome.measured,
      head: plainNumber(head?.value ?? null),
      base: plainNumber(base?.value ?? null),
      limit: outcome.limit,
      limitText,
      over: outcome.over,
      estimated: isEstimate && outcome.measured !== null,
      reason: outcome.reason,
      remedy: outcome.reason === null ? null : remedyOf(check, budget, outcome.reason),
      contributors,
      next: failed ? nextCommand(check, budget, bound, contributors) : null,
      origin: budget.origin,
    };
  };
  return [
    ...(max === null ? [] : [verdict("max", max.text, judgeAbsolute("max", max.value, head))]),
    ...(min === null ? [] : [verdict("min", min.text, judgeAbsolute("min", min.value, head))]),
    ...(maxIncrease === null
      ? []
      : [verdict("maxIncrease", maxIncrease.text, judgeIncrease(maxIncrease, head, base, sides))]),
  ];
}

/** What grew where the bound is an increase, else what is largest. */
function contributorsOf(
  budget: Budget,
  bound: Bound,
  { head, base, diff }: Sides,
  measured: Measured,
): BudgetVerdict["contributors"] {
  // Too little of something is made of nothing; what lowers efficiency is waste.
  if (bound === "min" && budget.metric !== "efficiency") return [];
  const [before, after] = [measured.base?.parts ?? null, measured.head?.parts ?? null];
  if (bound === "maxIncrease" && base !== null && diff !== null)
    return grownMost({ base, head, diff, before, after }, budget);
  return largestOf(head, budget, after);
}
