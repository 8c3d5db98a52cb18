import type { CheckResult } from "@imgweigh/core";
import { hasFailed } from "@imgweigh/core/config";
import {
  BASELINE_REMEDY,
  escapeText,
  formatAmount,
  formatDifference,
  formatPair,
  formatSigned,
  nameBudget,
  tellBudget,
  tellMissingBaseline,
  tellSaving,
} from "@imgweigh/core/report";
import type { BudgetVerdict, FindingVerdict, ImageVerdict } from "@imgweigh/core/results";
import type { Surface } from "../commands/output-options.ts";
import { heading, plain, plural } from "./cells.ts";
import { platformText } from "./image-title.ts";
import { type Cell, type Column, renderTable } from "./table.ts";

/** What was measured and its limit: rounded, but to the byte where they would look the same. */
function amounts({ measured, limit, unit }: BudgetVerdict): { readonly measured: string; readonly limit: string } {
  if (measured === null || limit === null)
    return { measured: measured === null ? "?" : formatAmount(measured, unit), limit: "" };
  const [one, other] = formatPair(measured, limit, unit);
  return { measured: one, limit: other === formatAmount(limit, unit) ? "" : ` = ${other}` };
}

function measuredCell(verdict: BudgetVerdict): Cell {
  const sign = verdict.bound === "maxIncrease" && (verdict.measured ?? 0) > 0 ? "+" : "";
  return plain(sign + amounts(verdict).measured);
}

function resultCell(verdict: BudgetVerdict, { style }: Surface): Cell {
  if (verdict.status === "skipped") return { text: `skipped: ${verdict.reason}`, paint: style.dim };
  if (verdict.status === "unmeasured") return { text: "NOT CHECKED", paint: style.error };
  if (verdict.status === "passed")
    return { text: verdict.estimated ? "passed, estimated" : "passed", paint: style.good };
  return { text: `failed by ${formatDifference(verdict.over ?? 0, verdict.unit)}`, paint: style.error };
}

function limitCell(verdict: BudgetVerdict): Cell {
  return plain(`${verdict.bound} ${verdict.limitText}${amounts(verdict).limit}`);
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
    plain(nameBudget(one)),
    measuredCell(one),
    limitCell(one),
    resultCell(one, surface),
  ]);
  return renderTable(columns, rows, surface);
}

/** A budget that failed, what it is made of, and the command that tells more. */
function failure(one: BudgetVerdict, { style }: Surface): string {
  const unit = one.unit === "ratio" ? "bytes" : one.unit;
  const format = one.bound === "maxIncrease" ? formatSigned : formatAmount;
  const parts = one.contributors.map(
    ({ kind, key, amount }) => `    ${format(amount, unit).padStart(10)}  ${kind} ${escapeText(key)}\n`,
  );
  const next = one.next === null ? "" : `    ${style.dim("next:")} ${escapeText(one.next)}\n`;
  return `\n  ${style.error("failed")} ${escapeText(tellBudget(one))}\n${parts.join("")}${next}`;
}

/** What could not be judged, why, and what to do. */
function notChecked(sentence: string, remedy: string | null, { style }: Surface): string {
  const [head, ...rest] = escapeText(sentence).split(":");
  const todo = remedy === null ? "" : `\n    ${style.dim("do:")} ${escapeText(remedy)}`;
  return `\n  ${style.error(head ?? "")}:${rest.join(":")}${todo}\n`;
}

function unmeasuredText({ budgets, missingBaseline }: ImageVerdict, surface: Surface): string {
  const missing =
    missingBaseline === null ? [] : [notChecked(tellMissingBaseline(missingBaseline), BASELINE_REMEDY, surface)];
  const unmeasured = budgets
    // That there is no baseline is said once.
    .filter(({ status, reason }) => status === "unmeasured" && (missingBaseline === null || reason !== "no baseline"))
    .map((one) => notChecked(tellBudget(one), one.remedy, surface));
  return [...missing, ...unmeasured].join("");
}

/** `passed`, `failed`, `NOT CHECKED`, and of budgets how many were not. */
function headline(image: ImageVerdict, { style }: Surface): string {
  const { budgets, passed } = image;
  const unmeasured = budgets.filter(({ status }) => status === "unmeasured").length;
  const skipped = budgets.filter(({ status }) => status === "skipped").length;
  const verdict = passed ? style.good("passed") : hasFailed(image) ? style.error("failed") : style.error("NOT CHECKED");
  const counts = [
    ...(unmeasured > 0 ? [`${unmeasured} of ${plural(budgets.length, "budget")} not checked`] : []),
    ...(skipped > 0 ? [`${skipped} of ${plural(budgets.length, "budget")} skipped`] : []),
  ];
  return counts.length === 0 ? verdict : `${verdict} (${counts.join(", ")})`;
}

function findingRow(verdict: FindingVerdict, { style }: Surface): Cell[] {
  const { finding, level, fails, isNew } = verdict;
  const { rule, line, title } = finding;
  return [
    fails ? { text: "failed", paint: style.error } : { text: level, paint: style.waste },
    plain(isNew === true ? "new" : ""),
    plain(tellSaving(verdict) ?? "-"),
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
  const { name, image: facts, budgets, notes } = image;
  const reference = facts.reference === null || facts.reference === name ? [] : [facts.reference];
  const title = [name, ...reference, platformText(facts.platform)].map((part) => escapeText(part)).join("  ");
  return [
    `${style.bold(title)}  ${headline(image, surface)}\n\n`,
    budgetTable(budgets, surface),
    ...budgets.filter(({ status }) => status === "failed").map((one) => failure(one, surface)),
    unmeasuredText(image, surface),
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
