import type { RuleDescription } from "@imgweigh/core/extend";
import type { Surface } from "../commands/output-options.ts";
import { plain } from "./cells.ts";
import { type Column, renderTable } from "./table.ts";

/** How grave what a rule finds is; whether a check fails by it is a level of its own, which is called error. */
const WEIGHTS: Readonly<Record<RuleDescription["severity"], string>> = { error: "high", warn: "medium", info: "low" };

export function renderRules(rules: readonly RuleDescription[], surface: Surface): string {
  const columns: Column[] = [
    { title: "rule" },
    { title: "weight" },
    { title: "confidence" },
    { title: "finds", shrink: "end" },
  ];
  return renderTable(
    columns,
    rules.map(({ id, severity, confidence, title }) => [
      { text: id, paint: surface.style.bold },
      plain(WEIGHTS[severity]),
      plain(confidence),
      plain(title),
    ]),
    surface,
  );
}

/** Words on lines of at most `width` cells. */
function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

export function renderRule(rule: RuleDescription, { style, width }: Surface): string {
  const facts = [
    ["weight", WEIGHTS[rule.severity]],
    ["confidence", rule.confidence],
    ...(rule.paths.length === 0 ? [] : [["looks at", rule.paths.join("  ")]]),
    ...(rule.related.length === 0 ? [] : [["related", rule.related.join(", ")]]),
    ...(rule.docsUrl === null ? [] : [["page", rule.docsUrl]]),
  ];
  const lines = facts.map(([name = "", value = ""]) => `  ${style.dim(name.padEnd(10))}  ${value}\n`);
  return `${style.bold(rule.id)}: ${rule.title}\n\n${wrap(rule.about, Math.min(width, 100))}\n\n${lines.join("")}`;
}
