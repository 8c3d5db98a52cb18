import { createHash } from "node:crypto";
import type { Origin } from "../check/check-config.ts";
import type { BudgetVerdict, CheckResult, FindingVerdict, ImageVerdict } from "../check/check-result.ts";
import { BASELINE_REMEDY, tellBudget, tellFinding, tellMissingBaseline, tellMore } from "./sentences.ts";

/** Where in the sources something is to be changed. */
export interface Place {
  /** As it was named: of the sources, relative to where the check ran, as a rule. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export type RowLevel = "error" | "warning" | "note";

/** One thing that a check has against an image: a budget that fails, or a finding. */
export interface ReportRow {
  readonly kind: "budget" | "finding";
  readonly image: string;
  /** The same from version to version: a rule's id, `budget-` and a metric, or `baseline-missing`. */
  readonly rule: string;
  readonly level: RowLevel;
  /** Tells it from all others, and stays the same while sizes and lines change. */
  readonly fingerprint: string;
  /** One line of plain text, unescaped. */
  readonly title: string;
  /** What else there is to say, a line each. */
  readonly more: readonly string[];
  readonly place: Place | null;
  /** The page about it; null for a budget, and for a rule that has none. */
  readonly docsUrl: string | null;
  /** Content bytes that are too many, or that the fix saves; null where it is not about bytes. */
  readonly bytes: number | null;
}

export function budgetRule({ metric }: BudgetVerdict): string {
  return `budget-${metric}`;
}

/** CI servers match paths of a report with those of the sources: forward slashes, no `./`. */
function placeAt(file: string, line: number | null): Place {
  return { file: file.replaceAll("\\", "/").replace(/^(?:\.\/+)+(?=.)/, ""), line: Math.max(line ?? 1, 1) };
}

function placeOfOrigin({ file, line }: Origin): Place | null {
  return file === null ? null : placeAt(file, line);
}

/** A budget's line of the configuration, or its image's; of flags alone, the top of the Dockerfile, if one was given. */
export function placeOfBudget({ origin }: BudgetVerdict, image: ImageVerdict): Place | null {
  const { dockerfile } = image;
  return placeOfOrigin(origin) ?? placeOfOrigin(image.origin) ?? (dockerfile === null ? null : placeAt(dockerfile, 1));
}

/** A finding's line of the Dockerfile, or else where the image's check was asked for. */
export function placeOfFinding(
  { finding }: Pick<FindingVerdict, "finding">,
  { dockerfile, origin }: ImageVerdict,
): Place | null {
  if (dockerfile === null) return placeOfOrigin(origin);
  return placeAt(dockerfile, finding.line);
}

function budgetRow(budget: BudgetVerdict, image: ImageVerdict): Omit<ReportRow, "fingerprint"> & { id: string } {
  return {
    kind: "budget",
    id: budget.id,
    image: image.name,
    rule: budgetRule(budget),
    level: "error",
    title: tellBudget(budget),
    more: tellMore(budget),
    place: placeOfBudget(budget, image),
    docsUrl: null,
    bytes: budget.unit === "bytes" ? budget.over : null,
  };
}

function missingRow(image: ImageVerdict): readonly (Omit<ReportRow, "fingerprint"> & { id: string })[] {
  const { missingBaseline = null } = image;
  if (missingBaseline === null) return [];
  return [
    {
      kind: "budget",
      id: "baseline",
      image: image.name,
      rule: "baseline-missing",
      level: "error",
      title: tellMissingBaseline(missingBaseline),
      more: [`Do: ${BASELINE_REMEDY}`],
      place: placeOfOrigin(image.origin),
      docsUrl: null,
      bytes: null,
    },
  ];
}

function findingRow(verdict: FindingVerdict, image: ImageVerdict): Omit<ReportRow, "fingerprint"> & { id: string } {
  const { finding, fails } = verdict;
  return {
    kind: "finding",
    id: finding.id,
    image: image.name,
    rule: finding.rule,
    level: fails ? "error" : finding.severity === "info" ? "note" : "warning",
    title: tellFinding(verdict),
    more: finding.fix.text.split("\n").filter((line) => line !== ""),
    place: placeOfFinding(verdict, image),
    docsUrl: finding.docsUrl,
    bytes: finding.bytes.content,
  };
}

/** It does not hold, or nobody knows whether it does. */
export function isAgainst({ status }: BudgetVerdict): boolean {
  return status === "failed" || status === "unmeasured";
}

/** What a check has against its images, in its order; what holds, was allowed to be skipped or is ignored is not among it. */
export function reportRows({ images }: CheckResult): readonly ReportRow[] {
  const seen = new Map<string, number>();
  return images
    .flatMap((image) => [
      ...missingRow(image),
      ...image.budgets.filter(isAgainst).map((budget) => budgetRow(budget, image)),
      ...image.findings.map((verdict) => findingRow(verdict, image)),
    ])
    .map(({ id, ...row }) => {
      const key = JSON.stringify([row.image, row.rule, id]);
      const count = seen.get(key) ?? 0;
      seen.set(key, count + 1);
      // The same budget written twice is two rows, and readers drop all but the first of equal fingerprints.
      const hashed = count === 0 ? key : `${key}#${count}`;
      return { ...row, fingerprint: createHash("sha256").update(hashed).digest("hex").slice(0, 32) };
    });
}
