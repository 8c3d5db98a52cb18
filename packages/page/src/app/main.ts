import { controls } from "./controls.ts";
import { element } from "./dom.ts";
import { FindingPanel } from "./finding-panel.ts";
import { LayerPanel } from "./layer-panel.ts";
import { MapPanel } from "./map-panel.ts";
import { Model } from "./model.ts";
import { readData } from "./read-data.ts";
import { TablePanel } from "./table-panel.ts";

async function start(app: HTMLElement): Promise<void> {
  const { page, map } = await readData();
  const model = new Model(page, map);
  app.append(
    controls(model),
    element("div", { class: "columns" }, new LayerPanel(model).element, new MapPanel(model).element),
    new FindingPanel(model).element,
    new TablePanel(model).element,
  );
  performance.mark("page-ready");
}

const app = document.getElementById("app");
if (app !== null) {
  start(app).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    app.append(element("p", { role: "alert" }, `This file cannot be shown: ${reason}`));
  });
}
