import { formatBytes, formatCount, formatShare } from "./amounts.ts";
import { button, element } from "./dom.ts";
import { drawTiles } from "./draw-tiles.ts";
import type { Model } from "./model.ts";
import { nextTile } from "./next-tile.ts";
import { layOut, type Tile, tileAt } from "./treemap.ts";

const KEYS = "Arrow keys choose a tile, Enter opens it, Backspace goes up, Home shows everything.";

/** The treemap with the way to where it is zoomed, its legend, and what is under the pointer or chosen by keys. */
export class MapPanel {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #canvas = element("canvas", { tabindex: 0, role: "img", "aria-describedby": "map-keys" });
  readonly #way = element("nav", { class: "way", "aria-label": "Where the map is zoomed to" });
  readonly #legend = element("ul", { class: "legend", "aria-label": "Colours" });
  readonly #told = element("p", { class: "told", role: "status" });
  #tiles: readonly Tile[] = [];
  #chosen: Tile | null = null;
  #asked = false;

  constructor(model: Model) {
    this.#model = model;
    this.element = element(
      "section",
      { class: "map", "aria-label": "Map" },
      this.#way,
      element("div", { class: "canvas" }, this.#canvas),
      this.#told,
      this.#legend,
      element("p", { id: "map-keys", class: "hint" }, `${KEYS} The table below has the same numbers.`),
    );
    this.#canvas.addEventListener("pointermove", (event) => this.#choose(this.#at(event)));
    this.#canvas.addEventListener("pointerleave", () => this.#choose(null));
    this.#canvas.addEventListener("click", (event) => this.#open(this.#at(event)));
    this.#canvas.addEventListener("keydown", (event) => this.#press(event));
    new ResizeObserver(() => this.#ask()).observe(this.#canvas.parentElement as HTMLElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#ask());
    model.store.subscribe(() => {
      this.#chosen = null;
      this.#ask();
    });
    this.#ask();
  }

  /** Draws with the next frame, once, however often it is asked. */
  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#show();
    });
  }

  #show(): void {
    performance.mark("map-start");
    const { tree, node } = this.#model;
    const { clientWidth: width, clientHeight: height } = this.#canvas.parentElement as HTMLElement;
    this.#tiles = layOut(tree, node, width, height);
    this.#draw(width, height);
    performance.measure("map", "map-start");
    this.#canvas.setAttribute("aria-label", this.#summary());
    this.#showWay();
    this.#showLegend();
    this.#tell();
  }

  #draw(width: number, height: number): void {
    const scale = devicePixelRatio || 1;
    const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.#canvas.width !== pixelWidth || this.#canvas.height !== pixelHeight) {
      this.#canvas.width = pixelWidth;
      this.#canvas.height = pixelHeight;
    }
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    drawTiles(context, this.#tiles, this.#chosen, this.#model, getComputedStyle(this.element));
  }

  #summary(): string {
    const { tree, node } = this.#model;
    const largest = [...tree.childrenOf(node).subarray(0, 5)];
    const parts = largest.map((child) => `${tree.names[child]} ${formatBytes(tree.values[child] as number)}`);
    return `Map of ${tree.pathOf(node)}: ${formatBytes(tree.values[node] as number)}. The largest: ${parts.join(", ")}.`;
  }

  #showWay(): void {
    const { tree, node } = this.#model;
    const steps = tree.lineOf(node).map((step) =>
      button(step === 0 ? "all" : (tree.names[step] as string), () => this.#model.zoomTo(step), {
        "aria-current": step === node ? "true" : false,
      }),
    );
    this.#way.replaceChildren(...steps);
  }

  #showLegend(): void {
    const { names, colours } = this.#model.classes;
    this.#legend.replaceChildren(
      ...names.map((name, i) => {
        const swatch = element("span", { class: "swatch" });
        swatch.style.backgroundColor = colours[i] as string;
        return element("li", {}, swatch, name);
      }),
    );
  }

  #at({ offsetX, offsetY }: MouseEvent): Tile | null {
    return tileAt(this.#tiles, offsetX, offsetY);
  }

  #choose(tile: Tile | null): void {
    if (tile === this.#chosen) return;
    this.#chosen = tile;
    const { clientWidth, clientHeight } = this.#canvas.parentElement as HTMLElement;
    this.#draw(clientWidth, clientHeight);
    this.#tell();
  }

  #tell(): void {
    const { tree, node } = this.#model;
    const tile = this.#chosen;
    const value = tile?.value ?? (tree.values[node] as number);
    const place = tree.pathOf(tile?.node ?? node);
    const what =
      tile?.kind === "rest"
        ? `${formatCount(tile.count)} small in ${place}`
        : `${place}, ${formatCount(tree.counts[tile?.node ?? node] as number)} entries`;
    const waste = tile?.kind === "rest" ? 0 : (tree.wastes[tile?.node ?? node] as number);
    const total = tree.values[0] as number;
    const share = total === 0 ? "" : `, ${formatShare(value / total)}`;
    this.#told.textContent = `${what}: ${formatBytes(value)}${share}${waste > 0 ? `, of which ${formatBytes(waste)} waste` : ""}`;
  }

  #open(tile: Tile | null): void {
    if (tile === null) return;
    const { tree } = this.#model;
    this.#model.zoomTo(tree.hasChildren(tile.node) ? tile.node : (tree.parents[tile.node] as number));
  }

  #press(event: KeyboardEvent): void {
    const { tree, node } = this.#model;
    const moved = nextTile(this.#tiles, this.#chosen, event.key);
    if (moved !== null) this.#choose(moved);
    else if (event.key === "Enter") this.#open(this.#chosen);
    else if (event.key === "Backspace" || event.key === "Escape") this.#model.zoomTo(tree.parents[node] as number);
    else if (event.key === "Home") this.#model.zoomTo(0);
    else return;
    event.preventDefault();
  }
}
