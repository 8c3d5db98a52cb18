import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { formatDiff, formatReport, REPORTS, type ReportFormat } from "@imgweigh/core/report";
import { describe, expect, it } from "vitest";
import { api, checked, passing } from "../support/check-results.ts";

/*
 * Every report of one check (test/support/check-results.ts), as it is read in review. UPDATE_GOLDEN=1 writes them anew;
 * read the diff.
 */

const EXTENSIONS: Record<ReportFormat, string> = {
  json: "json",
  markdown: "md",
  summary: "md",
  github: "txt",
  sarif: "json",
  junit: "xml",
  gitlab: "json",
  csv: "csv",
  shields: "json",
};

function hold(name: string, actual: string): void {
  const path = new URL(`reports/${name}`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, actual);
  expect(existsSync(path)).toBe(true);
  expect(actual).toBe(readFileSync(path, "utf8"));
}

describe("the reports of a check", () => {
  it.each(REPORTS.map(({ name }) => name))("%s", (name) => {
    hold(`${name}.${EXTENSIONS[name]}`, formatReport(checked, name));
  });

  it.each(["markdown", "github", "junit", "shields", "sarif"] as const)("%s of a check that passes", (name) => {
    hold(`passing-${name}.${EXTENSIONS[name]}`, formatReport(passing, name));
  });

  it("a diff as Markdown", () => {
    if (api.diff === null) throw new Error("the fixture has a diff");
    hold("diff.md", formatDiff(api.diff, "markdown"));
  });
});
