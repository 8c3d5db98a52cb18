import { KIND } from "../layer/layer-index.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Ledger } from "./ledger.ts";
import { type PlaceSums, sumPlaces } from "./place-sums.ts";
import type { Places } from "./places.ts";

/**
 * What a layer did at a path. `changed`: something else stands there, a directory was stored again, or anything below it
 * came, went or changed. null: nothing was there, neither before the layer nor after it.
 */
export type PathChange = "added" | "changed" | "removed" | "unchanged" | null;

const CHANGE_NAMES = [null, "unchanged", "changed", "added", "removed"] as const;
const [NOTHING, UNCHANGED, CHANGED, ADDED, REMOVED] = [0, 1, 2, 3, 4] as const;

/** What one layer changed in the tree, and what it stores and takes, by place. */
export class LayerChanges {
  readonly layer: number;
  /** Of what the layer itself stores. */
  readonly sums: PlaceSums;
  /** Regular files whose last path the layer took, at and below each place. */
  readonly removedFiles: Uint32Array;
  /** Content bytes of those. */
  readonly removedBytes: Float64Array;
  readonly #changes: Uint8Array;

  /** As `ImageTree.changesIn` makes them. */
  constructor(ledger: Ledger, places: Places, layer: number) {
    this.layer = layer;
    const own = ledger.rowsOf(layer);
    this.sums = sumPlaces(places, [own]);
    this.removedFiles = new Uint32Array(places.count);
    this.removedBytes = new Float64Array(places.count);
    for (const { nodes, removedIn, entries, count } of ledger.rows.slice(0, layer + 1)) {
      for (let i = 0; i < count; i++) {
        if (removedIn[i] !== layer || entries.kinds[i] !== KIND.regular) continue;
        const place = places.ofNode[nodes[i] as number] as number;
        this.removedFiles[place] = (this.removedFiles[place] as number) + 1;
        this.removedBytes[place] = (this.removedBytes[place] as number) + (entries.sizes[i] as number);
      }
    }
    this.#changes = findChanges(places, ledger.squash.firstNodes, layer, own.first, own.first + own.count);
    for (const [entry, node] of own.nodes.entries()) {
      const place = node === NONE ? NONE : (places.ofNode[node] as number);
      const isStored = (own.entries.kinds[entry] as number) < KIND.whiteout;
      if (place !== NONE && isStored && this.#changes[place] === UNCHANGED) this.#changes[place] = CHANGED;
    }
    this.#passUp(places);
  }

  /** What it did at a place. */
  at(place: number): PathChange {
    return CHANGE_NAMES[this.#changes[place] as number] ?? null;
  }

  /** Places have higher numbers than those above them, so each is complete before it is passed on. */
  #passUp({ parents, count }: Places): void {
    const changes = this.#changes;
    for (let place = count - 1; place > 0; place--) {
      const parent = parents[place] as number;
      this.removedFiles[parent] = (this.removedFiles[parent] as number) + (this.removedFiles[place] as number);
      this.removedBytes[parent] = (this.removedBytes[parent] as number) + (this.removedBytes[place] as number);
      const isChange = (changes[place] as number) > UNCHANGED;
      if (isChange && changes[parent] === UNCHANGED) changes[parent] = CHANGED;
    }
  }
}

/** Holds what stands at each place before the layer against what does after it: nodes and entries are numbered in order. */
function findChanges(
  { ofNode, count, tree }: Places,
  firstNodes: Uint32Array,
  layer: number,
  firstInstance: number,
  endInstance: number,
): Uint8Array {
  const { endedBy } = tree;
  const [before, after] = [new Int32Array(count).fill(NONE), new Int32Array(count).fill(NONE)];
  const created = firstNodes[layer] as number;
  const end = firstNodes[layer + 1] ?? ofNode.length;
  for (let node = 0; node < end; node++) {
    const endedAt = endedBy[node] as number;
    const place = ofNode[node] as number;
    if (node < created && (endedAt === NONE || endedAt >= firstInstance)) before[place] = node;
    if (endedAt === NONE || endedAt >= endInstance) after[place] = node;
  }
  return Uint8Array.from(before, (was, place) => {
    const is = after[place] as number;
    if (was === is) return was === NONE ? NOTHING : UNCHANGED;
    return was === NONE ? ADDED : is === NONE ? REMOVED : CHANGED;
  });
}
