import { parentPath } from "../image-path.ts";
import { entryPath, KIND } from "../layer/layer-index.ts";
import { FATE } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import type { LayerRows } from "./layer-rows.ts";
import type { Places } from "./places.ts";

/** Several owners, or several categories. */
export const MIXED = -2;

/** What the entries at and below each place add up to: a column each, by place. */
export class PlaceSums {
  /** Regular files that layers store, whatever became of them. */
  readonly files: Uint32Array;
  readonly liveFiles: Uint32Array;
  readonly contentBytes: Float64Array;
  readonly liveBytes: Float64Array;
  /** Of entries of every kind, headers and padding included. */
  readonly blobBytes: Float64Array;
  /** The number of the owner that all regular files have; {@link MIXED} of several, -1 where there is no file. */
  readonly owners: Int32Array;
  readonly categories: Int32Array;

  constructor(count: number) {
    this.files = new Uint32Array(count);
    this.liveFiles = new Uint32Array(count);
    this.contentBytes = new Float64Array(count);
    this.liveBytes = new Float64Array(count);
    this.blobBytes = new Float64Array(count);
    this.owners = new Int32Array(count).fill(NONE);
    this.categories = new Int32Array(count).fill(NONE);
  }
}

/** Adds up the rows of some layers, of all or of one. */
export function sumPlaces(places: Places, layers: readonly LayerRows[]): PlaceSums {
  const sums = new PlaceSums(places.count);
  for (const rows of layers) addRows(sums, places, rows);
  passUp(sums, places);
  return sums;
}

function addRows(sums: PlaceSums, places: Places, rows: LayerRows): void {
  const { nodes, fates, owners, categories, blobBytes, count } = rows;
  const { kinds, sizes } = rows.entries;
  for (let i = 0; i < count; i++) {
    const node = nodes[i] as number;
    const place = node === NONE ? nearest(places, rows, i) : (places.ofNode[node] as number);
    if (blobBytes !== null) add(sums.blobBytes, place, blobBytes[i] as number);
    if (kinds[i] !== KIND.regular) continue;
    add(sums.files, place, 1);
    add(sums.contentBytes, place, sizes[i] as number);
    if (fates[i] === FATE.live) {
      add(sums.liveFiles, place, 1);
      add(sums.liveBytes, place, sizes[i] as number);
    }
    meet(sums.owners, place, owners[i] as number);
    meet(sums.categories, place, categories[i] as number);
  }
}

/** What an entry without a path of its own (a whiteout of nothing) costs goes to the lowest directory above it. */
function nearest(places: Places, { entries }: LayerRows, entry: number): number {
  const path = entryPath(entries, entry);
  return places.lowest(entries.kinds[entry] === KIND.opaque ? path : parentPath(path)).place;
}

/** Places have higher numbers than those above them, so each is complete before it is passed on. */
function passUp(sums: PlaceSums, { parents, count }: Places): void {
  for (let place = count - 1; place > 0; place--) {
    const parent = parents[place] as number;
    add(sums.files, parent, sums.files[place] as number);
    add(sums.liveFiles, parent, sums.liveFiles[place] as number);
    add(sums.contentBytes, parent, sums.contentBytes[place] as number);
    add(sums.liveBytes, parent, sums.liveBytes[place] as number);
    add(sums.blobBytes, parent, sums.blobBytes[place] as number);
    meet(sums.owners, parent, sums.owners[place] as number);
    meet(sums.categories, parent, sums.categories[place] as number);
  }
}

function add(column: Uint32Array | Float64Array, at: number, amount: number): void {
  column[at] = (column[at] as number) + amount;
}

function meet(column: Int32Array, at: number, number: number): void {
  const known = column[at] as number;
  if (number === NONE || known === number) return;
  column[at] = known === NONE ? number : MIXED;
}
