import type { MapData } from "../data/map-data.ts";
import type { Classes } from "./classes.ts";
import type { Settings } from "./settings.ts";

/** Bytes by node and class. */
class ClassSums {
  readonly #sums: Float64Array;
  readonly #count: number;
  readonly #classes: Classes;

  constructor(count: number, classes: Classes) {
    this.#sums = new Float64Array(count * classes.names.length);
    this.#count = count;
    this.#classes = classes;
  }

  add(node: number, row: number, amount: number): void {
    add(this.#sums, node * this.#classes.names.length + (this.#classes.of[row] as number), amount);
  }

  passUp(node: number, parent: number): void {
    const width = this.#classes.names.length;
    for (let i = 0; i < width; i++) add(this.#sums, parent * width + i, this.#sums[node * width + i] as number);
  }

  /** By node: the class with most bytes. */
  largest(): Uint8Array {
    const width = this.#classes.names.length;
    const sums = this.#sums;
    return new Uint8Array(this.#count).map((_, node) => {
      let main = 0;
      for (let i = 1; i < width; i++)
        if ((sums[node * width + i] as number) > (sums[node * width + main] as number)) main = i;
      return main;
    });
  }
}

/** Rows are put below one of these first; null for the plain tree of directories. */
interface Grouping {
  readonly of: Uint32Array;
  readonly names: readonly string[];
}

/**
 * The map's tree under some settings: nodes with what their rows add up to, all below them included. Each node comes
 * after its parent; node 0 is the root.
 */
export class ViewTree {
  readonly parents: number[] = [0];
  readonly names: string[] = [""];
  /** By node: bytes of the area that was chosen. */
  readonly values: Float64Array;
  /** By node: of these, what the container does not see. */
  readonly wastes: Float64Array;
  /** By node: the bytes of rows that lie at the node itself. */
  readonly own: Float64Array;
  /** By node: the class that most of its bytes are of. */
  readonly mains: Uint8Array;
  /** By node: the class that most of its waste is of. */
  readonly wasteMains: Uint8Array;
  /** By node: rows at and below it. */
  readonly counts: Uint32Array;
  readonly #firsts: Uint32Array;
  readonly #children: Uint32Array;
  /** By node: whether its children are in order already. */
  readonly #isSorted: Uint8Array;

  constructor(map: MapData, settings: Settings, classes: Classes) {
    const amounts = (settings.area === "blob" ? map.blob : null) ?? map.content;
    const rows = chosenRows(map, settings);
    const nodes = this.#nodesOf(map, rows, groupingOf(map, settings));
    const count = this.parents.length;
    this.values = new Float64Array(count);
    this.wastes = new Float64Array(count);
    this.own = new Float64Array(count);
    this.counts = new Uint32Array(count);
    const [all, wasted] = [new ClassSums(count, classes), new ClassSums(count, classes)];
    rows.forEach((row, i) => {
      const node = nodes[i] as number;
      const amount = amounts[row] as number;
      add(this.values, node, amount);
      add(this.own, node, amount);
      add(this.counts, node, 1);
      all.add(node, row, amount);
      if (map.fate[row] === 0) return;
      add(this.wastes, node, amount);
      wasted.add(node, row, amount);
    });
    for (let node = count - 1; node > 0; node--) {
      const parent = this.parents[node] as number;
      add(this.values, parent, this.values[node] as number);
      add(this.wastes, parent, this.wastes[node] as number);
      add(this.counts, parent, this.counts[node] as number);
      all.passUp(node, parent);
      wasted.passUp(node, parent);
    }
    this.mains = all.largest();
    this.wasteMains = wasted.largest();
    [this.#firsts, this.#children] = childrenByParent(this.parents);
    this.#isSorted = new Uint8Array(count);
  }

  /** Nodes that lie directly in one, the largest first. */
  childrenOf(node: number): Uint32Array {
    const children = this.#children.subarray(this.#firsts[node], this.#firsts[node + 1]);
    if (this.#isSorted[node] === 0) {
      children.sort((a, b) => (this.values[b] as number) - (this.values[a] as number) || a - b);
      this.#isSorted[node] = 1;
    }
    return children;
  }

  hasChildren(node: number): boolean {
    return this.#firsts[node] !== this.#firsts[node + 1];
  }

  /** From the root down to a node, both included. */
  lineOf(node: number): number[] {
    const line = [node];
    for (let at = node; at !== 0; ) {
      at = this.parents[at] as number;
      line.push(at);
    }
    return line.reverse();
  }

  /** Names from the root down, each behind a slash; `/` for the root. */
  pathOf(node: number): string {
    return `/${this.lineOf(node)
      .slice(1)
      .map((one) => this.names[one])
      .join("/")}`;
  }

  /** The node of a path, or of the lowest of its parents that is there. */
  nodeAt(path: string): number {
    let node = 0;
    // The key of a group may hold slashes, so the longest name that fits is taken.
    for (let rest = path.replace(/^\/|\/$/g, ""); rest !== ""; ) {
      const next = this.childrenOf(node).reduce((best, child) => {
        const name = this.names[child] as string;
        if (rest !== name && !rest.startsWith(`${name}/`)) return best;
        return best === 0 || name.length > (this.names[best] as string).length ? child : best;
      }, 0);
      if (next === 0) break;
      rest = rest.slice((this.names[next] as string).length + 1);
      node = next;
    }
    return node;
  }

  /** The node of each row, made where it is not there yet. Groups are gone through one by one, with one table of places. */
  #nodesOf(
    { names, parents, place: places }: MapData,
    rows: readonly number[],
    grouping: Grouping | null,
  ): Uint32Array {
    const nodes = new Uint32Array(rows.length);
    const known = new Uint32Array(names.length);
    const met: number[] = [];
    let group = NO_GROUP;
    for (const i of inGroups(rows, grouping)) {
      const row = rows[i] as number;
      const missing: number[] = [];
      if (grouping !== null && grouping.of[row] !== group) {
        for (const place of met.splice(0)) known[place] = 0;
        group = grouping.of[row] as number;
        known[0] = this.#add(0, grouping.names[group] as string);
      }
      let at = places[row] as number;
      for (; at !== 0 && known[at] === 0; at = parents[at] as number) missing.push(at);
      let node = known[at] as number;
      for (const place of missing.reverse()) {
        node = this.#add(node, names[place] as string);
        known[place] = node;
        met.push(place);
      }
      nodes[i] = node;
    }
    return nodes;
  }

  #add(parent: number, name: string): number {
    this.parents.push(parent);
    return this.names.push(name) - 1;
  }
}

const NO_GROUP = -1;

/** The positions of rows, those of one group after each other. */
function inGroups(rows: readonly number[], grouping: Grouping | null): Iterable<number> {
  if (grouping === null) return rows.keys();
  const groupAt = (i: number): number => grouping.of[rows[i] as number] as number;
  return Uint32Array.from(rows.keys()).sort((a, b) => groupAt(a) - groupAt(b) || a - b);
}

function groupingOf(map: MapData, { group }: Settings): Grouping | null {
  if (group === "package") return { of: map.owner, names: map.owners };
  if (group === "category") return { of: map.category, names: map.categories };
  if (group === "layer") {
    const layers = map.layer.reduce((most, layer) => Math.max(most, layer + 1), 0);
    return { of: map.layer, names: Array.from({ length: layers }, (_, layer) => `layer ${layer}`) };
  }
  return null;
}

/** The rows that the settings leave. */
export function chosenRows(map: MapData, { show, layer, query }: Settings): number[] {
  const matches = query.trim() === "" ? null : placesMatching(map, query.trim());
  const rows: number[] = [];
  for (let row = 0; row < map.place.length; row++) {
    const isWaste = map.fate[row] !== 0;
    if ((show === "live" && isWaste) || (show === "waste" && !isWaste)) continue;
    if (layer !== null && map.layer[row] !== layer) continue;
    if (matches !== null && matches[map.place[row] as number] !== 1) continue;
    rows.push(row);
  }
  return rows;
}

/** Places whose own name, or that of a directory above them, contains a text in any case; with a slash, whose path does. */
function placesMatching({ names, parents }: MapData, query: string): Uint8Array {
  const wanted = query.toLowerCase();
  const found = new Uint8Array(names.length);
  const paths = wanted.includes("/") ? [""] : null;
  for (let place = 1; place < names.length; place++) {
    const parent = parents[place] as number;
    const name = (names[place] as string).toLowerCase();
    if (paths !== null) paths.push(`${paths[parent]}/${name}`);
    const text = paths === null ? name : (paths[place] as string);
    found[place] = found[parent] === 1 || text.includes(wanted) ? 1 : 0;
  }
  return found;
}

function childrenByParent(parents: readonly number[]): [Uint32Array, Uint32Array] {
  const firsts = new Uint32Array(parents.length + 1);
  for (let node = 1; node < parents.length; node++) add(firsts, (parents[node] as number) + 1, 1);
  for (let node = 1; node <= parents.length; node++) add(firsts, node, firsts[node - 1] as number);
  const children = new Uint32Array(Math.max(parents.length - 1, 0));
  const next = firsts.slice();
  for (let node = 1; node < parents.length; node++) {
    const parent = parents[node] as number;
    children[next[parent] as number] = node;
    add(next, parent, 1);
  }
  return [firsts, children];
}

function add(column: Uint32Array | Float64Array, at: number, amount: number): void {
  column[at] = (column[at] as number) + amount;
}
