import {
  type BudgetVerdict,
  type CheckResult,
  escapeText,
  type FindingVerdict,
  formatBytes,
  formatCount,
  type ImageVerdict,
} from "@imgweigh/core";
import type { Surface } from "../commands/output-options.ts";
import { heading, plain, plural } from "./cells.ts";
import { platformText } from "./image-title.ts";
import { type Cell, type Column, renderTable } from "./table.ts";

type Unit = BudgetVerdict["unit"];

function amount(value: number, unit: Unit): string {
  if (unit === "bytes") return formatBytes(value);
  return unit === "count" ? formatCount(value) : `${(100 * value).toFixed(2)} %`;
}

/** A difference of two amounts; of ratios, in points of their percentages. */
function excess({ over, unit }: BudgetVerdict): string {
  return unit === "ratio" ? `${(100 * (over ?? 0)).toFixed(2)} points` : amount(over ?? 0, unit);
}

function exactAmount(value: number, unit: Unit): string {
  if (unit === "bytes") return `${formatCount(value)} B`;
  return unit === "count" ? formatCount(value) : `${100 * value} %`;
}

/** Whether a number that is beyond its limit looks the same when both are rounded. */
function looksEqual({ status, measured, limit, unit }: BudgetVerdict): boolean {
  return (
    status === "failed" &&
    measured !== null &&
    limit !== null &&
    measured !== limit &&
    amount(measured, unit) === amount(limit, unit)
  );
}

/** Rounded, unless the limit would look the same: then to the byte. */
function measuredText(verdict: BudgetVerdict): string {
  const { measured, unit, bound } = verdict;
  if (measured === null) return "?";
  const text = looksEqual(verdict) ? exactAmount(measured, unit) : amount(measured, unit);
  return bound === "maxIncrease" && measured > 0 ? `+${text}` : text;
}

function budgetName({ metric, scope }: BudgetVerdict): string {
  return scope === null ? metric : `${metric} of ${scope.kind} ${scope.glob}`;
}

function resultCell(verdict: BudgetVerdict, { style }: Surface): Cell {
  if (verdict.status === "skipped") return { text: `skipped: ${verdict.reason}`, paint: style.dim };
  if (verdict.status === "passed") return { text: "passed", paint: style.good };
  return { text: `failed by ${excess(verdict)}`, paint: style.error };
}

function limitCell(verdict: BudgetVerdict): Cell {
  const { bound, limit, limitText, unit } = verdict;
  return plain(`${bound} ${limitText}${limit !== null && looksEqual(verdict) ? ` = ${exactAmount(limit, unit)}` : ""}`);
}

function budgetTable(budgets: readonly BudgetVerdict[], surface: Surface): string {
  if (budgets.length === 0) return "";
  const columns: Column[] = [
    { title: "budget", shrink: "end" },
    { title: "measured", align: "right" },
    { title: "limit", shrink: "end" },
    { title: "result" },
  ];
  const rows = budgets.map((one) => [
    plain(budgetName(one)),
    plain(measuredText(one)),
    limitCell(one),
    resultCell(one, surface),
  ]);
  return renderTable(columns, rows, surface);
}

/** What a budget that failed is made of, and the command that tells more. */
function failure(one: BudgetVerdict, { style }: Surface): string {
  const than = one.bound === "min" ? "less" : "more";
  const by = `${excess(one)} ${than} than ${one.bound} ${one.limitText}`;
  const unit = one.unit === "ratio" ? "bytes" : one.unit;
  const sign = one.bound === "maxIncrease" ? "+" : "";
  const parts = one.contributors.map(
    ({ kind, key, amount: own }) => `    ${`${sign}${amount(own, unit)}`.padStart(10)}  ${kind} ${escapeText(key)}\n`,
  );
  const next = one.next === null ? "" : `    ${style.dim("next:")} ${escapeText(one.next)}\n`;
  return `\n  ${style.error("failed")} ${escapeText(budgetName(one))}: ${escapeText(by)}\n${parts.join("")}${next}`;
}

function findingRow({ finding, level, fails, isNew }: FindingVerdict, { style }: Surface): Cell[] {
  const { bytes, exact, rule, line, title } = finding;
  const saving = bytes.content === 0 ? "-" : `${exact.content ? "" : "about "}${formatBytes(bytes.content)}`;
  return [
    fails ? { text: "failed", paint: style.error } : { text: level, paint: style.waste },
    plain(isNew === true ? "new" : ""),
    plain(saving),
    plain(rule),
    plain(line === null ? "" : `line ${line}`),
    plain(title),
  ];
}

function findingTable({ findings, ignored }: ImageVerdict, top: number, surface: Surface): string {
  const kept = ignored.length === 0 ? "" : `  ${plural(ignored.length, "finding")} ignored, with reasons\n`;
  if (findings.length === 0) return kept;
  const columns: Column[] = [
    { title: "" },
    { title: "" },
    { title: "saves alone", align: "right" },
    { title: "rule" },
    { title: "where" },
    { title: "what", shrink: "end" },
  ];
  // Those that fail are never cut off.
  const ordered = [...findings.filter(({ fails }) => fails), ...findings.filter(({ fails }) => !fails)];
  const shown = ordered.slice(0, Math.max(top, ordered.filter(({ fails }) => fails).length));
  const left = findings.length - shown.length;
  const more = left === 0 ? "" : `  … and ${plural(left, "finding")} more (--top ${findings.length})\n`;
  const rows = shown.map((one) => findingRow(one, surface));
  const table = rows.length === 0 ? "" : renderTable(columns, rows, surface);
  return heading(`Findings: ${findings.length}`, surface) + table + more + kept;
}

function imageReport(image: ImageVerdict, top: number, surface: Surface): string {
  const { style } = surface;
  const { name, passed, image: facts, budgets, notes } = image;
  const verdict = passed ? style.good("passed") : style.error("failed");
  const reference = facts.reference === null || facts.reference === name ? [] : [facts.reference];
  const title = [name, ...reference, platformText(facts.platform)].map((part) => escapeText(part)).join("  ");
  return [
    `${style.bold(title)}  ${verdict}\n\n`,
    budgetTable(budgets, surface),
    ...budgets.filter(({ status }) => status === "failed").map((one) => failure(one, surface)),
    findingTable(image, top, surface),
    notesText(notes, surface),
  ].join("");
}

function notesText(notes: readonly string[], surface: Surface): string {
  if (notes.length === 0) return "";
  return heading("Notes", surface) + notes.map((note) => `  ${escapeText(note)}\n`).join("");
}

/** The verdict over all images, for people. `top` findings of each. */
export function renderCheck({ images, notes }: CheckResult, top: number, surface: Surface): string {
  return [...images.map((image) => imageReport(image, top, surface)), notesText(notes, surface).trimStart()]
    .filter((part) => part !== "")
    .join("\n");
}
