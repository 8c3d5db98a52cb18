/** `@imgweigh/core`: weighs container images. See `docs/library.md`. */
export { type AnalyzeOptions, analyzeImage } from "./analyze.ts";
export { LIMITS, type LimitName, type Limits, limitFlag } from "./archive/limits.ts";
export { formatBytes, formatCount, parseBytes } from "./bytes.ts";
export type { Confidence } from "./dockerfile/align-history.ts";
export { ERROR_CODES, type ErrorCode, type ErrorDetails, ImgweighError, isImgweighError } from "./errors.ts";
export { escapeText } from "./escape.ts";
export type { Image, ImageLayer } from "./image/image.ts";
export { type LoadImageOptions, loadImage } from "./image/load-image.ts";
export type { PathText } from "./image-path.ts";
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
export {
  type Analysis,
  type LayerAnalysis,
  type LiveFile,
  limitLists,
  type Omitted,
  summarize,
  type WasteBytes,
  type WastedFile,
} from "./ledger/analysis.ts";
export { type EqualContent, findEqualContent } from "./ledger/equal-content.ts";
export { type GroupRow, groupByDirectory, groupByInstruction, groupByLayer, groupEntries } from "./ledger/group.ts";
export { type Ledger, weigh } from "./ledger/ledger.ts";
export {
  explainPath,
  type LifeBytes,
  type LifeEvent,
  type PathKind,
  type PathLife,
  type PathState,
} from "./ledger/path-life.ts";
export type { OnProgress, ProgressEvent } from "./progress.ts";
export { formatJson } from "./report/json.ts";
export { type ResolveOptions, resolveSource } from "./source/resolve-source.ts";
export type { ImageSource, PullPolicy, SourceKind } from "./source/source.ts";
export { FATE, type Fate, type FateName } from "./tree/fate.ts";
export { type Squash, squash } from "./tree/squash.ts";
export { WARNING_CODES, type Warning, type WarningCode } from "./warning.ts";
