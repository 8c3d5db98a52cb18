import { element } from "./dom.ts";
import type { Model } from "./model.ts";
import { AREAS, COLOURS, GROUPS, type Settings, SHOWS } from "./settings.ts";

const TITLES: Readonly<Record<string, string>> = {
  content: "unpacked bytes",
  blob: "bytes in a pull",
  all: "everything stored",
  live: "what the container sees",
  waste: "what it does not",
  layer: "layer (age)",
};

/** How long a reader stops typing before what is searched for changes, in milliseconds. */
const TYPING_PAUSE = 150;

function choice<Key extends "area" | "group" | "colour" | "show">(
  model: Model,
  key: Key,
  label: string,
  values: readonly Settings[Key][],
): HTMLElement {
  const select = element("select", {}, ...values.map((value) => element("option", { value }, TITLES[value] ?? value)));
  const show = (): void => {
    select.value = model.settings[key];
  };
  select.addEventListener("change", () => {
    // What a node's path means changes with the grouping.
    const path = key === "group" ? { path: "/" } : {};
    model.store.change({ [key]: select.value, ...path } as Partial<Settings>);
  });
  model.store.subscribe(show);
  show();
  return element("label", {}, `${label} `, select);
}

function search(model: Model): HTMLElement {
  const input = element("input", { type: "search", placeholder: "part of a name or path", spellcheck: "false" });
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => model.store.change({ query: input.value }), TYPING_PAUSE);
  });
  const show = (): void => {
    if (document.activeElement !== input) input.value = model.settings.query;
  };
  model.store.subscribe(show);
  show();
  return element("label", {}, "Search ", input);
}

/** The choices above the map. */
export function controls(model: Model): HTMLElement {
  const { map } = model;
  return element(
    "form",
    { class: "controls", "aria-label": "What the map shows" },
    ...(map.blob === null ? [] : [choice(model, "area", "Area", AREAS)]),
    choice(model, "group", "By", GROUPS),
    choice(model, "colour", "Colour", COLOURS),
    choice(model, "show", "Show", SHOWS),
    search(model),
  );
}
