import { NO_INSTRUCTION } from "../ledger/group.ts";
import { alignInOrder, type Pair, pairAnywhere } from "./align.ts";
import type { LayerChange, LayerStatus } from "./diff.ts";
import type { Snapshot, SnapshotLayer, Weight } from "./snapshot.ts";
import { minus, NO_WEIGHT, WeightsByKey } from "./weights.ts";

type Layers = readonly SnapshotLayer[];

interface AlignedLayer {
  readonly status: LayerStatus;
  readonly base: number | null;
  readonly head: number | null;
}

/** The classic builder records a COPY or ADD by the hash of what it copies: `COPY dir:3733b1c768da in /src`. */
function withoutHash({ instruction }: SnapshotLayer): string | null {
  if (instruction === null || !/^(?:COPY|ADD) /.test(instruction)) return instruction;
  return instruction.replace(/( (?:dir|file|multi):)[0-9a-f]+(?= in )/, "$1");
}

/** Finds layers of head in base: the same changeset first, then the same instruction; in order first, then anywhere. */
function matchLayers(base: Layers, head: Layers): Map<number, AlignedLayer> {
  const byBase = new Map<number, AlignedLayer>();
  const taken = new Set<number>();
  const match = (
    keyOf: (layer: SnapshotLayer) => string | null,
    pair: (a: readonly (string | null)[], b: readonly (string | null)[]) => Pair[],
    status: LayerStatus,
  ): void => {
    const baseKeys = base.map((layer, i) => (byBase.has(i) ? null : keyOf(layer)));
    const headKeys = head.map((layer, i) => (taken.has(i) ? null : keyOf(layer)));
    for (const [b, h] of pair(baseKeys, headKeys)) {
      byBase.set(b, { status, base: b, head: h });
      taken.add(h);
    }
  };
  match(({ diffId }) => diffId, alignInOrder, "same");
  match(({ diffId }) => diffId, pairAnywhere, "moved");
  match(({ instruction }) => instruction, alignInOrder, "rebuilt");
  match(({ instruction }) => instruction, pairAnywhere, "rebuilt");
  match(withoutHash, alignInOrder, "rebuilt");
  match(withoutHash, pairAnywhere, "rebuilt");
  return byBase;
}

/** In the order of head; a removed layer after the one that it stood on. */
function alignLayers(base: Layers, head: Layers): AlignedLayer[] {
  const byBase = matchLayers(base, head);
  const byHead = new Map([...byBase.values()].map((aligned) => [aligned.head, aligned]));
  const removedAfter = new Map<number, AlignedLayer[]>();
  let below = -1;
  base.forEach((_, i) => {
    const aligned = byBase.get(i);
    if (aligned?.head != null) {
      below = aligned.head;
      return;
    }
    const removed = removedAfter.get(below) ?? [];
    removedAfter.set(below, removed);
    removed.push({ status: "removed", base: i, head: null });
  });
  return [
    ...(removedAfter.get(-1) ?? []),
    ...head.flatMap((_, i) => [
      byHead.get(i) ?? { status: "added" as const, base: null, head: i },
      ...(removedAfter.get(i) ?? []),
    ]),
  ];
}

function layerAt(layers: Layers, at: number | null): SnapshotLayer | null {
  return at === null ? null : (layers[at] ?? null);
}

/** Layers of two images side by side, and the bytes of each instruction, whatever its number in the history. */
export interface ComparedLayers {
  readonly layers: readonly LayerChange[];
  readonly instructions: { readonly base: ReadonlyMap<string, Weight>; readonly head: ReadonlyMap<string, Weight> };
}

export function compareLayers(base: Snapshot, head: Snapshot): ComparedLayers {
  const hasBlobs = base.sizes.blobBytes !== null && head.sizes.blobBytes !== null;
  const [baseSums, headSums] = [new WeightsByKey(), new WeightsByKey()];
  const layers = alignLayers(base.layers, head.layers).map((aligned) => {
    const [before, after] = [layerAt(base.layers, aligned.base), layerAt(head.layers, aligned.head)];
    // What is aligned is one row, also where the two histories word the instruction differently.
    const instruction = after?.instruction ?? before?.instruction ?? null;
    if (before !== null) baseSums.add(instruction ?? NO_INSTRUCTION, before);
    if (after !== null) headSums.add(instruction ?? NO_INSTRUCTION, after);
    const change = minus(after ?? NO_WEIGHT, before ?? NO_WEIGHT);
    return { ...aligned, instruction, change: hasBlobs ? change : { ...change, blobBytes: null } };
  });
  return { layers, instructions: { base: baseSums.rows, head: headSums.rows } };
}
