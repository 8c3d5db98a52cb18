import fc from "fast-check";
import { expect, test } from "vitest";
import { ListedPaths } from "../../packages/core/src/package-db/listed-paths.ts";
import { type FoundPackage, packageKey } from "../../packages/core/src/package-db/package-db.ts";
import { PathTree, ROOT } from "../../packages/core/src/tree/path-tree.ts";

const PATHS = ["a", "d/a", "d/b", "d/e/a", "lib/a", "lib/b", "usr/lib/a", "usr/lib/b", "usr/lib/x/a"];

/** `lib` is a link to `usr/lib`, or a directory of its own. */
function treeOf(merged: boolean): PathTree {
  const tree = new PathTree();
  const usr = tree.add(ROOT, "usr", 5);
  tree.add(usr, "lib", 5);
  const lib = tree.add(ROOT, "lib", merged ? 2 : 5);
  if (merged) tree.links.set(lib, "usr/lib");
  return tree;
}

const found = fc.record({
  name: fc.constantFrom("one", "two", "three", "four"),
  files: fc.subarray(PATHS),
  roots: fc.subarray(["d", "usr/lib/x"]),
});

const packageOf = ({ name, files, roots }: { name: string; files: string[]; roots: string[] }): FoundPackage => ({
  ecosystem: "deb",
  name,
  version: "1",
  files,
  roots,
  explicit: null,
  requires: [],
});

/** The first package of a list that lists a path, where `lib` may stand for `usr/lib`. */
function firstWith(packages: readonly FoundPackage[], part: "files" | "roots", path: string, merged: boolean) {
  const real = (one: string): string => (merged && one.startsWith("lib/") ? `usr/${one}` : one);
  const owner = packages.find((one) => one[part].some((listed) => real(listed) === path));
  return owner === undefined ? undefined : packageKey(owner);
}

function expectLists(listed: ListedPaths, packages: readonly FoundPackage[], merged: boolean): void {
  for (const path of PATHS) {
    if (merged && path.startsWith("lib/")) continue;
    expect(listed.files.get(path)).toBe(firstWith(packages, "files", path, merged));
  }
  for (const path of ["d", "usr/lib/x"])
    expect(listed.roots.get(path)).toBe(firstWith(packages, "roots", path, merged));
}

/** As an installation does: new packages stand between the old ones. */
function installed(before: readonly FoundPackage[], added: readonly FoundPackage[]): FoundPackage[] {
  return [...added.flatMap((one, at) => [one, ...before.slice(at, at + 1)]), ...before.slice(added.length)];
}

test("what is listed after some layers is what would be listed anew, and what was listed before stays", () => {
  const lists = fc.array(
    fc.record({ packages: fc.array(found.map(packageOf), { maxLength: 5 }), merged: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  fc.assert(
    fc.property(lists, fc.boolean(), (layers, keeps) => {
      const all: { listed: ListedPaths; packages: readonly FoundPackage[]; merged: boolean }[] = [];
      for (const { packages: added, merged } of layers) {
        const last = all.at(-1);
        const packages = keeps && last !== undefined ? installed(last.packages, added) : added;
        all.push({ listed: new ListedPaths(treeOf(merged), packages, last?.listed), packages, merged });
      }
      for (const { listed, packages, merged } of all) expectLists(listed, packages, merged);
    }),
    { numRuns: 500 },
  );
});
