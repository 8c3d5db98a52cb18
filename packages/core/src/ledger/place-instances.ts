import { NONE } from "../tree/path-tree.ts";
import type { Ledger } from "./ledger.ts";
import type { Places } from "./places.ts";

/** Which entries are reported at a place: mostly one. */
export class PlaceInstances {
  readonly #starts: Uint32Array;
  readonly #list: Uint32Array;

  constructor({ ofNode, count }: Places, { rows, count: total }: Ledger) {
    const starts = new Uint32Array(count + 2);
    for (const { nodes } of rows) {
      for (const node of nodes) {
        if (node === NONE) continue;
        const at = (ofNode[node] as number) + 2;
        starts[at] = (starts[at] as number) + 1;
      }
    }
    for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] as number) + (starts[at - 1] as number);
    // What is filled in moves each start on to where its place begins.
    const list = new Uint32Array(total);
    for (const { nodes, first } of rows) {
      nodes.forEach((node, i) => {
        if (node === NONE) return;
        const at = (ofNode[node] as number) + 1;
        list[starts[at] as number] = first + i;
        starts[at] = (starts[at] as number) + 1;
      });
    }
    this.#starts = starts;
    this.#list = list;
  }

  /** In order of layers, and of the tar. */
  at(place: number): Uint32Array {
    return this.#list.subarray(this.#starts[place], this.#starts[place + 1]);
  }
}
