import { haveEqualHashes } from "../layer/content-hash.ts";
import type { LayerIndex } from "../layer/layer-index.ts";
import { FATE, type Fate } from "./fate.ts";
import { layerOfInstance } from "./instance.ts";
import { NONE } from "./path-tree.ts";

/** The regular files of all layers, by instance number: how many paths each has, and what became of it. */
export class Inodes {
  /** What became of it; live until its last path goes. */
  readonly fates: Uint8Array;
  /** The layer whose event took the last path; NONE while there is one. */
  readonly removedIn: Int32Array;
  readonly #layers: readonly LayerIndex[];
  readonly #starts: Uint32Array;
  readonly #linkCounts: Uint32Array;

  constructor(layers: readonly LayerIndex[], starts: Uint32Array) {
    const total = starts[layers.length] as number;
    this.#layers = layers;
    this.#starts = starts;
    this.fates = new Uint8Array(total);
    this.removedIn = new Int32Array(total).fill(NONE);
    this.#linkCounts = new Uint32Array(total);
  }

  /** One more path leads to it. */
  link(inode: number): void {
    this.#linkCounts[inode] = (this.#linkCounts[inode] as number) + 1;
  }

  /** One path less leads to it, by an event of a layer that would be its fate if that was the last. */
  unlink(inode: number, fate: Fate, layer: number): void {
    const left = (this.#linkCounts[inode] as number) - 1;
    this.#linkCounts[inode] = left;
    if (left > 0) return;
    const isOfLayer = inode >= (this.#starts[layer] as number);
    this.fates[inode] = isOfLayer ? FATE.duplicateEntry : fate;
    this.removedIn[inode] = layer;
  }

  /** What becomes of one inode when another takes its path; NONE stands for what is no regular file. */
  replaced(victim: number, killer: number): Fate {
    if (victim === NONE || killer === NONE) return FATE.overwritten;
    const layer = layerOfInstance(this.#starts, victim);
    const killerLayer = layerOfInstance(this.#starts, killer);
    const { entries } = this.#layers[layer] as LayerIndex;
    const { entries: others } = this.#layers[killerLayer] as LayerIndex;
    const entry = victim - (this.#starts[layer] as number);
    const other = killer - (this.#starts[killerLayer] as number);
    if (entries.sizes[entry] !== others.sizes[other]) return FATE.overwritten;
    const isSame = haveEqualHashes(entries, entry, others, other);
    return isSame === null ? FATE.rewritten : isSame ? FATE.metadataOnly : FATE.overwritten;
  }
}
