import fc from "fast-check";
import { expect, test } from "vitest";
import { DirectoryNumbers } from "../../packages/core/src/finding/directory-numbers.ts";
import { parentPath } from "../../packages/core/src/image-path.ts";

const path = fc.array(fc.constantFrom("a", "b", "usr", "lib", "é"), { maxLength: 6 }).map((names) => names.join("/"));

test("numbers of directories are one for each path and all above it, lower the higher it lies", () => {
  fc.assert(
    fc.property(fc.array(path), (paths) => {
      const numbers = new DirectoryNumbers();
      for (const one of paths) numbers.numberOf(one);
      const all = new Set([""]);
      for (const one of paths) for (let at = one; at !== ""; at = parentPath(at)) all.add(at);
      expect(numbers.count).toBe(all.size);
      expect(new Set(Array.from(all, (one) => numbers.numberOf(one))).size).toBe(all.size);
      for (const one of all)
        if (one !== "") expect(numbers.parents[numbers.numberOf(one)]).toBe(numbers.numberOf(parentPath(one)));
      expect(numbers.parents.every((parent, number) => parent < number)).toBe(true);
    }),
  );
});
