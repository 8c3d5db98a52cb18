import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RULES } from "../../packages/core/src/finding/rules.ts";
import { testRule } from "../support/rule-case.ts";
import { FILE_CASES } from "./files.cases.ts";
import { LANGUAGE_CASES } from "./languages.cases.ts";
import { LAYER_CASES } from "./layers.cases.ts";
import { OS_CASES } from "./os.cases.ts";

const CASES = [...OS_CASES, ...LANGUAGE_CASES, ...LAYER_CASES, ...FILE_CASES];

/** Rules whose images take more making have their cases in files of their own. */
const ELSEWHERE = ["rules-of-apk", "rules-of-stages"].flatMap((name) =>
  [
    ...readFileSync(new URL(`./${name}.test.ts`, import.meta.url), "utf8").matchAll(
      /(?:testRule\(\{\s*rule: |^ {2}\[)"([a-z][\w-]+)", ?/gm,
    ),
  ].map(([, rule]) => rule as string),
);

test("every rule is shown to fire, and to keep quiet, by a case of its own", () => {
  const shown = new Set([...CASES.map(({ rule }) => rule), ...ELSEWHERE]);
  expect(shown).toEqual(new Set(RULES.map(({ id }) => id)));
});

test("ids are unique, in order, and name the file", () => {
  const ids = RULES.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort());
  for (const id of ids)
    expect(existsSync(new URL(`../../packages/core/src/finding/rules/${id}.ts`, import.meta.url)), id).toBe(true);
});

test.each(RULES.map(({ id }) => id))("%s has a page that says what to do", (id) => {
  const page = readFileSync(new URL(`../../docs/rules/${id}.md`, import.meta.url), "utf8");
  expect(page.startsWith(`# ${id}\n`)).toBe(true);
  for (const heading of ["## What it finds", "## When it is not waste", "## Fix"]) expect(page).toContain(heading);
});

describe("cases", () => {
  for (const one of CASES) testRule(one);
});
