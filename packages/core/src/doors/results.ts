/** `@imgweigh/core/results`: the parts of results by their names, and the codes in them. See `docs/library.md`. */
export type { BaseImage } from "../base/detect-base.ts";
export type { Libc, LibcKind } from "../base/libc.ts";
export type { Build, BuildStep, Mismatch, StepFlag } from "../build/build.ts";
export type { Builder } from "../build/builder.ts";
export {
  type BudgetStatus,
  type BudgetVerdict,
  CHECK_VERSION,
  type Contributor,
  type FindingVerdict,
  type IgnoredFinding,
  type ImageVerdict,
} from "../check/check-result.ts";
export type { FailedImage } from "../check-images.ts";
export { compareRoots, type RootDifference } from "../diff/compare-roots.ts";
export {
  DIFF_VERSION,
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
} from "../diff/diff.ts";
export {
  SNAPSHOT_VERSION,
  type SnapshotFile,
  type SnapshotFinding,
  type SnapshotLayer,
  type SnapshotPackage,
  type Weight,
} from "../diff/snapshot.ts";
export type { Confidence, HistoryAlignment, LayerOrigin } from "../dockerfile/align-history.ts";
export { type BuildArg, type Instruction, type Producer, VERBS, type Verb } from "../dockerfile/instruction.ts";
export type { EscapeCharacter } from "../dockerfile/join-continuations.ts";
export type { DockerfileProblem } from "../dockerfile/problems.ts";
export type {
  Connector,
  ShellCommand,
  ShellDialect,
  ShellPlace,
  ShellRedirect,
  ShellScript,
} from "../dockerfile/shell-script.ts";
export type { ExpectedChanges } from "../edit/expected-changes.ts";
export type { Exactness, Sizes } from "../edit/sizes.ts";
export { ERROR_CODES, type ErrorDetails, type ErrorOptions } from "../errors.ts";
export type { SummarizeOptions } from "../finding/analysis.ts";
export type { PlanChoice } from "../finding/choice.ts";
export type { FindingFix } from "../finding/finding.ts";
export type { DescribeOptions } from "../image/describe-image.ts";
export { type DeclaredLayerRow, INSPECTION_VERSION } from "../image/inspect-image.ts";
export type { LoadImageOptions } from "../image/load-image.ts";
export { listRoot, type RootEntry, type RootListing } from "../image/root-entries.ts";
export type { OpenOptions } from "../image/source-scope.ts";
export {
  type LayerAnalysis,
  type LedgerSummary,
  SCHEMA_VERSION,
  type Verified,
  type WasteBytes,
} from "../ledger/analysis.ts";
export type { LiveFile, WastedFile } from "../ledger/file-lists.ts";
export type { GroupRow } from "../ledger/group.ts";
export type { Omitted } from "../ledger/list-cutter.ts";
export type { PackageRow } from "../ledger/package-rows.ts";
export { LINT_VERSION } from "../lint/lint-result.ts";
export type { HistoryEntry, ImageConfig } from "../oci/config.ts";
export type { Digest, DigestAlgorithm } from "../oci/digest.ts";
export type { Platform } from "../oci/platform.ts";
export type { RunConfig } from "../oci/run-config.ts";
export type { Evidence, EvidenceRequest } from "../package-db/evidence.ts";
export type { ListedPaths } from "../package-db/listed-paths.ts";
export type { DirectoryOwners, OwnerIndex } from "../package-db/owner-index.ts";
export type { PackageHistory, PackageRecord, TroubleIn } from "../package-db/package-history.ts";
export type { PathTable } from "../package-db/path-table.ts";
export { WARNING_CODES, type Warning, type WarningCode } from "../warning.ts";
