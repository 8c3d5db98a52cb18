import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PathGlobs } from "../../../packages/core/src/category/path-globs.ts";

function matches(globs: readonly string[], path: string, homes: readonly string[] = []): number[] {
  const set = new PathGlobs(homes);
  globs.forEach((glob, i) => {
    set.add(glob, i);
  });
  const parts = path.split("/");
  const name = parts.pop() as string;
  return [
    ...set.match(
      parts.reduce((state, part) => set.enter(state, part), set.start()),
      name,
    ),
  ];
}

/** What the globs mean, written down once more as one regular expression for each. */
function naively(glob: string, path: string): boolean {
  const source = glob
    .split("/")
    .map((part) => (part === "**" ? "**" : part.replace(/[.+^${}()|\\]/g, "\\$&").replaceAll("*", "[^/]*")))
    .join("/")
    .replace(/^\*\*\//, "(?:.*/)?")
    .replaceAll("/**/", "/(?:.*/)?")
    .replace(/\/\*\*$/, "/.+")
    .replace(/^\*\*$/, ".+");
  return new RegExp(`^${source}$`).test(path);
}

describe("globs of paths", () => {
  it.each([
    ["var/cache/apk/APKINDEX.*.tar.gz", "var/cache/apk/APKINDEX.1a.tar.gz", true],
    ["var/cache/apk/APKINDEX.*.tar.gz", "var/cache/apk/x/APKINDEX.1a.tar.gz", false],
    ["tmp/**", "tmp/a/b/c", true],
    ["tmp/**", "tmp", false],
    ["**/.git/**", ".git/HEAD", true],
    ["**/.git/**", "a/b/.git/objects/1", true],
    ["**/.git/**", "a/.gitignore", false],
    ["**/*.a", "usr/lib/libx.a", true],
    ["**/*.js.map", "app/x.min.js.map", true],
    ["**/*.js.map", "app/x.css.map", false],
    ["**/node_modules/**/*.md", "a/node_modules/b/README.md", true],
    ["**/node_modules/**/*.md", "a/node_modules/README.md", true],
    ["opt/{a,b}/pkgs/**", "opt/b/pkgs/x", true],
    ["opt/{a,b}/pkgs/**", "opt/c/pkgs/x", false],
    ["lib/python3*/test/**", "lib/python3.11/test/x", true],
    ["**/core.[0-9]*", "app/core.12", true],
    ["**/core.[0-9]*", "app/core.js", false],
  ])("%s and %s: %s", (glob, path, expected) => {
    expect(matches([glob], path)).toEqual(expected ? [0] : []);
  });

  it("~ is root's home, any in /home, and the image's own", () => {
    const glob = ["~/.cache/pip/**"];
    expect(matches(glob, "root/.cache/pip/a/b")).toEqual([0]);
    expect(matches(glob, "home/me/.cache/pip/a")).toEqual([0]);
    expect(matches(glob, "srv/app/.cache/pip/a", ["srv/app"])).toEqual([0]);
    expect(matches(glob, "srv/app/.cache/pip/a")).toEqual([]);
  });

  it("many globs are told apart, each named once", () => {
    const globs = ["tmp/**", "**/*.log", "tmp/*.log", "var/log/**"];
    expect(matches(globs, "tmp/x.log")).toEqual([0, 1, 2]);
    expect(matches(["**/a/**", "**/a/**/b"], "a/a/a/b")).toEqual([0, 1]);
  });

  it("mean what a regular expression for each would", () => {
    const part = fc.constantFrom("a", "b", "*", "**", "*.x", "a*");
    const glob = fc
      .array(part, { minLength: 1, maxLength: 4 })
      .filter((parts) => parts.every((one, i) => one !== "**" || parts[i + 1] !== "**"))
      .map((parts) => parts.join("/"));
    const path = fc.array(fc.constantFrom("a", "b", "ab", "q.x", "a.x"), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(glob, { maxLength: 5 }), path, (globs, parts) => {
        const at = parts.join("/");
        const expected = globs.flatMap((one, i) => (naively(one, at) ? [i] : []));
        expect(matches(globs, at)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});
