import type { PageChange, PageDiff } from "../data/page-data.ts";
import { formatBytes } from "./amounts.ts";
import { element } from "./dom.ts";

/** Rows of a grouping that are shown before the rest is unfolded. */
const FIRST_ROWS = 30;

function signed(bytes: number): string {
  return `${bytes > 0 ? "+" : ""}${formatBytes(bytes)}`;
}

function amount(bytes: number | null): string {
  return bytes === null ? "-" : formatBytes(bytes);
}

/** Two images side by side: what grew, shrank, came, went and moved. */
export function diffPanel({ base, head, groups, moves }: PageDiff): HTMLElement {
  return element(
    "section",
    { class: "diff", "aria-labelledby": "diff-title" },
    element("h2", { id: "diff-title" }, `From ${base} to ${head}`),
    ...groups.map(({ title, rows }) => groupOf(title, rows)),
    movesOf(moves),
  );
}

function groupOf(title: string, rows: readonly PageChange[]): HTMLElement {
  const most = Math.max(1, ...rows.map(({ change }) => Math.abs(change)));
  const table = (some: readonly PageChange[]): HTMLElement =>
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...[title, "", "Before", "After", "Change"].map((name) => element("th", { scope: "col" }, name)),
        ),
      ),
      element("tbody", {}, ...some.map((row) => lineOf(row, most))),
    );
  const more = rows.slice(FIRST_ROWS);
  return element(
    "details",
    { open: true },
    element("summary", {}, `${title}: ${rows.length === 0 ? "nothing changed" : `${rows.length} changed`}`),
    ...(rows.length === 0 ? [] : [table(rows.slice(0, FIRST_ROWS))]),
    ...(more.length === 0 ? [] : [element("details", {}, element("summary", {}, `${more.length} more`), table(more))]),
  );
}

function lineOf({ key, status, base, head, change }: PageChange, most: number): HTMLElement {
  const length = element("span", { class: change > 0 ? "waste" : "live" });
  length.style.width = `${(Math.abs(change) / most) * 100}%`;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, key),
    element("td", {}, status),
    element("td", { class: "number" }, amount(base)),
    element("td", { class: "number" }, amount(head)),
    element(
      "td",
      { class: "number share" },
      element("span", { class: "bar", "aria-hidden": "true" }, length),
      ` ${signed(change)}`,
    ),
  );
}

function movesOf(moves: PageDiff["moves"]): HTMLElement {
  const lines = moves.map(({ from, to, bytes }) => element("li", {}, `${from} → ${to}, ${formatBytes(bytes)}`));
  return element(
    "details",
    {},
    element("summary", {}, moves.length === 0 ? "Nothing moved" : `Moved: ${moves.length}`),
    element("ul", {}, ...lines),
  );
}
