/** `@imgweigh/core/lint`: Dockerfiles without an image: found, read, linted and mended. See `docs/library.md`. */
export { type FoundBuilds, isBake, readBuilds } from "../input/compose-builds.ts";
export { findDockerfiles, type NamedBuild, readBuildInput } from "../input/find-builds.ts";
export { looksLikeDockerfile } from "../input/looks-like-dockerfile.ts";
export { type ContextOnDisk, measureContext } from "../input/measure-context.ts";
export type { BuildContext, ContextPath } from "../lint/build-context.ts";
export { type FixedText, fixDockerfileText } from "../lint/fix-dockerfile-text.ts";
export type { LintInput, LintOptions } from "../lint/lint-dockerfile.ts";
export { summarizeLint } from "../lint/lint-files.ts";
export type { LintedFile, LintFinding, SilencedFinding } from "../lint/lint-result.ts";
