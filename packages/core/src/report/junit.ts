import type { BudgetStatus, CheckResult, ImageVerdict } from "../check/check-result.ts";
import { nameBudget } from "../check/name-budget.ts";
import { byText } from "../diff/keys.ts";
import { escapeText } from "../escape.ts";
import { budgetRule } from "./report-rows.ts";
import { BASELINE_REMEDY, tellBudget, tellFinding, tellMissingBaseline, tellMore } from "./sentences.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** One line of XML text or of an attribute; U+FFFE and U+FFFF are no characters of XML 1.0, not even by number. */
function xml(text: string): string {
  return escapeText(text)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

function lines(texts: readonly string[]): string {
  return texts.map(xml).join("\n");
}

interface Case {
  readonly kind: "budget" | "finding";
  readonly name: string;
  readonly rule: string;
  readonly status: BudgetStatus;
  /** What was found; the first line is the message of a failure. */
  readonly texts: readonly string[];
}

function missingCase({ missingBaseline = null }: ImageVerdict): Case[] {
  if (missingBaseline === null) return [];
  const texts = [tellMissingBaseline(missingBaseline), BASELINE_REMEDY];
  return [{ kind: "budget", name: "baseline", rule: "baseline-missing", status: "unmeasured", texts }];
}

function budgetCases({ budgets }: ImageVerdict): Case[] {
  return budgets.map((budget) => ({
    kind: "budget",
    name: `${nameBudget(budget)}: ${budget.bound}`,
    rule: budgetRule(budget),
    status: budget.status,
    texts: budget.status === "skipped" ? [budget.reason ?? "not available"] : [tellBudget(budget), ...tellMore(budget)],
  }));
}

/** A case for each rule that found something; skipped where all that it found is ignored. */
function ruleCases({ findings, ignored }: ImageVerdict): Case[] {
  const rules = new Set([...findings, ...ignored].map(({ finding }) => finding.rule));
  return [...rules].sort(byText).map((rule) => {
    const found = findings.filter(({ finding }) => finding.rule === rule);
    const failing = found.filter(({ fails }) => fails);
    const accepted = ignored.filter(({ finding }) => finding.rule === rule);
    const texts = failing.length > 0 ? failing : found;
    return {
      kind: "finding",
      name: rule,
      rule,
      status: failing.length > 0 ? "failed" : found.length > 0 ? "passed" : "skipped",
      texts:
        texts.length > 0
          ? texts.flatMap((verdict) => [tellFinding(verdict), ...verdict.finding.fix.text.split("\n")])
          : accepted.map(({ reason }) => `ignored: ${reason}`),
    };
  });
}

function outcome({ status, rule, texts }: Case): string {
  if (status === "skipped") return `<skipped>${lines(texts)}</skipped>`;
  if (status === "passed") return `<system-out>${lines(texts)}</system-out>`;
  const element = status === "unmeasured" ? "error" : "failure";
  return `<${element} message="${xml(texts[0] ?? rule)}" type="${xml(`imgweigh/${rule}`)}">${lines(texts)}</${element}>`;
}

interface Suite {
  readonly xml: string;
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
}

function suite(image: ImageVerdict): Suite {
  const cases = [...missingCase(image), ...budgetCases(image), ...ruleCases(image)];
  const failures = cases.filter(({ status }) => status === "failed").length;
  const errors = cases.filter(({ status }) => status === "unmeasured").length;
  const skipped = cases.filter(({ status }) => status === "skipped").length;
  const elements = cases.map(
    (one) =>
      `    <testcase classname="${xml(`${image.name}.${one.kind}`)}" name="${xml(one.name)}">\n      ${outcome(one)}\n    </testcase>\n`,
  );
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  return {
    xml: `  <testsuite name="${xml(image.name)}" ${counts}>\n${elements.join("")}  </testsuite>\n`,
    tests: cases.length,
    failures,
    errors,
  };
}

/** Not every image has a suite: an error, and why. */
function uncheckedSuite({ unchecked, notes }: CheckResult): string {
  const error = `<error message="${xml(`unchecked: ${unchecked.join(", ")}`)}">${lines(notes)}</error>`;
  return `  <testsuite name="imgweigh" tests="1" failures="0" errors="1" skipped="0">\n    <testcase classname="imgweigh" name="every image">\n      ${error}\n    </testcase>\n  </testsuite>\n`;
}

/** JUnit XML: a suite for each image, a case for each bound of a budget and for each rule that found something. */
export function formatJunit(result: CheckResult): string {
  const suites = result.images.map(suite);
  const unchecked = result.unchecked.length > 0 ? 1 : 0;
  const tests = suites.reduce((sum, one) => sum + one.tests, unchecked);
  const errors = suites.reduce((sum, one) => sum + one.errors, unchecked);
  const failures = suites.reduce((sum, one) => sum + one.failures, 0);
  const elements = [...(unchecked > 0 ? [uncheckedSuite(result)] : []), ...suites.map((one) => one.xml)];
  const counts = `tests="${tests}" failures="${failures}" errors="${errors}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="imgweigh" ${counts}>\n${elements.join("")}</testsuites>\n`;
}
