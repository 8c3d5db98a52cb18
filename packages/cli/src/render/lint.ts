import type { LintResult } from "@imgweigh/core";
import type { LintedFile, LintFinding } from "@imgweigh/core/lint";
import { escapeText, formatBytes, formatCount, tellLint } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { wrapText } from "./wrap-text.ts";

const INDENT = 8;

function findingText(
  { line, level, fails, rule, title, bytes, paths, fix }: LintFinding,
  { style, width }: Surface,
): string {
  const mark = fails ? style.error("failed") : style.waste(level);
  const size = bytes.content === null ? "-" : formatBytes(bytes.content);
  const head = `  ${style.bold(`line ${line}`)}  ${mark}  ${size}  ${style.dim(rule)}\n`;
  const room = Math.max(20, width - INDENT);
  const body = wrapText(escapeText(title), room, INDENT);
  const named =
    paths.length === 0 || title.includes(paths[0] ?? "")
      ? ""
      : wrapText(escapeText(`largest: ${paths.slice(0, 3).join(", ")}`), room, INDENT);
  const edit = fix.isEdit ? " (imgweigh fix --dockerfile makes this edit)" : "";
  return head + body + named + wrapText(escapeText(`${fix.text}${edit}`), room, INDENT, style.dim);
}

function fileText(file: LintedFile, surface: Surface): string {
  const { style, width } = surface;
  const { dockerfile, target, context, findings, ignored, notes } = file;
  const verdict =
    findings.length === 0 ? style.good(tellLint(file)) : file.passed ? tellLint(file) : style.error(tellLint(file));
  const stage = target === null ? "" : `  stage ${target}`;
  const sent =
    context === null
      ? ""
      : `  ${style.dim(`context ${escapeText(context.directory)}: ${formatCount(context.files)} files, ${formatBytes(context.contentBytes)}`)}\n`;
  return [
    `${style.bold(escapeText(`${dockerfile}${stage}`))}  ${verdict}\n${sent}`,
    ...findings.map((finding) => `\n${findingText(finding, surface)}`),
    ignored.length === 0 ? "" : `\n  ${formatCount(ignored.length)} ignored, with reasons\n`,
    ...notes.map((note) => wrapText(escapeText(`note: ${note}`), width - 2, 2)),
  ].join("");
}

/** What Dockerfiles show, for people. */
export function renderLint({ files }: LintResult, surface: Surface): string {
  return files.map((file) => fileText(file, surface)).join("\n");
}
