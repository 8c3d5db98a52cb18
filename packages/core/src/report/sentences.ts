import type { BudgetVerdict, CheckResult, Contributor, FindingVerdict, ImageVerdict } from "../check/check-result.ts";
import { hasFailed } from "../check/evaluate.ts";
import { nameBudget } from "../check/name-budget.ts";
import { formatAmount, formatChange, formatDifference, formatPair, plural } from "./amounts.ts";

/*
 * What reports say, as plain text of one line. It holds names from images and configurations as they are: each format
 * escapes it in its own way.
 */

/** `max 120 MB`. */
export function nameLimit({ bound, limitText }: BudgetVerdict): string {
  return `${bound} ${limitText}`;
}

/** How far beyond its limit a failing budget is: `8.00 MB more than max 120 MB`. */
export function tellExcess(budget: BudgetVerdict): string {
  const than = budget.bound === "min" ? "less" : "more";
  return `${formatDifference(budget.over ?? 0, budget.unit)} ${than} than ${nameLimit(budget)}`;
}

/** What was measured: `128 MB`, or of an increase `128 MB, +8.00 MB (+6.7 %)`. */
export function tellMeasure({ bound, measured, head, base, unit, limit }: BudgetVerdict): string {
  if (measured === null) return "unknown";
  if (bound !== "maxIncrease" || base === null || head === null)
    return limit === null ? formatAmount(measured, unit) : formatPair(measured, limit, unit)[0];
  return `${formatAmount(head, unit)}, ${formatChange(base, head, unit)}`;
}

const REASONS: Readonly<Record<string, string>> = {
  "no baseline": "there is no baseline",
  "not in the baseline": "the baseline left out what it is about",
};

/** Why a budget was not judged, as it follows "because". */
export function tellReason({ reason, metric }: BudgetVerdict): string {
  if (reason !== null && reason in REASONS) return REASONS[reason] as string;
  return metric === "blob"
    ? "the source has no compressed layers to measure"
    : `${metric} is not known of both the image and its baseline`;
}

/** A budget's verdict as a sentence. */
export function tellBudget(budget: BudgetVerdict): string {
  const name = nameBudget(budget);
  if (budget.status === "skipped") return `${name}: ${nameLimit(budget)} was skipped, ${tellReason(budget)}`;
  if (budget.status === "unmeasured") return `NOT CHECKED: ${name} ${nameLimit(budget)}, because ${tellReason(budget)}`;
  const measure = `${name} is ${budget.estimated ? "about " : ""}${tellMeasure(budget)}${budget.estimated ? " (estimated)" : ""}`;
  return budget.status === "failed" ? `${measure}: ${tellExcess(budget)}` : `${measure}, within ${nameLimit(budget)}`;
}

/** Efficiency is a ratio, but what it suffers from are bytes. */
export function contributorUnit({ unit }: BudgetVerdict): BudgetVerdict["unit"] {
  return unit === "ratio" ? "bytes" : unit;
}

/** `package apk/gcc 90.0 MB`. */
export function tellContributor({ kind, key, amount }: Contributor, budget: BudgetVerdict): string {
  return `${kind} ${key} ${formatAmount(amount, contributorUnit(budget))}`;
}

/** What to do about a baseline that is not there. */
export const BASELINE_REMEDY =
  "make it with imgweigh baseline, or let missingBaseline: allow (--missing-baseline allow) pass the first run of a branch";

/** A baseline that is not there, as a sentence. */
export function tellMissingBaseline(baseline: string): string {
  return `NOT CHECKED: any change, because the baseline ${baseline} is not there`;
}

/** What else is to be said of a failing budget, a line each: what it is made of, and what to do next. */
export function tellMore(budget: BudgetVerdict): readonly string[] {
  const parts = budget.contributors.map((contributor) => tellContributor(contributor, budget));
  return [
    ...(parts.length > 0 ? [`Most of it: ${parts.join(", ")}`] : []),
    ...(budget.status === "unmeasured" && budget.remedy !== null ? [`Do: ${budget.remedy}`] : []),
    ...(budget.next === null ? [] : [`Next: ${budget.next}`]),
  ];
}

/** What a finding's fix saves: `2.21 MB`, `about 2.21 MB`; null where it is not about bytes. */
export function tellSaving({ finding: { bytes, exact } }: Pick<FindingVerdict, "finding">): string | null {
  if (bytes.content === 0) return null;
  return `${exact.content ? "" : "about "}${formatAmount(bytes.content, "bytes")}`;
}

/** A finding as a sentence. */
export function tellFinding(verdict: Pick<FindingVerdict, "finding">): string {
  const saving = tellSaving(verdict);
  return saving === null ? verdict.finding.title : `${verdict.finding.title} (saves ${saving})`;
}

/** How a check of an image ended: `2 of 5 budgets failed, 1 finding to fix`; `passed` with what there is to know. */
export function tellVerdict({ budgets, findings, missingBaseline = null }: ImageVerdict): string {
  const failed = budgets.filter(({ status }) => status === "failed").length;
  const skipped = budgets.filter(({ status }) => status === "skipped").length;
  const unmeasured = budgets.filter(({ status }) => status === "unmeasured").length;
  const failing = findings.filter(({ fails }) => fails).length;
  const parts = [
    ...(failed > 0 ? [`${failed} of ${plural(budgets.length, "budget")} failed`] : []),
    ...(failing > 0 ? [`${plural(failing, "finding")} to fix`] : []),
  ];
  if (unmeasured > 0) parts.push(`${unmeasured} of ${plural(budgets.length, "budget")} NOT CHECKED`);
  if (missingBaseline !== null) parts.push("baseline missing");
  if (parts.length === 0) parts.push("passed");
  if (skipped > 0) parts.push(`${plural(skipped, "budget")} skipped`);
  if (findings.length > failing) parts.push(plural(findings.length - failing, "warning"));
  return parts.join(", ");
}

/** How a check ended: `passed`, `2 of 3 images failed, 1 unchecked`. */
export function tellCheck({ images, unchecked }: CheckResult): string {
  const open = images.filter((image) => !hasFailed(image));
  const failing = images.length - open.length;
  const unmeasured = open.filter(({ passed }) => !passed).length;
  const parts = [
    ...(failing > 0 ? [`${failing} of ${plural(images.length, "image")} failed`] : []),
    ...(unmeasured > 0 ? [`${plural(unmeasured, "image")} not checked in full`] : []),
    ...(unchecked.length > 0 ? [`${plural(unchecked.length, "image")} unchecked`] : []),
  ];
  return parts.length > 0 ? parts.join(", ") : `${plural(images.length, "image")} passed`;
}
