import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkSync } from "recheck";
import ts from "typescript";
import { expect, test } from "vitest";

/*
 * A pattern that takes the square of a text's length lets a stranger stop the program with a few kilobytes. All patterns
 * of the sources are found by their syntax, and recheck, which decides that by automata, is asked about each; those that
 * it was asked about before are in linear-patterns.txt.
 */

process.env["RECHECK_BACKEND"] = "pure";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KNOWN = new Set(readFileSync(join(ROOT, "test/architecture/linear-patterns.txt"), "utf8").split("\n"));

/** Patterns that recheck does not find linear, and why none of them can be made slow. */
const BOUNDED: Readonly<Record<string, string>> = {
  "/\\B(?=(\\d{3})+$)/g": "of a number of ours, as text",
  "/( *)([A-Za-z]*)$/": "of a limit that a configuration holds and that was read as an amount",
  "/( *)(%?)$/": "of a limit that a configuration holds and that was read as an amount",
  "/^(.*?)\\{([^{}]*)\\}(.*)$/": "of globs of ours",
  [String.raw`/(?:\.(?<zeros>0*)(?<dotted>\d*)|_(?<suffix>alpha|beta|pre|rc|cvs|svn|git|hg|p)|-r(?<revision>\d*)|~(?<hash>[0-9a-f]+)|(?<letter>[a-z])|(?<digits>\d+))/y`]:
    "tried at one place of a version of 4,096 characters at most, and nothing follows that may fail",
  "/(?:^|[:/])sha(?:256|512)-[0-9a-f]{64,128}(?:\\.[a-z]+)?$/": "of tags, which have 128 characters at most",
  "/(?<=https?:\\/\\/[^\\s\"'?]{1,1000})\\?[^\\s\"']*/g": "of 4,000 characters at most",
};

function patternsIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, false);
  const patterns: string[] = [];
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.RegularExpressionLiteral) patterns.push((node as ts.RegularExpressionLiteral).text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return patterns;
}

function allPatterns(): ReadonlySet<string> {
  const all = new Set<string>();
  for (const folder of ["packages/core/src", "packages/cli/src"])
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".ts")) for (const pattern of patternsIn(join(ROOT, folder, name))) all.add(pattern);
  return all;
}

function statusOf(pattern: string): string {
  const end = pattern.lastIndexOf("/");
  return checkSync(pattern.slice(1, end), pattern.slice(end + 1), { timeout: 60_000 }).status;
}

const patterns = allPatterns();

test("every pattern of the sources is linear", { timeout: 600_000 }, () => {
  expect(patterns.size).toBeGreaterThan(300);
  const slow = [...patterns].filter(
    (pattern) => !KNOWN.has(pattern) && BOUNDED[pattern] === undefined && statusOf(pattern) !== "safe",
  );
  expect(slow).toEqual([]);
});

test("what is known, and what is excepted, is still there", () => {
  expect(Object.keys(BOUNDED).filter((pattern) => !patterns.has(pattern))).toEqual([]);
  expect([...KNOWN].filter((pattern) => pattern !== "" && !patterns.has(pattern))).toEqual([]);
});

test("a pattern that is slow is told from one that is not", () => {
  expect(statusOf("/^-[a-z]*e[a-z]*$/")).toBe("vulnerable");
  expect(statusOf("/^-[a-z]+$/")).toBe("safe");
});
