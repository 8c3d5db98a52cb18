import { beforeAll, describe, expect, test } from "vitest";
import { ShellBudget } from "../../packages/core/src/dockerfile/shell-budget.ts";
import { loadShell } from "../../packages/core/src/dockerfile/shell-parser.ts";
import { parseShell, setsErrexit } from "../../packages/core/src/dockerfile/shell-script.ts";
import { bounded } from "../support/bounded.ts";

/* Scripts that are made to take the parser the square or the cube of their length. */

const LENGTH = 32_000;
const OPENINGS = [
  "$((",
  "$(",
  "$((${",
  "${a:-",
  "$${a[",
  "`",
  "$[$((",
  "<<A ",
  "<<A ; ",
  "((",
  "{ ",
  "( ",
  '"$(',
  "a=(",
];
const BLOCKS = [
  ["if ", "; then a; fi"],
  ["while a; do ", "; done"],
  ["case a in a) ", ";; esac"],
  ["f() { ", "; }"],
  ["[[ (", ") ]]"],
] as const;

beforeAll(loadShell);

describe("a script of 32 kB", () => {
  test.each(OPENINGS)("that is nothing but %s", async (opening) => {
    const text = opening.repeat(LENGTH / opening.length);
    expect((await bounded(async () => parseShell(text), { seconds: 5 })).text).toBe(text);
  });

  test.each(BLOCKS)("of %s within each other", async (open, close) => {
    const depth = Math.floor(LENGTH / (open.length + close.length));
    const text = `${open.repeat(depth)}a${close.repeat(depth)}`;
    expect((await bounded(async () => parseShell(text), { seconds: 5 })).text).toBe(text);
  });
});

test("only so many scripts of an image are parsed", () => {
  const budget = new ShellBudget();
  const complete = Array.from({ length: 10_000 }, (_, i) => parseShell(`echo ${i}`, { budget }).complete);
  expect(complete.filter(Boolean)).toHaveLength(4096);
  expect(complete.lastIndexOf(true)).toBe(4095);
});

test("a long script that opens little is read, and one page that opens much", () => {
  const long = Array.from({ length: 700 }, (_, i) => `apk add --no-cache package-${i}`).join(" && ");
  expect(parseShell(long)).toMatchObject({ complete: true });
  const page = Array.from({ length: 100 }, (_, i) => `a${i}="$(uname -m)"`).join(" && ");
  expect(parseShell(page)).toMatchObject({ complete: true });
});

test("set -e is told from words that only look like it", async () => {
  const says = (text: string) => parseShell(text).commands.some(setsErrexit);
  expect(["set -e", "set -eux", "set -xe", "set -o errexit"].map(says)).toEqual([true, true, true, true]);
  expect(["set -x", "set -e1", "set +e", "set e", "echo -e"].map(says)).toEqual([false, false, false, false, false]);
  const word = `set -${"e".repeat(30_000)}1`;
  expect(await bounded(async () => says(word), { seconds: 2 })).toBe(false);
});
