/** `@imgweigh/core/report`: results as documents, as text in every format, and the words that they are told in. See `docs/library.md`. */
export { formatBytes, formatCount } from "../bytes.ts";
export type { Unit } from "../check/amounts.ts";
export { nameBudget } from "../check/name-budget.ts";
export { limitDiff } from "../diff/limit-diff.ts";
export { withoutMoved } from "../diff/moved-rows.ts";
export { escapeText } from "../escape.ts";
export { limitLists } from "../finding/analysis.ts";
export { formatAmount, formatChange, formatDifference, formatPair, formatSigned } from "../report/amounts.ts";
export { analysisDocument } from "../report/analysis-document.ts";
export { type AnalysisReportOptions, resultOfAnalysis } from "../report/analysis-result.ts";
export { baselineChunks, formatBaseline } from "../report/baseline-json.ts";
export { cellText } from "../report/cell-text.ts";
export { DIFF_GROUPINGS, diffDocument } from "../report/diff-document.ts";
export type {
  AmountCell,
  Cell,
  ChangeCell,
  Column,
  Document,
  Extent,
  InstructionCell,
  NameCell,
  PathCell,
  Section,
  TextCell,
  Tone,
} from "../report/document.ts";
export { formatJson, jsonChunks } from "../report/json.ts";
export { formatLint, type LintFormat, tellLint } from "../report/lint-reports.ts";
export { type ListingFormat, listingChunks } from "../report/listing.ts";
export {
  ANALYSIS_FORMATS,
  type AnalysisFormat,
  DOCUMENT_FORMATS,
  type DocumentFormat,
  formatAnalysis,
  formatDiff,
  formatReport,
  REPORTS,
  type Report,
  type ReportFormat,
  type ReportOptions,
} from "../report/reports.ts";
export { BASELINE_REMEDY, tellBudget, tellMissingBaseline, tellSaving } from "../report/sentences.ts";
