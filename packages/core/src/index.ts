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
  type WeighedImage,
} from "./analyze.ts";
export type { DockerfileOptions } from "./build/given-dockerfile.ts";
export { readBuild } from "./build/read-build.ts";
export type { CheckResult } from "./check/check-result.ts";
export { type CheckedImages, type CheckImagesOptions, checkImages } from "./check-images.ts";
export type { Diff } from "./diff/diff.ts";
export { diff } from "./diff/diff-images.ts";
export type { Snapshot } from "./diff/snapshot.ts";
export { type ErrorCode, ImgweighError, isImgweighError } from "./errors.ts";
export { type Analysis, summarize } from "./finding/analysis.ts";
export { findWaste, type Waste } from "./finding/find-waste.ts";
export type { Finding, Plan } from "./finding/finding.ts";
export type { Image } from "./image/image.ts";
export {
  type Inspection,
  type Inspections,
  type InspectOptions,
  inspectImage,
  inspectPlatforms,
} from "./image/inspect-image.ts";
export { explain } from "./ledger/explain.ts";
export { type Ledger, weigh } from "./ledger/ledger.ts";
export { lintDockerfile } from "./lint/lint-dockerfile.ts";
export type { LintResult } from "./lint/lint-result.ts";
export type { OnProgress, ProgressEvent } from "./progress.ts";
export { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
export type { ImageSource } from "./source/source.ts";
