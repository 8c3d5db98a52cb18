import fc from "fast-check";
import { expect, test } from "vitest";
import { DirectoryNumbers } from "../../packages/core/src/finding/directory-numbers.ts";
import { parentPath } from "../../packages/core/src/image-path.ts";
import { KIND } from "../../packages/core/src/layer/layer-index.ts";
import { NONE, PathTree, ROOT } from "../../packages/core/src/tree/path-tree.ts";

const path = fc.array(fc.constantFrom("a", "b", "usr", "lib", "é"), { maxLength: 6 }).map((names) => names.join("/"));

function treeOf(paths: readonly string[]): { tree: PathTree; nodeAt: (path: string) => number } {
  const tree = new PathTree();
  const nodeAt = (wanted: string): number => {
    let at: number = ROOT;
    for (const name of wanted === "" ? [] : wanted.split("/")) {
      const known = tree.child(at, name);
      at = known === NONE ? tree.add(at, name, KIND.directory) : known;
    }
    return at;
  };
  for (const one of paths) nodeAt(one);
  return { tree, nodeAt };
}

test("numbers of directories are one for each that was asked for and all above it, lower the higher it lies", () => {
  fc.assert(
    fc.property(fc.array(path), fc.array(path), (others, paths) => {
      const { tree, nodeAt } = treeOf([...others, ...paths]);
      const numbers = new DirectoryNumbers(tree);
      for (const one of paths) numbers.numberOf(nodeAt(one));
      const all = new Set([""]);
      for (const one of paths) for (let at = one; at !== ""; at = parentPath(at)) all.add(at);
      expect(numbers.count).toBe(all.size);
      expect(new Set(Array.from(all, (one) => numbers.numberOf(nodeAt(one)))).size).toBe(all.size);
      for (const one of all)
        if (one !== "")
          expect(numbers.parents[numbers.numberOf(nodeAt(one))]).toBe(numbers.numberOf(nodeAt(parentPath(one))));
      expect(numbers.parents.every((parent, number) => parent < number)).toBe(true);
    }),
  );
});
