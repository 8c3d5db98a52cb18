import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Categorizer } from "../../packages/core/src/category/categorize.ts";
import { DirectoryNumbers } from "../../packages/core/src/tree/directory-numbers.ts";

const path = fc.array(fc.constantFrom("a", "b", "usr", "lib", "é"), { maxLength: 6 }).map((names) => names.join("/"));

describe("numbers of directories", () => {
  it("are one for each path, and lead to it and to what is above", () => {
    fc.assert(
      fc.property(fc.array(path), (paths) => {
        const numbers = new DirectoryNumbers();
        const given = paths.map((one) => numbers.numberOf(one));
        expect(given.map((number) => numbers.pathOf(number))).toEqual(paths);
        const all = new Set([""]);
        for (const one of paths) {
          const names = one === "" ? [] : one.split("/");
          names.forEach((_, i) => {
            all.add(names.slice(0, i + 1).join("/"));
          });
        }
        expect(numbers.count).toBe(all.size);
        expect(numbers.parents.every((parent, number) => parent < number)).toBe(true);
      }),
    );
  });
});

describe("what a directory is for", () => {
  it("does not depend on what was asked before", () => {
    const known = fc.constantFrom(
      "root/.cache/pip/http",
      "home/me/.cache/pip",
      "home/me/.npm/_cacache",
      "usr/lib/python3.11/site-packages/x",
      "usr/share/doc/bash",
      "var/cache/apk",
      "srv/app/node_modules/a/node_modules/b",
      "var/lib/apt/lists/partial",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(path, known)), (paths) => {
        const one = new Categorizer();
        for (const directory of paths) expect(one.directory(directory)).toEqual(new Categorizer().directory(directory));
      }),
    );
  });

  it("holds however deep it lies", () => {
    const deep = Array.from({ length: 2000 }, () => "d").join("/");
    const categorizer = new Categorizer();
    expect(categorizer.directory(deep)).toEqual(categorizer.directory("d"));
    expect(categorizer.directory(`${deep}/node_modules/x`)).toEqual(categorizer.directory("d/node_modules/x"));
  });
});
