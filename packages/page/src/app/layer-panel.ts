import { formatBytes } from "./amounts.ts";
import { bar, element } from "./dom.ts";
import type { Model } from "./model.ts";

/** The layers, with what each stores, what of it is waste, and what it takes from layers below. A click shows one alone. */
export class LayerPanel {
  readonly element: HTMLElement;

  constructor(model: Model) {
    const { layers } = model.page;
    const most = Math.max(1, ...layers.map(({ contentBytes }) => contentBytes));
    const killed = killedBytes(model);
    const buttons = layers.map((layer, number) => {
      const waste = layer.contentBytes - layer.liveBytes;
      const made = element(
        "button",
        { type: "button", "aria-pressed": "false" },
        element("span", { class: "name" }, `${number} ${layer.instruction ?? "(no instruction known)"}`),
        bar((layer.liveBytes / most) * 100, (waste / most) * 100),
        element("span", { class: "amounts" }, amountsOf(layer.contentBytes, waste, killed[number] ?? 0, layer.inBase)),
      );
      made.addEventListener("click", () => {
        model.store.change({ layer: model.settings.layer === number ? null : number });
      });
      return made;
    });
    const show = (): void => {
      buttons.forEach((made, number) => {
        made.setAttribute("aria-pressed", String(model.settings.layer === number));
      });
    };
    model.store.subscribe(show);
    show();
    this.element = element(
      "section",
      { class: "layers", "aria-labelledby": "layers-title" },
      element("h2", { id: "layers-title" }, "Layers"),
      element("ol", {}, ...buttons.map((made) => element("li", {}, made))),
    );
  }
}

function amountsOf(content: number, waste: number, killed: number, inBase: boolean): string {
  return [
    formatBytes(content),
    ...(waste > 0 ? [`${formatBytes(waste)} waste`] : []),
    ...(killed > 0 ? [`takes ${formatBytes(killed)}`] : []),
    ...(inBase ? ["base"] : []),
  ].join(", ");
}

/** By layer: content bytes of files whose last path it took. */
function killedBytes({ map, page }: Model): Float64Array {
  const sums = new Float64Array(page.layers.length);
  map.removedIn.forEach((removed, row) => {
    if (removed > 0) sums[removed - 1] = (sums[removed - 1] as number) + (map.content[row] as number);
  });
  return sums;
}
