import { escapeText } from "@imgweigh/core/report";
import Table from "cli-table3";
import type { Surface } from "../commands/output-options.ts";
import { displayWidth } from "./display-width.ts";

/** A column of a table: numbers to the right, and at most one column that gives way when the terminal is narrow. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** `end` cuts the text's end, `start` its beginning, `middle` what lies between: of a path both ends say something. */
  readonly shrink?: "start" | "middle" | "end";
}

/** Cells are plain text; `paint` colours one after it has been fitted. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = "  ";
/** A table takes time by the square of its rows to lay out: long ones are many of so many rows. */
const ROWS_AT_ONCE = 250;
const LEAST_WIDTH = 8;

// No frame: bytes are read along a line, and a log is searched by words.
const NO_FRAME = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
  ].map((part) => [part, ""]),
);

/** Cuts text to a width in terminal cells, with an ellipsis for what is left out. */
export function fit(text: string, width: number, end: "start" | "middle" | "end"): string {
  if (displayWidth(text) <= width) return text;
  if (end === "middle") {
    const front = Math.floor((width - 1) / 3);
    return `${fit(text, front + 1, "end").slice(0, -1)}${fit(text, width - front, "start")}`;
  }
  const characters = Array.from(text);
  if (end === "start") characters.reverse();
  let out = "";
  let used = 1;
  for (const character of characters) {
    const cells = displayWidth(character);
    if (used + cells > width) break;
    out = end === "start" ? character + out : out + character;
    used += cells;
  }
  return end === "start" ? `…${out}` : `${out}…`;
}

/** Rows under a head, as wide as the surface at most. Every cell is escaped: names come from untrusted images. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { width, style }: Surface,
): string {
  const texts = rows.map((row) => row.map(({ text }) => escapeText(text)));
  // Not as arguments of Math.max: a table may have more rows than a call has room for.
  const widths = columns.map(({ title }, i) =>
    texts.reduce((widest, row) => Math.max(widest, displayWidth(row[i] ?? "")), displayWidth(title)),
  );
  const excess = GAP.length * columns.length + widths.reduce((sum, own) => sum + own, 0) - width;
  shrink(widths, columns, excess);
  const head = columns.map(({ title }) => style.dim(title));
  const body = rows.map((row, r) =>
    row.map(({ paint }, i) => {
      const text = fit(texts[r]?.[i] ?? "", widths[i] as number, columns[i]?.shrink ?? "end");
      return paint === undefined ? text : paint(text);
    }),
  );
  const lines: string[] = [];
  for (let from = 0; from <= body.length; from += ROWS_AT_ONCE) {
    const part = from === 0 ? [head, ...body.slice(0, ROWS_AT_ONCE)] : body.slice(from, from + ROWS_AT_ONCE);
    if (part.length > 0) lines.push(...layOut(part, columns, widths));
  }
  return lines.map((line) => `${`${GAP}${line}`.trimEnd()}\n`).join("");
}

/** Lines of rows that are painted and fitted. */
function layOut(rows: readonly string[][], columns: readonly Column[], widths: readonly number[]): string[] {
  const table = new Table({
    chars: { ...NO_FRAME, middle: GAP },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => align ?? "left"),
    // A title is never cut.
    colWidths: columns.map(({ title }, i) => Math.max(displayWidth(title), widths[i] as number)),
  });
  table.push(...rows);
  return table.toString().split("\n");
}

/** The widest of the columns that may give way gives way, until all fits. */
function shrink(widths: number[], columns: readonly Column[], excess: number): void {
  for (let left = excess; left > 0; left--) {
    let widest = -1;
    columns.forEach((column, i) => {
      const own = widths[i] as number;
      if (column.shrink !== undefined && own > LEAST_WIDTH && (widest < 0 || own > (widths[widest] as number)))
        widest = i;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}
