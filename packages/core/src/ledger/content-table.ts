import { type HashColumn, hashColumn } from "../layer/content-hash.ts";
import { HASH_BYTES } from "../layer/layer-index.ts";
import { layerOfInstance } from "../tree/instance.ts";
import { NONE } from "../tree/path-tree.ts";
import type { Ledger } from "./ledger.ts";

/**
 * The first stored file of each content, in a table of instance numbers, so that millions of them cost no objects. Hashes
 * are spread evenly as they are: the first bytes of each say where to look, and tell most of them apart.
 */
export class ContentTable {
  readonly #starts: Uint32Array;
  /** By layer; null where contents were not read. */
  readonly #hashes: readonly (HashColumn | null)[];
  readonly #slots: Int32Array;
  /** By slot: the first bytes of the hash. */
  readonly #prefixes: Int32Array;

  constructor({ image, squash }: Ledger) {
    this.#starts = squash.starts;
    this.#hashes = image.layers.map(({ index }) => hashColumn(index.entries));
    // Three quarters full at most.
    const size = 2 ** Math.ceil(Math.log2((4 / 3) * (squash.starts.at(-1) ?? 0) + 1));
    this.#slots = new Int32Array(size).fill(NONE);
    this.#prefixes = new Int32Array(size);
  }

  /** Adds a regular file whose contents were read, if it is the first with its content. @returns the instance of the first */
  add(layer: number, entry: number): number {
    const { bytes, offsets } = this.#hashes[layer] as HashColumn;
    const at = offsets[entry] as number;
    const prefix = bytes.readInt32LE(at);
    const last = this.#slots.length - 1;
    let slot = prefix & last;
    for (let first = this.#slots[slot] as number; first !== NONE; first = this.#slots[slot] as number) {
      if (this.#prefixes[slot] === prefix && this.#isEqual(first, bytes, at)) return first;
      slot = (slot + 1) & last;
    }
    const instance = (this.#starts[layer] as number) + entry;
    this.#slots[slot] = instance;
    this.#prefixes[slot] = prefix;
    return instance;
  }

  #isEqual(instance: number, bytes: Buffer, at: number): boolean {
    const layer = layerOfInstance(this.#starts, instance);
    const other = this.#hashes[layer] as HashColumn;
    const from = other.offsets[instance - (this.#starts[layer] as number)] as number;
    return other.bytes.compare(bytes, at, at + HASH_BYTES, from, from + HASH_BYTES) === 0;
  }
}
