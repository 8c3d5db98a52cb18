import type { CheckResult } from "../check/check-result.ts";
import { escapeText } from "../escape.ts";
import { formatJson } from "./json.ts";
import { type RowLevel, reportRows } from "./report-rows.ts";
import { sourcePath } from "./source-path.ts";

const SEVERITIES: Record<RowLevel, string> = { error: "major", warning: "minor", note: "info" };

/**
 * A Code Quality report of GitLab: the subset of the Code Climate format that it reads.
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function formatGitlab(result: CheckResult): string {
  return formatJson(
    reportRows(result).map((row) => ({
      description: escapeText(`${row.image}: ${row.title}`),
      check_name: escapeText(`imgweigh/${row.rule}`),
      fingerprint: row.fingerprint,
      severity: SEVERITIES[row.level],
      location: { path: sourcePath(row.place), lines: { begin: row.place?.line ?? 1 } },
    })),
  );
}
