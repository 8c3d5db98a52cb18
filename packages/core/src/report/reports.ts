import type { CheckResult } from "../check/check-result.ts";
import type { Diff } from "../diff/diff.ts";
import type { Analysis } from "../finding/analysis.ts";
import type { Rule } from "../finding/rule.ts";
import { analysisDocument } from "./analysis-document.ts";
import { type AnalysisReportOptions, resultOfAnalysis } from "./analysis-result.ts";
import { formatCsv } from "./csv.ts";
import { diffDocument } from "./diff-document.ts";
import type { Document } from "./document.ts";
import { documentCsv } from "./document-csv.ts";
import { documentMarkdown } from "./document-markdown.ts";
import { formatGithub } from "./github.ts";
import { formatGitlab } from "./gitlab.ts";
import { formatJson } from "./json.ts";
import { formatJunit } from "./junit.ts";
import { formatMarkdown } from "./markdown.ts";
import { COMMENT_BYTES, SUMMARY_BYTES } from "./markdown-document.ts";
import { formatSarif } from "./sarif.ts";
import { formatShields } from "./shields.ts";

/** The name of a {@link Report}. */
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

/** How a report is written. */
export interface ReportOptions {
  /** Bound of `markdown` and `summary`, bytes of UTF-8; unset: what GitHub takes as a comment, and as a step's summary. */
  readonly maxBytes?: number | undefined;
  /** Rules that the check looked for, for reports that say what each is about; all that are known where absent. */
  readonly rules?: readonly Rule[] | undefined;
}

/** A format that a check can be told in. */
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

/** What a document can be written as; `json` is the result itself. */
export const DOCUMENT_FORMATS = ["json", "markdown", "csv"] as const;
/** One of {@link DOCUMENT_FORMATS}. */
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

function formatDocument(document: Document, format: Exclude<DocumentFormat, "json">, maxBytes?: number): string {
  return format === "csv" ? documentCsv(document) : documentMarkdown(document, maxBytes);
}

/** A diff as JSON, as Markdown for a comment, or as CSV, a row a row of its tables. */
export function formatDiff(diff: Diff, format: DocumentFormat, { maxBytes }: ReportOptions = {}): string {
  return format === "json" ? formatJson(diff) : formatDocument(diffDocument(diff), format, maxBytes);
}

/** What an analysis can be written as: a document, or what was found in it as a report of a check that nothing fails. */
export const ANALYSIS_FORMATS = [...DOCUMENT_FORMATS, "github", "sarif", "junit", "gitlab"] as const;
/** One of {@link ANALYSIS_FORMATS}. */
export type AnalysisFormat = (typeof ANALYSIS_FORMATS)[number];

/** An analysis as text: JSON, Markdown, CSV (a row a row of its tables), or its findings in a format of CI servers. */
export function formatAnalysis(
  analysis: Analysis,
  format: AnalysisFormat,
  options: ReportOptions & AnalysisReportOptions = {},
): string {
  if (format === "json") return formatJson(analysis);
  if (format === "markdown" || format === "csv")
    return formatDocument(analysisDocument(analysis), format, options.maxBytes);
  return formatReport(resultOfAnalysis(analysis, options), format, options);
}
