import { formatBytes, formatCount } from "../bytes.ts";
import { diff as compare } from "../diff/diff-images.ts";
import { asComparable } from "../diff/same-image.ts";
import type { Snapshot } from "../diff/snapshot.ts";
import type { Analysis } from "../finding/analysis.ts";
import { budgetsOf } from "./budget-platforms.ts";
import type { ImageCheck } from "./check-config.ts";
import {
  type BudgetStatus,
  type BudgetVerdict,
  CHECK_VERSION,
  type CheckResult,
  type ImageVerdict,
} from "./check-result.ts";
import { type BlobEstimates, judgeBudgets } from "./judge-budgets.ts";
import { judgeFindings } from "./judge-findings.ts";
import { nameBudget } from "./name-budget.ts";
import { warningNotes } from "./warning-notes.ts";

const HOLDS: ReadonlySet<BudgetStatus> = new Set(["passed", "skipped"]);

/** Limits of a configuration of ours can be rewritten; those of a flag or of dive's cannot. */
function isTightenable(key: string): boolean {
  return key.startsWith("images[") || key.startsWith("defaults.");
}

/** Less than this part of a limit is well under it: enough that builds which differ a little do not get there. */
const WELL_UNDER = 0.8;

/** Budgets that nobody lowers rot: what a limit leaves free grows until it is used. */
function slackNotes(budgets: readonly BudgetVerdict[]): string[] {
  return budgets.flatMap((budget) => {
    const { bound, status, measured, limit, limitText, unit, origin } = budget;
    if (bound !== "max" || status !== "passed" || measured === null || limit === null) return [];
    if (unit === "ratio" || measured >= limit * WELL_UNDER) return [];
    const how = isTightenable(origin.key) ? ": imgweigh check --tighten lowers it" : "";
    return [
      `${nameBudget(budget)} is ${unit === "bytes" ? formatBytes(measured) : formatCount(measured)}, well under its limit of ${limitText}${how}`,
    ];
  });
}

/** An image, and what it is held against. */
export interface EvaluateInput {
  readonly check: ImageCheck;
  readonly analysis: Analysis;
  /** Of the same image as `analysis`. */
  readonly snapshot: Snapshot;
  /** What it is compared with; null where the check names none, or where it is not there. */
  readonly baseline: Snapshot | null;
  /** The day that ignores are held against, `YYYY-MM-DD`. */
  readonly today: string;
  /** Compressed bytes for budgets of blob bytes, where a source has none. */
  readonly estimates?: BlobEstimates | undefined;
}

const NOT_ESTIMATED: BlobEstimates = { head: null, base: null };

/**
 * Holds an image against its budgets and rules. Synchronous and pure.
 *
 * @throws {ImgweighError} NOT_COMPARABLE where the baseline is of another platform
 */
export function evaluate(input: EvaluateInput): ImageVerdict {
  const { check, analysis, snapshot, baseline, today, estimates = NOT_ESTIMATED } = input;
  const base = baseline === null ? null : asComparable(baseline, snapshot);
  const diff = base === null ? null : compare(base, snapshot);
  const missingBaseline = base === null && check.missingBaseline !== "allow" ? check.baseline : null;
  const own = { ...check, budgets: budgetsOf(check.budgets, snapshot.image.platform) };
  const { budgets, notes } = judgeBudgets(own, { head: snapshot, base, diff, estimates });
  const { findings, ignored, notes: ofFindings } = judgeFindings(check, analysis.findings, base, today);
  return {
    name: check.name,
    passed:
      missingBaseline === null &&
      budgets.every(({ status }) => HOLDS.has(status)) &&
      !findings.some(({ fails }) => fails),
    image: snapshot.image,
    sizes: snapshot.sizes,
    wastedBytes: snapshot.waste.bytes,
    efficiency: snapshot.efficiency,
    diff,
    missingBaseline,
    budgets,
    findings,
    ignored,
    planBytes: analysis.plan.before.contentBytes - analysis.plan.after.contentBytes,
    dockerfile: check.dockerfile,
    origin: check.origin,
    notes: [...warningNotes(analysis.warnings), ...ofFindings, ...notes, ...slackNotes(budgets)],
  };
}

/** Something of an image was judged, and does not hold: otherwise an image that has not passed was not judged in full. */
export function hasFailed({ budgets, findings }: ImageVerdict): boolean {
  return budgets.some(({ status }) => status === "failed") || findings.some(({ fails }) => fails);
}

/**
 * The verdict over several images.
 *
 * @param notes of the whole: what was made of the configuration, why images are unchecked
 * @param unchecked names of images of the configuration that could not be analysed: with any, the check has not passed
 */
export function summarizeCheck(
  images: readonly ImageVerdict[],
  notes: readonly string[],
  unchecked: readonly string[] = [],
): CheckResult {
  return {
    schemaVersion: CHECK_VERSION,
    passed: unchecked.length === 0 && images.every(({ passed }) => passed),
    images,
    unchecked,
    notes,
  };
}
