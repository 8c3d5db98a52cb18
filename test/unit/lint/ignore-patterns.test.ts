import { describe, expect, it } from "vitest";
import { IgnorePatterns } from "../../../packages/core/src/lint/ignore-patterns.ts";

/* Cases of moby/patternmatcher's own tests, and of its documentation. */

const CASES: readonly (readonly [patterns: string, path: string, isOut: boolean])[] = [
  ["**", "file", true],
  ["**", "dir/file", true],
  ["**/", "file", true],
  ["**/**", "dir/file", true],
  ["dir/**", "dir/file", true],
  ["dir/**", "dir2/file", false],
  ["**/dir", "dir", true],
  ["**/dir", "a/b/dir/file", true],
  ["**/dir2/*", "dir/dir2/file", true],
  ["**/dir2/*", "dir/dir2/dir2/file", true],
  ["**file", "file", true],
  ["**file", "dir/file", true],
  ["**/file", "dir/dir/file", true],
  ["**/file*", "dir/dir/file.txt", true],
  ["**/file*txt", "dir/dir/file.txt", true],
  ["**/file*.txt*", "dir/dir/file.txt", true],
  ["**/**/*.txt", "dir/dir/file.txt", true],
  ["**/**/*.txt2", "dir/dir/file.txt", false],
  ["**/*.txt", "file.txt", true],
  ["a**/*.txt", "a/file.txt", true],
  ["a**/*.txt", "a/dir/dir/file.txt", true],
  ["a/*.txt", "a/dir/file.txt", false],
  ["a[b-d]e", "ae", false],
  ["a[b-d]e", "ace", true],
  ["a[^b-d]e", "aze", true],
  ["a[^b-d]e", "ace", false],
  [".*", ".foo", true],
  [".*", "foo", false],
  ["abc.def", "abcZdef", false],
  ["a\\*b", "a*b", true],
  ["?", "ab", false],
  ["ab?d", "abcd", true],
  ["/node_modules/", "node_modules/x/y", true],
  ["node_modules", "web/node_modules/x", false],
  ["*\n!README.md", "README.md", false],
  ["*\n!README.md", "src/README.md", true],
  ["docs\n!docs/keep", "docs/keep/a", false],
  ["docs\n!docs/keep", "docs/other", true],
  ["*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true],
  ["*.md\n!README*.md\nREADME-secret.md", "README-a.md", false],
  ["# comment\n\n  spaced  ", "spaced", true],
  ["\uFEFFfoo", "foo", true],
  ["./a/../b", "b", true],
  [".git", ".git/objects/x", true],
];

describe(".dockerignore", () => {
  it.each(CASES)("%j of %s: %s", (patterns, path, isOut) => {
    expect(new IgnorePatterns(patterns).excludes(path)).toBe(isOut);
  });

  it("is read in time that the text bounds", () => {
    const patterns = new IgnorePatterns(`${"**/a".repeat(100)}c`);
    const before = performance.now();
    expect(patterns.excludes(`${"a/".repeat(200)}b`)).toBe(false);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
