import type { ImagePath } from "../../image-path.ts";
import { entryLink, entryPath, KIND, type LayerIndex } from "../../layer/layer-index.ts";

type Names = ReadonlyMap<ImagePath, readonly ImagePath[]>;

const NONE: Names = new Map();
const known = new WeakMap<LayerIndex, Names>();

/** Hard links of a layer, by the path of the entry that carries the bytes. A link to a link counts for the file. */
export function hardLinksOf(index: LayerIndex): Names {
  let names = known.get(index);
  if (names === undefined) {
    names = index.entries.kinds.includes(KIND.hardLink) ? readLinks(index) : NONE;
    known.set(index, names);
  }
  return names;
}

function readLinks({ entries }: LayerIndex): Names {
  const carriers = new Map<ImagePath, ImagePath>();
  const names = new Map<ImagePath, ImagePath[]>();
  for (let i = 0; i < entries.count; i++) {
    if (entries.kinds[i] !== KIND.hardLink) continue;
    const path = entryPath(entries, i);
    const target = entryLink(entries, i);
    // A target stands before its links, so a chain is as long as what is known of it.
    const carrier = carriers.get(target) ?? target;
    carriers.set(path, carrier);
    const own = names.get(carrier);
    if (own === undefined) names.set(carrier, [path]);
    else own.push(path);
  }
  return names;
}
