import { haveEqualHashes } from "../layer/content-hash.ts";
import type { LayerIndex } from "../layer/layer-index.ts";
import { FATE, type Fate } from "./fate.ts";
import { layerOfInstance } from "./instance.ts";
import { NONE } from "./path-tree.ts";
import { withRoom } from "./with-room.ts";

/** The regular files of all layers, by instance number: how many paths each has, and what became of it. */
export class Inodes {
  readonly #layers: LayerIndex[] = [];
  /** The first instance of each layer, and the total. */
  readonly #starts: number[] = [0];
  #fates: Uint8Array;
  #removedIn: Int32Array;
  #linkCounts: Uint32Array;

  /** @param expected how many instances there will be, where that is known */
  constructor(expected: number) {
    this.#fates = new Uint8Array(expected);
    this.#removedIn = new Int32Array(expected).fill(NONE);
    this.#linkCounts = new Uint32Array(expected);
  }

  get starts(): readonly number[] {
    return this.#starts;
  }

  /** What became of each; live until its last path goes. */
  get fates(): Uint8Array {
    return this.#fates.subarray(0, this.#total);
  }

  /** The layer whose event took the last path; NONE while there is one. */
  get removedIn(): Int32Array {
    return this.#removedIn.subarray(0, this.#total);
  }

  /** The files of a layer on top: they have no paths yet. */
  add(layer: LayerIndex): void {
    this.#layers.push(layer);
    const total = this.#total + layer.entries.count;
    this.#starts.push(total);
    this.#fates = withRoom(this.#fates, total, 0);
    this.#removedIn = withRoom(this.#removedIn, total, NONE);
    this.#linkCounts = withRoom(this.#linkCounts, total, 0);
  }

  get #total(): number {
    return this.#starts.at(-1) as number;
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
    this.#fates[inode] = isOfLayer ? FATE.duplicateEntry : fate;
    this.#removedIn[inode] = layer;
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
