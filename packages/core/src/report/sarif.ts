import type { CheckResult } from "../check/check-result.ts";
import { byText } from "../diff/keys.ts";
import { escapeText } from "../escape.ts";
import { describeRules } from "../finding/describe-rules.ts";
import type { Rule } from "../finding/rule.ts";
import { formatJson } from "./json.ts";
import { type ReportRow, reportRows } from "./report-rows.ts";
import { sourceUri } from "./source-path.ts";

const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/**
 * Text of a message: braces are doubled, since single ones are placeholders (SARIF 2.1.0, 3.11.5), and what would be a
 * link in it (3.11.6) is taken apart.
 */
function message(lines: readonly string[]): { readonly text: string } {
  const text = lines.map((line) => escapeText(line).replaceAll("](", "] (").replace(/[{}]/g, "$&$&")).join("\n");
  return { text };
}

function ruleId(rule: string): string {
  return `imgweigh/${escapeText(rule)}`;
}

/** What is said of a rule as such, whatever was found. */
function describe(rows: readonly ReportRow[], rules: readonly Rule[] | undefined) {
  const known = new Map(describeRules(rules).map((rule) => [rule.id, rule]));
  const used = new Map(rows.map((row) => [row.rule, row]));
  return [...used]
    .sort(([a], [b]) => byText(a, b))
    .map(([id, { kind, docsUrl }]) => {
      const { title, about } = kind === "budget" ? aboutBudget(id) : (known.get(id) ?? { title: id, about: id });
      return {
        id: ruleId(id),
        shortDescription: { text: escapeText(title) },
        fullDescription: { text: escapeText(about) },
        help: { text: escapeText(about) },
        ...(docsUrl === null ? {} : { helpUri: docsUrl }),
      };
    });
}

function aboutBudget(id: string) {
  return {
    title: `Budget of ${id.replace(/^budget-/, "")}`,
    about: "A budget of the check fails: the message says by how much.",
  };
}

function describeRow(row: ReportRow, index: ReadonlyMap<string, number>) {
  const uri = sourceUri(row.place);
  const artifactLocation = uri.startsWith("file:") ? { uri } : { uri, uriBaseId: "%SRCROOT%" };
  return {
    ruleId: ruleId(row.rule),
    ruleIndex: index.get(ruleId(row.rule)) as number,
    level: row.level,
    message: message([`${row.image}: ${row.title}`, ...row.more]),
    locations: [
      {
        physicalLocation: { artifactLocation, region: { startLine: row.place?.line ?? 1 } },
        logicalLocations: [{ name: escapeText(row.image), kind: "container image" }],
      },
    ],
    partialFingerprints: { "imgweigh/v1": row.fingerprint },
    ...(row.bytes === null ? {} : { properties: { contentBytes: row.bytes } }),
  };
}

/** Why not every image is among the results. */
function failure({ notes }: CheckResult) {
  const notifications = notes.map((note) => ({ level: "error", message: message([note]) }));
  return { executionSuccessful: false, toolExecutionNotifications: notifications };
}

/**
 * SARIF 2.1.0, as GitHub code scanning and editors read it: budgets that fail at their line of the
 * configuration, findings at their line of the Dockerfile.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 *
 * @param known rules that say what they are about; all that are known where absent
 */
export function formatSarif(result: CheckResult, known?: readonly Rule[]): string {
  const rows = reportRows(result);
  const rules = describe(rows, known);
  const index = new Map(rules.map(({ id }, i) => [id, i]));
  return formatJson({
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "imgweigh", informationUri: "https://www.npmjs.com/package/imgweigh", rules } },
        columnKind: "utf16CodeUnits",
        ...(result.unchecked.length > 0 ? { invocations: [failure(result)] } : {}),
        results: rows.map((row) => describeRow(row, index)),
      },
    ],
  });
}
