import type { LayerIndex } from "../layer/layer-index.ts";
import type { Fate } from "./fate.ts";
import type { LinkColumns } from "./link-columns.ts";
import type { PathTree } from "./path-tree.ts";

/** Something that happened to a path while the layers were put on top of each other. */
export interface TreeEvent {
  readonly layer: number;
  /** The entry of the layer that did it. */
  readonly entry: number;
  readonly node: number;
  /** `placed`: something now stands at the path. `metadata`: a directory got new attributes. Else the fate of what stood there. */
  readonly what: "placed" | "metadata" | Fate;
}

/** What to tell while layers are put on top of each other. */
export interface SquashObserver {
  readonly event?: ((event: TreeEvent) => void) | undefined;
  /** A layer has been applied: everything stands as if it were the last one. */
  readonly layerApplied?: ((layer: number, state: LayerState) => void) | undefined;
}

/** The squash as far as it has come: only to be looked at during the call. */
export interface LayerState {
  /** The layer that was applied last. */
  readonly index: LayerIndex;
  readonly tree: PathTree;
  /** The first instance of each layer so far, and their total. */
  readonly starts: ArrayLike<number>;
  /** Fates so far, as in the finished squash: live is what is still there. */
  readonly fates: Uint8Array;
  /** Hard links so far. */
  readonly links: LinkColumns;
  /** The path of the entry that carried an instance's bytes. */
  readonly nodes: Int32Array;
}
