import type { MapData } from "../data/map-data.ts";
import type { PageData } from "../data/page-data.ts";
import { type Classes, classesOf } from "./classes.ts";
import { addressOf, type Settings } from "./settings.ts";
import { SettingsStore } from "./settings-store.ts";
import { ViewTree } from "./view-tree.ts";

/** What all panels show: the page's data and the reader's settings, and what follows from both, worked out once. */
export class Model {
  readonly page: PageData;
  readonly map: MapData;
  readonly store = new SettingsStore();
  #classes: { readonly key: string; readonly made: Classes } | null = null;
  #zoom: { readonly tree: ViewTree; readonly path: string; readonly node: number } | null = null;
  #tree: { readonly key: string; readonly made: ViewTree } | null = null;

  constructor(page: PageData, map: MapData) {
    this.page = page;
    this.map = map;
  }

  get settings(): Settings {
    return this.store.settings;
  }

  get classes(): Classes {
    const { colour } = this.settings;
    if (this.#classes?.key !== colour) this.#classes = { key: colour, made: classesOf(this.map, colour) };
    return this.#classes.made;
  }

  /** The tree under the settings. Where the map is zoomed to changes nothing of it. */
  get tree(): ViewTree {
    const key = addressOf({ ...this.settings, path: "/" });
    if (this.#tree?.key !== key) this.#tree = { key, made: new ViewTree(this.map, this.settings, this.classes) };
    return this.#tree.made;
  }

  /** The node that the map is zoomed to. */
  get node(): number {
    const { tree } = this;
    const { path } = this.settings;
    if (this.#zoom?.tree !== tree || this.#zoom.path !== path) this.#zoom = { tree, path, node: tree.nodeAt(path) };
    return this.#zoom.node;
  }

  zoomTo(node: number): void {
    this.store.change({ path: this.tree.pathOf(node) });
  }
}
