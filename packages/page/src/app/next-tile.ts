import type { Tile } from "./treemap.ts";

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function middle({ x, y, width, height }: Tile): readonly [number, number] {
  return [x + width / 2, y + height / 2];
}

/**
 * The tile that an arrow key leads to: of those that lie in its direction the nearest, where what is off to the side is
 * twice as far; where none is chosen yet, the largest. null where the key is no arrow; the same tile where there is none
 * further on.
 */
export function nextTile(tiles: readonly Tile[], from: Tile | null, key: string): Tile | null {
  const direction = DIRECTIONS[key];
  if (direction === undefined) return null;
  const files = tiles.filter(({ kind, width, height }) => kind !== "directory" && width > 0 && height > 0);
  if (from === null) return files.reduce<Tile | null>((a, b) => (a !== null && a.value >= b.value ? a : b), null);
  const [fromX, fromY] = middle(from);
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  for (const tile of files) {
    const [x, y] = middle(tile);
    const along = (x - fromX) * direction[0] + (y - fromY) * direction[1];
    const aside = Math.abs((x - fromX) * direction[1]) + Math.abs((y - fromY) * direction[0]);
    if (tile === from || along <= 0 || along + 2 * aside >= least) continue;
    least = along + 2 * aside;
    best = tile;
  }
  return best;
}
