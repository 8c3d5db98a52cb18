import type { BudgetVerdict, CheckResult, ImageVerdict } from "../check/check-result.ts";
import { nameBudget } from "../check/name-budget.ts";
import { escapeText } from "../escape.ts";
import type { Finding } from "../finding/finding.ts";
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

// A spreadsheet takes a cell that begins so (full-width forms too, after blanks as well) for a formula; an apostrophe
// makes it text. https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** RFC 4180, 2.5 to 2.7. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = escapeText(value);
  const guarded = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\n\r]|^\s|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** One row, with every cell guarded. */
export function csvRow(values: readonly (string | number | null)[]): string {
  return `${values.map(cell).join(",")}\r\n`;
}

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
  const rows = images.flatMap(imageRows).map((row) => COLUMNS.map((column) => cell(row[column])).join(","));
  return [COLUMNS.join(","), ...rows].map((line) => `${line}\r\n`).join("");
}
