import fc from "fast-check";
import { expect, test } from "vitest";
import { parentPath } from "../../packages/core/src/image-path.ts";
import { KIND } from "../../packages/core/src/layer/layer-index.ts";
import { FromAbove } from "../../packages/core/src/tree/from-above.ts";
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

test("something is worked out once for each directory that is asked for and all above it, from above", () => {
  fc.assert(
    fc.property(fc.array(path), fc.array(path), (others, paths) => {
      const { tree, nodeAt } = treeOf([...others, ...paths]);
      const parents: number[] = [NONE];
      const numbers = new FromAbove<number>(tree, 0, (above) => parents.push(above) - 1);
      for (const one of paths) numbers.at(nodeAt(one));
      const all = new Set([""]);
      for (const one of paths) for (let at = one; at !== ""; at = parentPath(at)) all.add(at);
      expect(parents.length).toBe(all.size);
      expect(new Set(Array.from(all, (one) => numbers.at(nodeAt(one)))).size).toBe(all.size);
      for (const one of all)
        if (one !== "") expect(parents[numbers.at(nodeAt(one))]).toBe(numbers.at(nodeAt(parentPath(one))));
      expect(parents.every((parent, number) => parent < number)).toBe(true);
    }),
  );
});
