import type { Diff } from "../diff/diff.ts";
import type { Snapshot } from "../diff/snapshot.ts";
import type { Finding } from "../finding/finding.ts";
import type { LedgerSummary } from "../ledger/analysis.ts";
import type { Level, Metric, Origin, Scope } from "./check-config.ts";

/** The version of {@link CheckResult}, as its schema has it. */
export const CHECK_VERSION = 1;

/** Which bound of a budget is held against what was measured. */
export type Bound = "max" | "min" | "maxIncrease";
/** `unmeasured`: it could not be judged, and so the check has not passed; `skipped`: the same, and it was allowed. */
export type BudgetStatus = "passed" | "failed" | "unmeasured" | "skipped";

/** What a failing number is made of, the largest first. */
export interface Contributor {
  /** A path, a package, an instruction: what `kind` says. */
  readonly kind: "path" | "package" | "category" | "instruction";
  readonly key: string;
  /** Of the metric, of `efficiency` wasted bytes; head minus base where the bound is an increase. */
  readonly amount: number;
}

/** One bound of one budget, held against one image. */
export interface BudgetVerdict {
  /** The same from run to run whatever the numbers: metric, scope and bound. */
  readonly id: string;
  readonly metric: Metric;
  readonly scope: Scope | null;
  readonly bound: Bound;
  readonly status: BudgetStatus;
  readonly unit: "bytes" | "count" | "ratio";
  /** What was measured: of head, or the increase; null where the source does not know it. */
  readonly measured: number | null;
  /** Of the image and of its baseline, whatever the bound. */
  readonly head: number | null;
  readonly base: number | null;
  /**
   * In units of the metric. An increase is held against the larger of its bounds, a relative one taken of the baseline:
   * null where that is not known.
   */
  readonly limit: number | null;
  /** The limit as it was written. */
  readonly limitText: string;
  /** How far beyond the limit, in units of the metric; 0 where it holds, null where it was not judged. */
  readonly over: number | null;
  /** `measured` is what compressing the layers came to, not what a registry has; see `--estimate-blob`. */
  readonly estimated: boolean;
  /** Why it was not judged: `no baseline`, `not available`, `not in the baseline`, `no such platform`; null where it was. */
  readonly reason: string | null;
  /** What to do so that it can be judged; null where it was. */
  readonly remedy: string | null;
  /** Three at most; empty unless it failed. */
  readonly contributors: readonly Contributor[];
  /** The command that tells more; null unless it failed. */
  readonly next: string | null;
  readonly origin: Origin;
}

/** A finding, and what the check makes of it. */
export interface FindingVerdict {
  readonly finding: Finding;
  readonly level: Exclude<Level, "off">;
  /** The check fails by it, as `failOn` has it. */
  readonly fails: boolean;
  /** Not in the baseline; null without one. */
  readonly isNew: boolean | null;
}

/** A finding that the configuration accepts, and why. */
export interface IgnoredFinding {
  readonly finding: Finding;
  readonly reason: string;
  readonly until: string | null;
}

/** What a check says of one image. */
export interface ImageVerdict {
  readonly name: string;
  /** Every budget holds or was allowed not to be judged, no finding fails, and no baseline is missing. */
  readonly passed: boolean;
  readonly image: Snapshot["image"];
  readonly sizes: LedgerSummary["sizes"];
  readonly wastedBytes: number;
  readonly efficiency: number;
  /** What it was compared with; null without a baseline. */
  readonly diff: Diff | null;
  /** The baseline that was named, is not there and has to be: the check has not passed. Null otherwise. */
  readonly missingBaseline: string | null;
  readonly budgets: readonly BudgetVerdict[];
  /** Those at `error` fail the check, by `failOn`. Largest saving first. */
  readonly findings: readonly FindingVerdict[];
  readonly ignored: readonly IgnoredFinding[];
  /** What the plan would save, content bytes. */
  readonly planBytes: number;
  /** The Dockerfile as it was named, for places in reports; null without one. */
  readonly dockerfile: string | null;
  /** Where the image's check was asked for: the place of findings without a Dockerfile. */
  readonly origin: Origin;
  /** What is odd about the image, expired ignores, budgets well under their limit, ignores that matched nothing. */
  readonly notes: readonly string[];
}

/** The verdict over all images of a check: what every report is made of. Plain JSON data in deterministic order. */
export interface CheckResult {
  readonly schemaVersion: typeof CHECK_VERSION;
  readonly passed: boolean;
  readonly images: readonly ImageVerdict[];
  /** Names of images that could not be analysed: the notes say why, and the check has not passed. */
  readonly unchecked: readonly string[];
  readonly notes: readonly string[];
}
