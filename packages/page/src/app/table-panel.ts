import { formatBytes, formatCount, formatShare } from "./amounts.ts";
import { bar, button, element } from "./dom.ts";
import type { Model } from "./model.ts";

/** Rows that the table shows before it is asked for more. */
const FIRST_ROWS = 100;

interface Row {
  readonly node: number;
  readonly name: string;
  readonly value: number;
  readonly waste: number;
  readonly count: number;
}

const COLUMNS = [
  { key: "name", title: "Name", isNumber: false },
  { key: "value", title: "Bytes", isNumber: true },
  { key: "waste", title: "Waste", isNumber: true },
  { key: "count", title: "Entries", isNumber: true },
] as const;

type Key = (typeof COLUMNS)[number]["key"];

/** The map as a table: what lies directly in the node that it is zoomed to, or, while something is searched for, every match. */
export class TablePanel {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #body = element("tbody");
  readonly #head = element("tr");
  readonly #caption = element("caption");
  readonly #more = button("", () => this.#showMore());
  #sort: Key = "value";
  #isDescending = true;
  #rows = FIRST_ROWS;

  constructor(model: Model) {
    this.#model = model;
    this.element = element(
      "section",
      { class: "table", "aria-label": "Table" },
      element("table", {}, this.#caption, element("thead", {}, this.#head), this.#body),
      this.#more,
    );
    model.store.subscribe(() => {
      this.#rows = FIRST_ROWS;
      this.#show();
    });
    this.#show();
  }

  #showMore(): void {
    this.#rows *= 4;
    this.#show();
  }

  #sortBy(key: Key): void {
    this.#isDescending = this.#sort === key ? !this.#isDescending : key !== "name";
    this.#sort = key;
    this.#show();
  }

  #show(): void {
    const rows = this.#sorted();
    const shown = rows.slice(0, this.#rows);
    const most = Math.max(1, ...shown.map(({ value }) => value));
    this.#head.replaceChildren(...COLUMNS.map((column) => this.#heading(column)), element("th", {}, "Share"));
    this.#body.replaceChildren(...shown.map((row) => this.#line(row, most)));
    this.#caption.textContent = this.#title(rows.length);
    this.#more.hidden = shown.length === rows.length;
    this.#more.textContent = `Show more of ${formatCount(rows.length)}`;
  }

  #title(count: number): string {
    const { query } = this.#model.settings;
    const { tree, node } = this.#model;
    return query === ""
      ? `What lies in ${tree.pathOf(node)}: ${formatCount(count)} rows`
      : `What “${query}” finds in ${tree.pathOf(node)}: ${formatCount(count)} rows`;
  }

  #sorted(): Row[] {
    const { tree, node, settings } = this.#model;
    const nodes = settings.query === "" ? [...tree.childrenOf(node)] : this.#leaves(node);
    const isWhole = settings.query !== "";
    const rows = nodes.map((one) => ({
      node: one,
      name: isWhole ? tree.pathOf(one) : (tree.names[one] as string),
      value: tree.values[one] as number,
      waste: tree.wastes[one] as number,
      count: tree.counts[one] as number,
    }));
    const sign = this.#isDescending ? -1 : 1;
    const key = this.#sort;
    return rows.sort((a, b) => sign * (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0) || a.node - b.node);
  }

  /** Every node at or below one that something lies at itself. */
  #leaves(top: number): number[] {
    const { tree } = this.#model;
    const below = new Uint8Array(tree.parents.length);
    below[top] = 1;
    const leaves: number[] = [];
    for (let node = top; node < below.length; node++) {
      if (node !== top && below[tree.parents[node] as number] === 1) below[node] = 1;
      if (below[node] === 1 && (tree.own[node] as number) > 0) leaves.push(node);
    }
    return leaves;
  }

  #heading({ key, title, isNumber }: (typeof COLUMNS)[number]): HTMLElement {
    const isSorted = key === this.#sort;
    const sorted = isSorted ? (this.#isDescending ? "descending" : "ascending") : "none";
    const arrow = isSorted ? (this.#isDescending ? " ▾" : " ▴") : "";
    return element(
      "th",
      { scope: "col", "aria-sort": sorted, class: isNumber ? "number" : "" },
      button(title + arrow, () => this.#sortBy(key)),
    );
  }

  #line({ node, name, value, waste, count }: Row, most: number): HTMLElement {
    const { tree } = this.#model;
    const total = (tree.values[0] as number) || 1;
    const label = tree.hasChildren(node) ? button(name, () => this.#model.zoomTo(node)) : name;
    const exact = (bytes: number): HTMLElement =>
      element("td", { class: "number", title: `${formatCount(bytes)} B` }, bytes === 0 ? "-" : formatBytes(bytes));
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, label),
      exact(value),
      exact(waste),
      element("td", { class: "number" }, formatCount(count)),
      element(
        "td",
        { class: "share" },
        bar(((value - waste) / most) * 100, (waste / most) * 100),
        ` ${formatShare(value / total)}`,
      ),
    );
  }
}
