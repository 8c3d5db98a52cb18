import type { ElfFacts } from "../layer/elf-facts.ts";
import type { EntryColumns, LayerIndex } from "../layer/layer-index.ts";
import type { PathTree } from "../tree/path-tree.ts";
import type { Squash } from "../tree/squash.ts";
import type { Attribution } from "./attribution.ts";
import { LayerLinks } from "./layer-links.ts";

/**
 * The rows of one layer in columns, all by entry: those that the layer has of its own beside those that the ledger adds.
 * For whoever goes through many; one row alone is an {@link Entry}.
 */
export class LayerRows {
  /** 0-based, bottom first. */
  readonly layer: number;
  /** The instance of the layer's first entry: entry `i` is instance `first + i`. */
  readonly first: number;
  readonly count: number;
  readonly entries: EntryColumns;
  /** Of regular files: what became of them (`FATE`). */
  readonly fates: Uint8Array;
  /** Of regular files that are not live: the layer that took their last path; -1 for the rest. */
  readonly removedIn: Int32Array;
  /** The node of the path that an entry is reported under; -1 where it has none. */
  readonly nodes: Int32Array;
  /** Numbers in {@link ownerKeys}. */
  readonly owners: Uint32Array;
  /** Numbers in `CATEGORIES`. */
  readonly categories: Uint8Array;
  /** Compressed bytes of each entry in the layer's blob; null where the layer has no known blob size. */
  readonly blobBytes: Float64Array | null;
  /** Of all layers: `apk/musl`, `[unowned]`, `[package-state]`. */
  readonly ownerKeys: readonly string[];
  /** The paths of the image: what {@link nodes} are numbers of. */
  readonly tree: PathTree;
  /** The layer belongs to the base image. */
  readonly inBase: boolean;
  readonly #index: LayerIndex;
  readonly #squash: Squash;
  #links: LayerLinks | null = null;
  #binaries: ReadonlyMap<number, ElfFacts> | null = null;

  constructor(layer: number, index: LayerIndex, squash: Squash, attribution: Attribution, blob: Float64Array | null) {
    const first = squash.starts[layer] as number;
    const end = first + index.entries.count;
    this.layer = layer;
    this.first = first;
    this.count = index.entries.count;
    this.entries = index.entries;
    this.fates = squash.fates.subarray(first, end);
    this.removedIn = squash.removedIn.subarray(first, end);
    this.nodes = squash.nodes.subarray(first, end);
    this.owners = attribution.owners.subarray(first, end);
    this.categories = attribution.categories.subarray(first, end);
    this.blobBytes = blob;
    this.ownerKeys = attribution.ownerKeys;
    this.tree = squash.tree;
    this.inBase = layer < attribution.base.layers;
    this.#index = index;
    this.#squash = squash;
  }

  /** The node of the path that an entry itself has, wherever it is reported; -1 where it has no place in the tree. */
  ownNode(entry: number): number {
    return this.#squash.ownNodes.get(this.first + entry) ?? (this.nodes[entry] as number);
  }

  /** Hard links among the entries. */
  get links(): LayerLinks {
    this.#links ??= new LayerLinks(this.#squash.links, this.first, this.first + this.count);
    return this.#links;
  }

  /** What ELF binaries say of themselves, by entry. */
  get binaries(): ReadonlyMap<number, ElfFacts> {
    this.#binaries ??= new Map(this.#index.binaries.map(({ entry, facts }) => [entry, facts]));
    return this.#binaries;
  }
}
