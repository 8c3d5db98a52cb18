import { CHECK_VERSION, type CheckResult, type FindingVerdict, type ImageVerdict } from "../check/check-result.ts";
import { escapeText } from "../escape.ts";
import type { LintedFile, LintFinding, LintResult } from "../lint/lint-result.ts";
import { formatAmount, plural } from "./amounts.ts";
import { annotateRows } from "./github.ts";
import { formatGitlab } from "./gitlab.ts";
import { formatJson } from "./json.ts";
import { formatJunit } from "./junit.ts";
import { code, link, prose } from "./markdown-text.ts";
import { formatSarif } from "./sarif.ts";

/** A format that the result of a lint can be told in. */
export type LintFormat = "json" | "markdown" | "github" | "sarif" | "junit" | "gitlab";

function verdictOf({ finding }: { readonly finding: LintFinding }): FindingVerdict {
  const { id, rule, title, level, fails, line, bytes, paths, fix, docsUrl } = finding;
  return {
    finding: {
      id,
      rule,
      title,
      severity: level,
      confidence: "high",
      inBase: false,
      bytes: { content: bytes.content ?? 0, tar: null, blob: null },
      exact: { content: false, tar: false, blob: false },
      paths,
      layers: [],
      instruction: null,
      line,
      fix: { kind: "none", text: fix.text, change: null, patch: null, assumes: fix.assumes },
      assumptions: [],
      docsUrl,
    },
    level,
    fails,
    isNew: null,
  };
}

function imageOf(file: LintedFile): ImageVerdict {
  const name = file.dockerfile === "-" ? "Dockerfile" : file.dockerfile;
  return {
    name: file.target === null ? name : `${name} (${file.target})`,
    passed: file.passed,
    image: { reference: null, digest: null, configDigest: null, platform: null },
    sizes: { contentBytes: 0, tarBytes: null, blobBytes: null, rootfsBytes: 0 },
    wastedBytes: 0,
    efficiency: 1,
    diff: null,
    missingBaseline: null,
    budgets: [],
    findings: file.findings.map((finding) => verdictOf({ finding })),
    ignored: file.ignored.map(({ finding, reason }) => ({ ...verdictOf({ finding }), reason, until: null })),
    planBytes: 0,
    dockerfile: name,
    origin: { file: name, line: 1, key: "lint" },
    notes: file.notes,
  };
}

/** As a check of images with findings and nothing else: what formats of rows show of it. */
function asCheck({ passed, files }: LintResult): CheckResult {
  return { schemaVersion: CHECK_VERSION, passed, images: files.map(imageOf), unchecked: [], notes: [] };
}

/** `3 findings, of which 1 fails`. */
export function tellLint({ findings }: LintedFile): string {
  const failing = findings.filter(({ fails }) => fails).length;
  if (findings.length === 0) return "nothing found";
  return `${plural(findings.length, "finding")}${failing > 0 ? `, of which ${failing} ${failing === 1 ? "fails" : "fail"}` : ""}`;
}

function markdownOf(file: LintedFile): string {
  const head = `### ${file.passed ? (file.findings.length > 0 ? "⚠️" : "✅") : "❌"} ${prose(file.dockerfile)}: ${tellLint(file)}\n`;
  if (file.findings.length === 0) return head;
  const rows = file.findings.map(({ title, line, bytes, rule, fix, docsUrl, fails }) =>
    [
      `${fails ? "❌ " : ""}${prose(title)}`,
      String(line),
      bytes.content === null ? "-" : formatAmount(bytes.content, "bytes"),
      prose(fix.text),
      docsUrl === null ? code(rule) : link(code(rule), docsUrl),
    ].join(" | "),
  );
  return `${head}\n| finding | line | bytes | fix | rule |\n| --- | --: | --: | --- | --- |\n${rows.map((row) => `| ${row} |\n`).join("")}`;
}

/**
 * What Dockerfiles show as a report: text without colour, the same for the same result.
 *
 * @throws {TypeError} where there is no such report
 */
export function formatLint(result: LintResult, format: LintFormat): string {
  if (format === "json") return formatJson(result);
  if (format === "markdown") return result.files.map(markdownOf).join("\n");
  const check = asCheck(result);
  if (format === "sarif") return formatSarif(check);
  if (format === "junit") return formatJunit(check);
  if (format === "gitlab") return formatGitlab(check);
  if (format === "github") {
    const ends = result.files.map((file) => ({
      title: `imgweigh ${escapeText(file.dockerfile)}`,
      text: tellLint(file),
    }));
    return annotateRows(check, ends);
  }
  throw new TypeError(`there is no report ${JSON.stringify(format)}`);
}
