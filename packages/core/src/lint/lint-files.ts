import { LINT_VERSION, type LintedFile, type LintResult } from "./lint-result.ts";

/** The result over several Dockerfiles. */
export function summarizeLint(files: readonly LintedFile[]): LintResult {
  return { schemaVersion: LINT_VERSION, passed: files.every(({ passed }) => passed), files };
}
