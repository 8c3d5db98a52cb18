import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { mistakesIn } from "../../support/github-schema.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const { splitArguments } = (await import(join(ROOT, "action/split-arguments.mjs"))) as {
  splitArguments(text: string): string[];
};

interface Step {
  readonly run?: string;
  readonly uses?: string;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly runs: { readonly steps: readonly Step[] };
}
const action = (path: string): Action => parse(read(path)) as Action;

describe.each(["action.yml", "comment/action.yml"])("%s", (path) => {
  it("is what GitHub takes for an action", () => {
    expect(mistakesIn("action", read(path))).toEqual([]);
  });

  it("puts nothing into a script: that would be run", () => {
    const scripts = action(path).runs.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).not.toContain("${{");
  });

  it("uses all of its inputs, and no other", () => {
    const named = [...read(path).matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name);
    expect([...new Set(named)].sort()).toEqual(Object.keys(action(path).inputs).sort());
  });

  it("is refused with a mistake in it", () => {
    const text = read(path);
    expect(mistakesIn("action", text.replace("shell: bash", "shel: bash"))).toHaveLength(2);
    expect(mistakesIn("action", text.replace("{{ inputs.", "{{ imputs."))).toHaveLength(1);
  });
});

it("the action pins the version that it belongs to", () => {
  const { version } = JSON.parse(read("packages/cli/package.json")) as { version: string };
  expect(action("action.yml").inputs["version"]?.default).toBe(version);
});

it("the action has the inputs and outputs that are promised", () => {
  const { inputs, outputs } = action("action.yml");
  expect(Object.keys(inputs)).toEqual([
    "config",
    "image",
    "baseline",
    "args",
    "version",
    "comment",
    "github-token",
    "working-directory",
  ]);
  expect(Object.keys(outputs ?? {})).toEqual(["passed", "exit-code", "bytes", "delta", "report", "markdown"]);
});

describe("splitArguments", () => {
  it.each<[string, string[]]>([
    ["", []],
    [" \n\t ", []],
    ["--max 120MB", ["--max", "120MB"]],
    ["--max\n  120MB\n  --top=3\n", ["--max", "120MB", "--top=3"]],
    ["--label 'a b' --label=\"c d\"", ["--label", "a b", "--label=c d"]],
    ["'' \"\" x", ["", "", "x"]],
    [`"it's" 'a "word"'`, ["it's", 'a "word"']],
    ["C:\\tmp\\a.tar \\$x", ["C:\\tmp\\a.tar", "\\$x"]],
    ["$(id) `id` $HOME * ; & | > ~", ["$(id)", "`id`", "$HOME", "*", ";", "&", "|", ">", "~"]],
  ])("%j", (text, args) => {
    expect(splitArguments(text)).toEqual(args);
  });

  it.each(["'", 'a "b', "\"it's'"])("refuses a quote that is not closed: %s", (text) => {
    expect(() => splitArguments(text)).toThrow("is not closed");
  });
});
