import { type HierarchyRectangularNode, hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import type { ViewTree } from "./view-tree.ts";

/** A rectangle of the map, in CSS pixels. */
export interface Tile {
  /** The node of the view's tree that it stands for; of a rest, the one that it is the rest of. */
  readonly node: number;
  /** `file`: nothing lies below it, or nothing that could be seen; `rest`: the small ones of a directory, as one. */
  readonly kind: "directory" | "file" | "rest";
  readonly depth: number;
  readonly value: number;
  /** How many nodes a rest stands for. */
  readonly count: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Item {
  readonly node: number;
  readonly kind: Tile["kind"];
  readonly value: number;
  readonly count: number;
}

/** What is smaller, in square pixels, is part of a rest: nobody could see or hit it. */
const SMALLEST_TILE = 30;
/** A directory is opened where its tile has room for its name and something below. */
const SMALLEST_DIRECTORY = 2500;
export const TITLE_HEIGHT = 18;

/**
 * Lays out what can be seen below a node: only as many tiles as there are pixels for, however many files there are.
 * Tiles come in the order in which they are to be drawn.
 */
export function layOut(tree: ViewTree, root: number, width: number, height: number): Tile[] {
  const total = tree.values[root] as number;
  if (total === 0 || width < 1 || height < 1) return [];
  const pixels = (value: number): number => (value / total) * width * height;
  const childrenOf = (item: Item): Item[] | null => {
    if (item.kind !== "directory") return null;
    return itemsIn(
      tree,
      item.node,
      (value) => pixels(value) >= SMALLEST_TILE,
      (node) => isOpen(tree, node, pixels),
    );
  };
  const top: Item = { node: root, kind: "directory", value: total, count: 1 };
  const laid = treemap<Item>()
    .tile(treemapSquarify)
    .size([width, height])
    .round(true)
    .paddingInner(1)
    .paddingOuter((item) => (item.depth === 0 ? 0 : 2))
    .paddingTop((item) => (item.depth === 0 ? 0 : TITLE_HEIGHT))(
    hierarchy(top, childrenOf).sum(({ kind, value }) => (kind === "directory" ? 0 : value)),
  );
  return laid
    .descendants()
    .filter(({ depth }) => depth > 0)
    .map(tileOf);
}

function isOpen(tree: ViewTree, node: number, pixels: (value: number) => number): boolean {
  return tree.hasChildren(node) && pixels(tree.values[node] as number) >= SMALLEST_DIRECTORY;
}

function itemsIn(
  tree: ViewTree,
  directory: number,
  isVisible: (value: number) => boolean,
  isOpenNode: (node: number) => boolean,
): Item[] {
  const items: Item[] = [];
  let rest = tree.own[directory] as number;
  let count = rest > 0 ? 1 : 0;
  for (const node of tree.childrenOf(directory)) {
    const value = tree.values[node] as number;
    if (value === 0) continue;
    if (isVisible(value)) {
      items.push({ node, kind: isOpenNode(node) ? "directory" : "file", value, count: 1 });
    } else {
      rest += value;
      count += 1;
    }
  }
  if (rest > 0) items.push({ node: directory, kind: "rest", value: rest, count });
  return items;
}

function tileOf({ data, depth, x0, y0, x1, y1 }: HierarchyRectangularNode<Item>): Tile {
  return { ...data, depth, x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

/** The topmost tile at a point; null where there is none. */
export function tileAt(tiles: readonly Tile[], x: number, y: number): Tile | null {
  return (
    tiles.findLast((tile) => x >= tile.x && x < tile.x + tile.width && y >= tile.y && y < tile.y + tile.height) ?? null
  );
}
