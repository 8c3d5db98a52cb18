/** `@imgweigh/core`: weighs container images. See `docs/library.md`. */
export {
  type Analyses,
  type AnalyzeOptions,
  analyzeImage,
  analyzePlatforms,
  type FixedDockerfile,
  fixDockerfile,
  loadImage,
  type ReadImageOptions,
  readSnapshot,
  snapshotImage,
  snapshotPlatforms,
  type WeighedImage,
} from "./analyze.ts";
export { LIMITS, type LimitName, type Limits, limitFlag } from "./archive/limits.ts";
export type { BaseImage } from "./base/detect-base.ts";
export type { Libc, LibcKind } from "./base/libc.ts";
export type { Build, BuildChange, BuildStep, EditedFile } from "./build/build.ts";
export type { BuildEdit } from "./build/build-edit.ts";
export type { Builder } from "./build/builder.ts";
export type { GivenFile } from "./build/edit-build.ts";
export type { DockerfileOptions } from "./build/given-dockerfile.ts";
export { readBuild } from "./build/read-build.ts";
export { formatBytes, formatCount, parseBytes } from "./bytes.ts";
export { type CacheSurroundings, cacheDirectory } from "./cache/cache-directory.ts";
export { clearCache, inspectCache, pruneCache } from "./cache/manage-cache.ts";
export type { CacheOptions } from "./cache/open-cache.ts";
export type { CacheContents, CacheRemoval } from "./cache/upkeep.ts";
export { type Category, categoryTitle } from "./category/catalogue.ts";
export {
  type Budget,
  type CheckConfig,
  type Ignore,
  type ImageCheck,
  type Increase,
  LEVELS,
  type Level,
  type Limit,
  METRICS,
  type Metric,
  MISSING_BASELINE,
  type MissingBaseline,
  type Origin,
  type RuleLevel,
  SCOPES,
  type Scope,
  SETTINGS,
  type Setting,
} from "./check/check-config.ts";
export type { CheckFlags } from "./check/check-flags.ts";
export type {
  Bound,
  BudgetStatus,
  BudgetVerdict,
  CheckResult,
  Contributor,
  FindingVerdict,
  IgnoredFinding,
  ImageVerdict,
} from "./check/check-result.ts";
export { parseDiveConfig } from "./check/dive-config.ts";
export { nearestRule } from "./check/entry-forms.ts";
export { type EvaluateInput, evaluate, hasFailed, summarizeCheck } from "./check/evaluate.ts";
export { type FirstConfigOptions, firstConfig } from "./check/first-config.ts";
export { nameBudget } from "./check/name-budget.ts";
export { applyFlags } from "./check/override.ts";
export { type ParseConfigOptions, parseConfig } from "./check/parse-config.ts";
export { type TightenedConfig, type TightenedLimit, tightenConfig } from "./check/tighten.ts";
export { type CheckedImages, type CheckImagesOptions, checkImages, type FailedImage } from "./check-images.ts";
export { compareRoots, type RootDifference } from "./diff/compare-roots.ts";
export {
  type Diff,
  type DiffRow,
  type DiffSide,
  type FileMove,
  type LayerChange,
  type LayerStatus,
  NOT_IN_BASELINE,
  type PackageChange,
  type PackageStatus,
  type RowStatus,
  WITHOUT_CONTENT,
} from "./diff/diff.ts";
export { diff } from "./diff/diff-images.ts";
export { limitDiff } from "./diff/limit-diff.ts";
export { withoutMoved } from "./diff/moved-rows.ts";
export { type ParseSnapshotOptions, parseSnapshot } from "./diff/parse-snapshot.ts";
export { slimSnapshot } from "./diff/slim-snapshot.ts";
export type {
  Snapshot,
  SnapshotFile,
  SnapshotFinding,
  SnapshotLayer,
  SnapshotPackage,
  Weight,
} from "./diff/snapshot.ts";
export { takeSnapshot } from "./diff/take-snapshot.ts";
export type { Confidence } from "./dockerfile/align-history.ts";
export type { DockerfileProblem } from "./dockerfile/problems.ts";
export type { ShellCommand, ShellScript } from "./dockerfile/shell-script.ts";
export type { ExpectedChanges } from "./edit/expected-changes.ts";
export type { ImageEdit, KnownBase } from "./edit/image-edit.ts";
export type { Exactness, Sizes } from "./edit/sizes.ts";
export { ERROR_CODES, type ErrorCode, type ErrorDetails, ImgweighError, isImgweighError } from "./errors.ts";
export { escapeText } from "./escape.ts";
export { type Analysis, limitLists, summarize } from "./finding/analysis.ts";
export type { PlanChoice } from "./finding/choice.ts";
export { describeRules, type RuleDescription } from "./finding/describe-rules.ts";
export type { Facts } from "./finding/facts.ts";
export { type FindWasteOptions, findWaste, type Waste } from "./finding/find-waste.ts";
export type { Finding, FindingFix, Plan } from "./finding/finding.ts";
export type { Draft, Fix, FixKind, Rule, Severity, StoredFile } from "./finding/rule.ts";
export { RULES } from "./finding/rules.ts";
export { type DescribeOptions, describeImage } from "./image/describe-image.ts";
export type { Image, ImageLayer } from "./image/image.ts";
export {
  type DeclaredLayerRow,
  type Inspection,
  type Inspections,
  type InspectOptions,
  inspectImage,
  inspectPlatforms,
} from "./image/inspect-image.ts";
export type { LoadImageOptions } from "./image/load-image.ts";
export { listRoot, type RootEntry, type RootListing } from "./image/root-entries.ts";
export type { OpenOptions } from "./image/source-scope.ts";
export type { PathText } from "./image-path.ts";
export { isBake, readBuilds } from "./input/compose-builds.ts";
export {
  CONFIG_FILES,
  type ConfigFile,
  findConfig,
  type ReadConfigOptions,
  readConfig,
  readConfigText,
} from "./input/config-file.ts";
export { findDockerfiles, type NamedBuild, readBuildInput } from "./input/find-builds.ts";
export { looksLikeDockerfile } from "./input/looks-like-dockerfile.ts";
export { measureContext } from "./input/measure-context.ts";
export { type ReadBaselineOptions, readBaseline } from "./input/read-baseline.ts";
export { type DockerfileOnDisk, readDockerfileOptions } from "./input/read-dockerfile.ts";
export type { CaptureRequest } from "./layer/capture.ts";
export {
  type BlobRecord,
  type CapturedFile,
  type EntryColumns,
  entryLink,
  entryPath,
  KIND,
  type LayerIndex,
} from "./layer/layer-index.ts";
export type { LayerAnalysis, LedgerSummary, WasteBytes } from "./ledger/analysis.ts";
export { type Branch, type BranchOptions, findBranches } from "./ledger/branches.ts";
export type { Entry } from "./ledger/entry.ts";
export { type EqualContent, findEqualContent } from "./ledger/equal-content.ts";
export { explain, type PackageReason, type PathReason } from "./ledger/explain.ts";
export type { LiveFile, WastedFile } from "./ledger/file-lists.ts";
export {
  type GroupRow,
  groupByBase,
  groupByCategory,
  groupByDirectory,
  groupByInstruction,
  groupByLayer,
  groupByPackage,
  groupEntries,
  listUnowned,
} from "./ledger/group.ts";
export { ImageTree } from "./ledger/image-tree.ts";
export type { LayerChanges, PathChange } from "./ledger/layer-changes.ts";
export type { LayerLinks } from "./ledger/layer-links.ts";
export type { LayerRows } from "./ledger/layer-rows.ts";
export { type Ledger, LedgerFold, type WeighOptions, type Weights, weigh } from "./ledger/ledger.ts";
export type { Omitted } from "./ledger/list-cutter.ts";
export {
  LISTING_ORDERS,
  type Listing,
  type ListingKind,
  type ListingRow,
  type ListOptions,
  listPath,
} from "./ledger/listing.ts";
export { PACKAGE_STATE, UNOWNED } from "./ledger/owner-keys.ts";
export { explainPackage, findPackages, type PackageLife, type RemovalEffect } from "./ledger/package-life.ts";
export { listPackages, type PackageRow } from "./ledger/package-rows.ts";
export {
  explainPath,
  type LifeBytes,
  type LifeEvent,
  type PathKind,
  type PathLife,
  type PathState,
} from "./ledger/path-life.ts";
export { listEntries, type StoredEntry } from "./ledger/stored-entries.ts";
export type { TreePlace } from "./ledger/tree-place.ts";
export type { BuildContext } from "./lint/build-context.ts";
export { type FixedText, fixDockerfileText } from "./lint/fix-dockerfile-text.ts";
export { type LintInput, type LintOptions, lintDockerfile } from "./lint/lint-dockerfile.ts";
export { summarizeLint } from "./lint/lint-files.ts";
export type { LintedFile, LintFinding, LintResult, SilencedFinding } from "./lint/lint-result.ts";
export { PACKAGE_DATABASES } from "./package-db/databases.ts";
export type {
  Ecosystem,
  FileView,
  FoundPackage,
  PackageDb,
  PackageReading,
  PackageTrouble,
  Removal,
  ViewedFile,
} from "./package-db/package-db.ts";
export type { OnProgress, ProgressEvent } from "./progress.ts";
export { formatAmount, formatChange, formatDifference, formatPair, formatSigned } from "./report/amounts.ts";
export { analysisDocument } from "./report/analysis-document.ts";
export { type AnalysisReportOptions, resultOfAnalysis } from "./report/analysis-result.ts";
export { baselineChunks, formatBaseline } from "./report/baseline-json.ts";
export { cellText } from "./report/cell-text.ts";
export { DIFF_GROUPINGS, diffDocument } from "./report/diff-document.ts";
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
} from "./report/document.ts";
export { formatJson, jsonChunks } from "./report/json.ts";
export { formatLint, type LintFormat, tellLint } from "./report/lint-reports.ts";
export { type ListingFormat, listingChunks } from "./report/listing.ts";
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
} from "./report/reports.ts";
export { BASELINE_REMEDY, tellBudget, tellMissingBaseline, tellSaving } from "./report/sentences.ts";
export type { RegistryCredentials, RegistryOptions } from "./source/registry/registry-options.ts";
export { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
export type { ImageSource, PullPolicy, SourceKind } from "./source/source.ts";
export { FATE, type Fate, type FateName } from "./tree/fate.ts";
export { type Squash, squash } from "./tree/squash.ts";
export { WARNING_CODES, type Warning, type WarningCode } from "./warning.ts";
