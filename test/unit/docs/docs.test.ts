import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run } from "../../../packages/cli/src/run.ts";
import { LIMITS, type LimitName, limitFlag } from "../../../packages/core/src/archive/limits.ts";
import { PLACES, type Place } from "../../../packages/core/src/category/places.ts";
import { ERROR_CODES } from "../../../packages/core/src/errors.ts";
import { WARNING_CODES } from "../../../packages/core/src/warning.ts";
import { FakeHost } from "../../support/fake-host.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** The first cell of each row of a page's table. */
function firstColumn(page: string): string[] {
  return [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell as string);
}

async function printed(args: readonly string[]): Promise<string> {
  const host = new FakeHost(args, { cwd: root });
  return host.transcript(await run(host)).stdout;
}

/** `$ imgweigh …` and what the README says that it prints. */
function shownOutputs(): [string, string][] {
  return [...read("README.md").matchAll(/^```console\n\$ imgweigh (.*)\n([\s\S]*?)^```$/gm)].map(
    ([, command = "", output = ""]) => [command, output],
  );
}

/** The shown lines, one after the other; an ellipsis that stands alone is for what was left out, lines too. */
function patternOf(shown: string): RegExp {
  const lines = shown.trimEnd().replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(`^${lines.replaceAll(/\s+…(?:\s+|$)/g, "\\s[^]*?")}`);
}

function pagesIn(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true }) as string[];
  return names.filter((name) => name.endsWith(".md")).map((name) => `${folder}/${name}`);
}

describe("docs", () => {
  it("explains every error, and no other", () => {
    const page = read("docs/errors.md");
    expect(firstColumn(page).sort()).toEqual(Object.keys(ERROR_CODES).sort());
    for (const [code, text] of Object.entries(ERROR_CODES)) expect(page).toContain(`| \`${code}\` | ${text} |`);
  });

  it("explains every warning, and no other", () => {
    const page = read("docs/warnings.md");
    expect(firstColumn(page).sort()).toEqual(Object.keys(WARNING_CODES).sort());
    for (const text of Object.values(WARNING_CODES)) expect(page).toContain(`| ${text} |`);
  });

  it("lists every limit with its default", () => {
    const page = read("docs/cli.md");
    for (const [name, { default: value }] of Object.entries(LIMITS)) {
      const row = new RegExp(
        `^\\| \`--${limitFlag(name as LimitName)}\` \\| \`${name}\` \\| ${value.toLocaleString("en")} \\|`,
        "m",
      );
      expect(page).toMatch(row);
    }
  });

  it.each([
    "",
    "analyze",
    "lint",
    "inspect",
    "suggest",
    "fix",
    "ls",
    "tree",
    "why",
    "diff",
    "baseline",
    "check",
    "init",
    "rules",
    "demo",
    "cache",
  ])("shows the help of imgweigh %s as it is", async (command) => {
    expect(read("docs/cli.md")).toContain(
      `\`\`\`text\n${await printed([...(command === "" ? [] : [command]), "--help"])}\`\`\``,
    );
  });

  it.each(shownOutputs())("shows in the README what imgweigh %s prints", async (command, shown) => {
    expect(await printed(command.split(" "))).toMatch(patternOf(shown));
  });

  it("shows outputs in the README", () => {
    expect(shownOutputs()).toHaveLength(2);
  });

  it("lists every place that a tool fills", () => {
    const rows = Object.values<Place>(PLACES).map(({ tool, category, globs, refilledBy }) => {
      const paths = globs.map((glob) => `\`${glob}\``).join(" ");
      return `| ${tool} | ${paths} | ${category} | ${refilledBy} |`;
    });
    expect(read("docs/places.md").split("\n")).toEqual(expect.arrayContaining(rows));
    expect(read("docs/places.md").match(/^\| /gm)).toHaveLength(rows.length + 1);
  });

  it("links to what exists", () => {
    const pages = ["README.md", ...pagesIn("docs")];
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, link]) => join(dirname(page), link as string))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page} -> ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it("names commands in the README that exist", () => {
    const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;
    const named = [...read("README.md").matchAll(/npx -y pnpm@10 (?:-s )?(\w+)/g)].map(
      ([, script]) => script as string,
    );
    expect(named.length).toBeGreaterThan(2);
    for (const script of named) expect(Object.keys(scripts)).toContain(script);
  });
});
