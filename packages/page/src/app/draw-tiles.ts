import { formatBytes } from "./amounts.ts";
import type { Model } from "./model.ts";
import { TITLE_HEIGHT, type Tile } from "./treemap.ts";

/** A tile this large has room for a name. */
const NAMED_WIDTH = 44;
const NAMED_HEIGHT = 16;
/** Colours of the map are light in both themes, so what is written on them is dark. */
const INK = "#161616";
const REST = "#9a9a9a";

/** Draws the map: tiles, names where there is room, and a frame around the chosen one. */
export function drawTiles(
  context: CanvasRenderingContext2D,
  tiles: readonly Tile[],
  chosen: Tile | null,
  model: Model,
  style: CSSStyleDeclaration,
): void {
  const directory = style.getPropertyValue("--surface");
  const text = style.getPropertyValue("--text");
  context.font = `12px ${style.fontFamily}`;
  context.textBaseline = "middle";
  for (const tile of tiles) drawTile(context, tile, model, directory, text);
  if (chosen === null) return;
  context.strokeStyle = text;
  context.lineWidth = 3;
  context.strokeRect(chosen.x + 1.5, chosen.y + 1.5, Math.max(chosen.width - 3, 1), Math.max(chosen.height - 3, 1));
}

function drawTile(
  context: CanvasRenderingContext2D,
  tile: Tile,
  { tree, classes, settings }: Model,
  directory: string,
  text: string,
): void {
  const { x, y, width, height, kind, node } = tile;
  context.fillStyle =
    kind === "directory" ? directory : kind === "rest" ? REST : (classes.colours[tree.mains[node] as number] as string);
  context.fillRect(x, y, width, height);
  // What is partly waste shows how much of it: the lower part of its tile.
  const waste = (tree.wastes[node] as number) / (tree.values[node] as number);
  if (kind === "file" && settings.colour === "fate" && waste > 0 && waste < 1) {
    context.fillStyle = classes.colours[0] as string;
    context.fillRect(x, y, width, height);
    context.fillStyle = classes.colours[tree.wasteMains[node] as number] as string;
    context.fillRect(x, y + height * (1 - waste), width, height * waste);
  }
  if (width < NAMED_WIDTH || height < NAMED_HEIGHT) return;
  const name = kind === "rest" ? `${tile.count} small` : (tree.names[node] as string);
  context.fillStyle = kind === "directory" ? text : INK;
  write(
    context,
    kind === "directory" ? `${name}  ${formatBytes(tile.value)}` : name,
    x + 4,
    y + TITLE_HEIGHT / 2,
    width - 8,
  );
  if (kind === "directory" || height < 2 * NAMED_HEIGHT) return;
  write(context, formatBytes(tile.value), x + 4, y + TITLE_HEIGHT / 2 + 15, width - 8);
}

/** The beginning of a text, as much as there is room for. */
function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, width: number): void {
  // A name may be thousands of characters long; no character is narrower than two pixels.
  let shown = text.slice(0, Math.ceil(width / 2));
  if (context.measureText(shown).width > width) {
    let [fits, tooLong] = [0, shown.length];
    while (tooLong - fits > 1) {
      const length = (fits + tooLong) >> 1;
      if (context.measureText(`${shown.slice(0, length)}…`).width > width) tooLong = length;
      else fits = length;
    }
    shown = fits === 0 ? "" : `${shown.slice(0, fits)}…`;
  }
  context.fillText(shown, x, y);
}
