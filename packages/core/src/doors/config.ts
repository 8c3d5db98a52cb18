/** `@imgweigh/core/config`: what images are held against, limits, baselines and the cache. See `docs/library.md`. */
export { snapshotPlatforms } from "../analyze.ts";
export { LIMITS, type LimitFacts, type LimitName, type Limits, limitFlag } from "../archive/limits.ts";
export { parseBytes } from "../bytes.ts";
export { type CacheSurroundings, cacheDirectory } from "../cache/cache-directory.ts";
export { ENTRY_KINDS, type EntryKind as CacheEntryKind } from "../cache/entry-files.ts";
export { clearCache, inspectCache, pruneCache } from "../cache/manage-cache.ts";
export type { CacheOptions } from "../cache/open-cache.ts";
export type { CacheContents, CacheRemoval } from "../cache/upkeep.ts";
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
  SWITCHES,
  type Switch,
} from "../check/check-config.ts";
export type { CheckFlags } from "../check/check-flags.ts";
export type { Bound } from "../check/check-result.ts";
export { parseDiveConfig } from "../check/dive-config.ts";
export { type EvaluateInput, evaluate, hasFailed, summarizeCheck } from "../check/evaluate.ts";
export { type FirstConfigOptions, firstConfig } from "../check/first-config.ts";
export type { BlobEstimates } from "../check/judge-budgets.ts";
export { applyFlags } from "../check/override.ts";
export { type ParseConfigOptions, parseConfig } from "../check/parse-config.ts";
export { type TightenedConfig, type TightenedLimit, tightenConfig } from "../check/tighten.ts";
export { type ParseSnapshotOptions, parseSnapshot } from "../diff/parse-snapshot.ts";
export { slimSnapshot } from "../diff/slim-snapshot.ts";
export {
  CONFIG_FILES,
  type ConfigFile,
  findConfig,
  type ReadConfigOptions,
  readConfig,
  readConfigText,
} from "../input/config-file.ts";
export { type ReadBaselineOptions, readBaseline } from "../input/read-baseline.ts";
export { type DockerfileOnDisk, readDockerfileOptions } from "../input/read-dockerfile.ts";
export type { RegistryCredentials, RegistryOptions } from "../source/registry/registry-options.ts";
