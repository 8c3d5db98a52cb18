import { CHECK_VERSION, type CheckResult } from "../check/check-result.ts";
import { warningNotes } from "../check/warning-notes.ts";
import type { Analysis } from "../finding/analysis.ts";

/** What a report says of an image beside its analysis. */
export interface AnalysisReportOptions {
  /** What reports call the image [its reference]. */
  readonly name?: string | undefined;
  /** The Dockerfile that it was analysed with, as it was named. */
  readonly dockerfile?: string | undefined;
}

/**
 * An analysis as a check without any budget or rule, which it passes: what was found in it as every report can show it.
 */
export function resultOfAnalysis(analysis: Analysis, options: AnalysisReportOptions = {}): CheckResult {
  const { image, sizes, waste, efficiency, findings, plan } = analysis;
  return {
    schemaVersion: CHECK_VERSION,
    passed: true,
    images: [
      {
        name: options.name ?? image.reference ?? "image",
        passed: true,
        image,
        sizes,
        wastedBytes: waste.bytes,
        efficiency,
        diff: null,
        missingBaseline: null,
        budgets: [],
        findings: findings.map((finding) => ({ finding, level: "warn", fails: false, isNew: null })),
        ignored: [],
        planBytes: plan.before.contentBytes - plan.after.contentBytes,
        dockerfile: options.dockerfile ?? null,
        origin: { file: null, line: null, key: "analyze" },
        notes: warningNotes(analysis.warnings),
      },
    ],
    unchecked: [],
    notes: [],
  };
}
