import type { ImageLayer } from "../image/image.ts";
import type { ImagePath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import { joinedGroups } from "./edit-image.ts";
import type { ImageEdit } from "./image-edit.ts";

/**
 * Whether layers that edits join take a file of a lower layer away, or change it, and a later one of them stores it as it
 * was: with the same size, time, mode and owner. Whether the joined layer stores it depends on the engine's storage
 * driver: one that compares file systems by these (vfs) sees no change, one that keeps each layer as a directory
 * (overlay2) has the file there.
 */
export function storesAgain(ledger: Ledger, edits: readonly ImageEdit[]): boolean {
  return joinedGroups(edits).some((layers) => isStoredAgain(ledger, layers));
}

function isStoredAgain(ledger: Ledger, layers: readonly number[]): boolean {
  const { starts, removedIn } = ledger.squash;
  const joined = new Set(layers);
  /** Of what the joined layers took from others: which of them did, and how it was. */
  const taken = new Map<ImagePath, { readonly layer: number; readonly stat: string }>();
  for (let below = 0; below < Math.max(...layers); below++) {
    if (joined.has(below)) continue;
    for (let instance = starts[below] as number; instance < (starts[below + 1] as number); instance++) {
      const layer = removedIn[instance] as number;
      if (joined.has(layer) && kindOf(ledger, instance) === KIND.regular)
        taken.set(pathOf(ledger, instance), { layer, stat: statOf(ledger, instance) });
    }
  }
  if (taken.size === 0) return false;
  return layers.some((layer) => {
    const end = starts[layer + 1] as number;
    for (let instance = starts[layer] as number; instance < end; instance++) {
      if (kindOf(ledger, instance) !== KIND.regular) continue;
      const before = taken.get(pathOf(ledger, instance));
      // What one layer takes and stores in one go it does by any driver that built the image.
      if (before !== undefined && before.layer < layer && before.stat === statOf(ledger, instance)) return true;
    }
    return false;
  });
}

function entryOf({ image, squash: { starts } }: Ledger, instance: number) {
  const layer = layerOfInstance(starts, instance);
  const { entries } = (image.layers[layer] as ImageLayer).index;
  return { entries, at: instance - (starts[layer] as number) };
}

function kindOf(ledger: Ledger, instance: number): number | undefined {
  const { entries, at } = entryOf(ledger, instance);
  return entries.kinds[at];
}

function pathOf(ledger: Ledger, instance: number): ImagePath {
  const { nodes, tree } = ledger.squash;
  const node = nodes[instance] as number;
  const { entries, at } = entryOf(ledger, instance);
  return node === NONE ? entryPath(entries, at) : tree.pathOf(node);
}

function statOf(ledger: Ledger, instance: number): string {
  const { entries, at } = entryOf(ledger, instance);
  const { sizes, mtimes, modes, uids, gids } = entries;
  return [sizes, mtimes, modes, uids, gids].map((column) => column[at]).join(" ");
}
