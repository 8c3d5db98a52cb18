import type { CheckResult } from "../check/check-result.ts";
import type { Diff } from "../diff/diff.ts";
import type { Rule } from "../finding/rule.ts";
import { formatCsv } from "./csv.ts";
import { diffMarkdown } from "./diff-markdown.ts";
import { formatGithub } from "./github.ts";
import { formatGitlab } from "./gitlab.ts";
import { formatJson } from "./json.ts";
import { formatJunit } from "./junit.ts";
import { formatMarkdown } from "./markdown.ts";
import { COMMENT_BYTES, SUMMARY_BYTES } from "./markdown-document.ts";
import { formatSarif } from "./sarif.ts";
import { formatShields } from "./shields.ts";

export type ReportFormat =
  | "json"
  | "markdown"
  | "summary"
  | "github"
  | "sarif"
  | "junit"
  | "gitlab"
  | "csv"
  | "shields";

export interface ReportOptions {
  /** Bound of `markdown` and `summary`, bytes of UTF-8; unset: what GitHub takes as a comment, and as a step's summary. */
  readonly maxBytes?: number | undefined;
  /** Rules that the check looked for, for reports that say what each is about; all that are known where absent. */
  readonly rules?: readonly Rule[] | undefined;
}

export interface Report {
  readonly name: ReportFormat;
  /** What it is for, as a short noun phrase. */
  readonly about: string;
  readonly format: (result: CheckResult, options: ReportOptions) => string;
}

/** Every report of a check. */
export const REPORTS: readonly Report[] = [
  { name: "json", about: "all of it, for programs", format: (result) => formatJson(result) },
  {
    name: "markdown",
    about: "a comment on a pull request",
    format: (result, { maxBytes = COMMENT_BYTES }) => formatMarkdown(result, maxBytes),
  },
  {
    name: "summary",
    about: "a step's summary of GitHub Actions",
    format: (result, { maxBytes = SUMMARY_BYTES }) => formatMarkdown(result, maxBytes),
  },
  { name: "github", about: "annotations of GitHub Actions", format: formatGithub },
  {
    name: "sarif",
    about: "SARIF 2.1.0, for code scanning and editors",
    format: (result, { rules }) => formatSarif(result, rules),
  },
  { name: "junit", about: "JUnit XML, for the test reports of CI servers", format: formatJunit },
  { name: "gitlab", about: "a Code Quality report of GitLab", format: formatGitlab },
  { name: "csv", about: "a row a budget and finding, for spreadsheets", format: formatCsv },
  { name: "shields", about: "a badge's JSON for shields.io", format: formatShields },
];

/**
 * A check's result as a report: text without colour, the same for the same result. Names from images and
 * configurations are escaped as the format wants it.
 *
 * @throws {TypeError} where there is no such report
 */
export function formatReport(result: CheckResult, format: ReportFormat, options: ReportOptions = {}): string {
  const report = REPORTS.find(({ name }) => name === format);
  if (report === undefined) throw new TypeError(`there is no report ${JSON.stringify(format)}`);
  return report.format(result, options);
}

export type DiffFormat = "json" | "markdown";

/** A diff as JSON, or as Markdown for a comment. */
export function formatDiff(diff: Diff, format: DiffFormat, { maxBytes }: ReportOptions = {}): string {
  return format === "json" ? formatJson(diff) : diffMarkdown(diff, maxBytes);
}
