import type { BudgetVerdict, CheckResult, ImageVerdict } from "../check/check-result.ts";
import { nameBudget } from "../check/name-budget.ts";
import type { Finding } from "../finding/finding.ts";
import { csvText } from "./csv-text.ts";
import { budgetRule, type Place, placeOfBudget, placeOfFinding } from "./report-rows.ts";

const COLUMNS = [
  "image",
  "kind",
  "rule",
  "status",
  "text",
  "bound",
  "unit",
  "measured",
  "limit",
  "over",
  "base",
  "head",
  "reason",
  "file",
  "line",
  "id",
] as const;

type CsvRow = Readonly<Partial<Record<(typeof COLUMNS)[number], string | number | null>>>;

function place(at: Place | null): CsvRow {
  return at === null ? {} : { file: at.file, line: at.line };
}

function budgetRow(budget: BudgetVerdict, image: ImageVerdict): CsvRow {
  const { status, bound, unit, measured, limit, over, base, head, reason, id } = budget;
  const numbers = { bound, unit, measured, limit, over, base, head, reason, id };
  return {
    kind: "budget",
    rule: budgetRule(budget),
    status,
    text: nameBudget(budget),
    ...numbers,
    ...place(placeOfBudget(budget, image)),
  };
}

function findingRow(finding: Finding, image: ImageVerdict): CsvRow {
  const { id, rule, title: text, bytes } = finding;
  return {
    kind: "finding",
    rule,
    text,
    unit: "bytes",
    measured: bytes.content,
    id,
    ...place(placeOfFinding({ finding }, image)),
  };
}

function imageRows(image: ImageVerdict): CsvRow[] {
  return [
    ...image.budgets.map((budget) => budgetRow(budget, image)),
    ...image.findings.map(({ finding, fails }) => ({
      ...findingRow(finding, image),
      status: fails ? "failed" : "warned",
    })),
    ...image.ignored.map(({ finding, reason }) => ({ ...findingRow(finding, image), status: "ignored", reason })),
  ].map((row) => ({ image: image.name, ...row }));
}

/** CSV by RFC 4180: a row for each bound of a budget and each finding, numbers as they are, text guarded from being a formula. */
export function formatCsv({ images }: CheckResult): string {
  return csvText(COLUMNS, images.flatMap(imageRows));
}
