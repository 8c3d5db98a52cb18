import type { Analysis, Finding } from "@imgweigh/core";
import { escapeText, formatBytes, formatCount } from "@imgweigh/core/report";
import type { Sizes } from "@imgweigh/core/results";
import type { Surface } from "../commands/output-options.ts";
import { bytes, heading, plain, plural } from "./cells.ts";
import { type Column, renderTable } from "./table.ts";

/** The findings of the plan, in its order. */
function planned({ findings, plan }: Analysis): Finding[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  return plan.findings.flatMap((id) => byId.get(id) ?? []);
}

const SIZE_ROWS: readonly {
  readonly name: string;
  readonly key: keyof Sizes;
  readonly exact: "content" | "tar" | "blob";
}[] = [
  { name: "content", key: "contentBytes", exact: "content" },
  { name: "tar", key: "tarBytes", exact: "tar" },
  { name: "blob", key: "blobBytes", exact: "blob" },
];

/** `now → after`, a line for each size that is known. */
function sizes({ plan: { before, after, exact } }: Analysis, surface: Surface): string {
  const columns: Column[] = [
    { title: "" },
    { title: "now", align: "right" },
    { title: "after", align: "right" },
    { title: "saved", align: "right" },
    { title: "", align: "right" },
    { title: "" },
  ];
  const rows = SIZE_ROWS.flatMap(({ name, key, exact: which }) => {
    const [from, to] = [before[key], after[key]];
    if (from === null || to === null) return [];
    return [
      [
        plain(name),
        bytes(from),
        bytes(to),
        { text: formatBytes(from - to), paint: surface.style.good },
        { text: `${formatCount(from - to)} B`, paint: surface.style.dim },
        { text: exact[which] ? "to the byte" : "about", paint: surface.style.dim },
      ],
    ];
  });
  return renderTable(columns, rows, surface);
}

function saving({ bytes: saved, exact }: Finding): string {
  return `${exact.content ? "" : "about "}${formatBytes(saved.content)}`;
}

function where({ line, layers, inBase }: Finding): string {
  const at = line !== null ? [`line ${line}`] : layers.length > 0 ? [`layer ${layers.join(", ")}`] : [];
  return [...at, ...(inBase ? ["base image"] : [])].join(", ");
}

/** Text of several lines, escaped line by line. */
function block(text: string, indent: string, paint: (line: string) => string): string {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `${indent}${paint(escapeText(line))}\n`)
    .join("");
}

const SHOWN_FILES = 3;

/** The first files of a finding that has more than its title says. */
function files({ paths, title }: Finding): string {
  const [first] = paths;
  if (first === undefined || (paths.length === 1 && title.includes(first.slice(1)))) return "";
  const rest = paths.length - SHOWN_FILES;
  const shown = paths.slice(0, SHOWN_FILES).map(escapeText).join(", ");
  return `     ${shown}${rest > 0 ? ` and ${formatCount(rest)} more` : ""}\n`;
}

function finding(one: Finding, number: string, { style }: Surface): string {
  const saved = one.bytes.content === 0 ? "" : `  ${style.good(`-${saving(one)}`)}`;
  const head = `${number} ${style.bold(escapeText(one.title))}${saved}  ${style.dim([one.rule, where(one)].filter((part) => part !== "").join(", "))}\n`;
  const change =
    one.fix.change === null
      ? ""
      : block(one.fix.change.before, "     - ", style.waste) + block(one.fix.change.after, "     + ", style.good);
  const assumes = [...one.assumptions, ...one.fix.assumes]
    .map((text) => `     ${style.dim(`if: ${escapeText(text)}`)}\n`)
    .join("");
  const take = one.assumptions.length > 0 && one.fix.change !== null ? `     take it: --assume ${one.id}\n` : "";
  return `\n${head}${files(one)}${block(one.fix.text, "     ", (line) => line)}${change}${assumes}${take}`;
}

/** Less than this by itself is for programs to count. */
const LEAST_BYTES = 1000;

function isWorthReading({ bytes: { content }, severity }: Finding): boolean {
  return content >= LEAST_BYTES || (content === 0 && severity !== "info");
}

/** How the given Dockerfile differs from the image's. */
export function mismatches({ warnings }: Analysis): string[] {
  return warnings.flatMap(({ code, message }) => (code === "dockerfile-mismatch" ? [message] : []));
}

/** Everything there is to do about an image: the plan in full, then what it leaves to people. `top` findings each. */
export function renderSuggestions(analysis: Analysis, top: number, surface: Surface): string {
  const chosen = planned(analysis);
  const ids = new Set(analysis.plan.findings);
  const others = analysis.findings.filter((one) => !ids.has(one.id) && isWorthReading(one));
  const parts: string[] = mismatches(analysis).map((message) => `${surface.style.waste(escapeText(message))}\n\n`);
  if (analysis.findings.length === 0) {
    return `${parts.join("")}Nothing to suggest: no rule found waste in this image.\n`;
  }
  if (chosen.length > 0) {
    parts.push(
      surface.style.bold(
        chosen.length === 1 ? "Plan: 1 change\n" : `Plan: ${chosen.length} changes that go together\n`,
      ),
      sizes(analysis, surface),
    );
    for (const [i, one] of chosen.slice(0, top).entries()) parts.push(finding(one, `${i + 1}.`.padStart(4), surface));
    if (chosen.length > top)
      parts.push(`\n  … and ${plural(chosen.length - top, "smaller change")} (--top ${chosen.length})\n`);
  } else {
    parts.push(
      others.some(({ fix }) => fix.change !== null)
        ? "No edit goes into a plan by itself here; those below can be asked for: --only RULE, --assume ID.\n"
        : "No edit of the build is known to help here; what was found needs a person.\n",
    );
  }
  if (others.length > 0 && top > 0) {
    parts.push(heading("Also found, each by itself (not to be added up)", surface));
    for (const one of others.slice(0, top)) parts.push(finding(one, "   *", surface));
    if (others.length > top)
      parts.push(`\n  … and ${formatCount(others.length - top)} more (--top ${others.length})\n`);
  }
  return parts.join("");
}

/** The top of the plan, as the end of a longer report. */
export function planSummary(analysis: Analysis, top: number, surface: Surface): string {
  if (analysis.findings.length === 0 || top === 0) return "";
  const chosen = planned(analysis);
  const { before, after, exact } = analysis.plan;
  const title =
    chosen.length === 0
      ? `Findings: ${formatCount(analysis.findings.length)}, none that an edit of the build is known to fix`
      : `Plan: ${formatBytes(before.contentBytes)} → ${formatBytes(after.contentBytes)}, ${exact.content ? "to the byte" : "about"}, with ${plural(chosen.length, "change")}`;
  const columns: Column[] = [
    { title: "alone", align: "right" },
    { title: "rule" },
    { title: "where" },
    { title: "what", shrink: "end" },
  ];
  const shown = chosen.length > 0 ? chosen : analysis.findings;
  const rows = shown
    .slice(0, top)
    .map((one) => [
      { text: saving(one), paint: surface.style.good },
      plain(one.rule),
      plain(where(one)),
      plain(one.title),
    ]);
  const canFix = analysis.plan.patch !== null;
  const next = `  ${surface.style.dim(`imgweigh suggest shows how${canFix ? ", imgweigh fix edits the Dockerfile" : ""}`)}\n`;
  return heading(title, surface) + renderTable(columns, rows, surface) + next;
}
