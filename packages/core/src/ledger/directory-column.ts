import { keyOfPath, parentPath, textOfPath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import { NONE, type PathTree, ROOT } from "../tree/path-tree.ts";
import { type Column, KeyNumbers } from "./key-numbers.ts";
import type { LayerRows } from "./layer-rows.ts";

/** The directory that each entry lies in, as text. */
export function directoryColumn(layers: readonly LayerRows[], tree: PathTree, total: number): Column {
  const { parents } = tree;
  const keys = new KeyNumbers();
  const numbers = new Uint32Array(total);
  const numberOfNode = new Map<number, number>();
  // Entries of one directory follow each other.
  let last: number | null = null;
  let number = 0;
  for (const { entries, nodes, first, count } of layers) {
    for (let i = 0; i < count; i++) {
      const node = nodes[i] as number;
      // An opaque marker lies in the directory that it names.
      const isOpaque = entries.kinds[i] === KIND.opaque;
      if (node === NONE) {
        const path = entryPath(entries, i);
        numbers[first + i] = keys.numberOf(directoryKey(isOpaque ? path : parentPath(path)));
        continue;
      }
      const directory = isOpaque ? node : (parents[node] as number);
      if (directory !== last) {
        last = directory;
        number =
          numberOfNode.get(directory) ?? keys.numberOf(directoryKey(directory <= ROOT ? "" : tree.pathOf(directory)));
        numberOfNode.set(directory, number);
      }
      numbers[first + i] = number;
    }
  }
  return { keys: keys.list, numbers };
}

/** Two directories must not share a key because both have names that are not UTF-8. */
function directoryKey(path: string): string {
  return keyOfPath(textOfPath(path));
}
