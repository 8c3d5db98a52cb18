import type { PageFinding } from "../data/page-data.ts";
import { formatBytes } from "./amounts.ts";
import { copyText } from "./copy-text.ts";
import { button, element } from "./dom.ts";
import type { Model } from "./model.ts";

/** What was found, the plan's first: what each saves, why, its files, and the edit. */
export class FindingPanel {
  readonly element: HTMLElement;

  constructor(model: Model) {
    const { findings, planSaves } = model.page;
    const planned = findings.filter(({ inPlan }) => inPlan);
    const others = findings.filter(({ inPlan }) => !inPlan);
    this.element = element(
      "section",
      { class: "findings", "aria-labelledby": "findings-title" },
      element("h2", { id: "findings-title" }, titleOf(findings.length, planSaves)),
      ...group("The plan", planned, model),
      ...group(planned.length > 0 ? "Also found" : "Found", others, model),
    );
  }
}

function titleOf(count: number, planSaves: number | null): string {
  if (count === 0) return "Nothing to remove was found";
  return planSaves === null ? "Findings" : `Findings: the plan saves ${formatBytes(planSaves)}`;
}

function group(title: string, findings: readonly PageFinding[], model: Model): HTMLElement[] {
  if (findings.length === 0) return [];
  return [element("h3", {}, title), ...findings.map((finding) => card(finding, model))];
}

function card(finding: PageFinding, model: Model): HTMLElement {
  const { title, rule, contentBytes, isExact, advice, assumptions, patch, paths, docsUrl } = finding;
  const saves = contentBytes === 0 ? "" : `${isExact ? "" : "about "}${formatBytes(contentBytes)}`;
  return element(
    "details",
    {},
    element("summary", {}, element("span", { class: "saves" }, saves), title),
    element("p", {}, advice),
    ...assumptions.map((assumption) => element("p", { class: "assumption" }, `If: ${assumption}`)),
    ...(patch === null ? [] : [patchOf(patch)]),
    ...(paths.length === 0 ? [] : [filesOf(paths, model)]),
    element(
      "p",
      { class: "hint" },
      `Rule ${rule}`,
      ...(docsUrl === null ? [] : [", ", element("a", { href: docsUrl, rel: "noreferrer" }, "explained")]),
    ),
  );
}

function patchOf(patch: string): HTMLElement {
  const text = element("pre", { tabindex: 0 }, patch);
  const told = element("span", { role: "status" });
  const copy = button("Copy the edit", async () => {
    told.textContent = (await copyText(text)) ? " copied" : " select it and copy by hand";
  });
  return element("div", { class: "patch" }, text, copy, told);
}

function filesOf(paths: readonly string[], model: Model): HTMLElement {
  const items = paths.map((path) =>
    element(
      "li",
      {},
      path.startsWith("/") ? button(path, () => model.store.change({ group: "directory", path, query: "" })) : path,
    ),
  );
  return element("details", {}, element("summary", {}, `Files (${paths.length})`), element("ul", {}, ...items));
}
