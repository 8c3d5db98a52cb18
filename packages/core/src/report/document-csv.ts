import { cellValue } from "./cell-text.ts";
import { csvText } from "./csv-text.ts";
import type { Cell, Document } from "./document.ts";

/** What a row's section is called, in the first column. */
const SECTION = "section";

function valueAt(row: readonly Cell[], index: number): string | number | null {
  const cell = row[index];
  return cell === undefined ? null : cellValue(cell);
}

/**
 * A document as CSV by RFC 4180: the rows of all sections under one head, each with its section's id; numbers as they
 * are, text guarded from being a formula.
 */
export function documentCsv({ sections }: Document): string {
  const columns = [SECTION, ...new Set(sections.flatMap((section) => section.columns.map(({ id }) => id)))];
  const rows = sections.flatMap(({ id, columns: own, rows }) =>
    rows.map((row) => Object.fromEntries([[SECTION, id], ...own.map((column, i) => [column.id, valueAt(row, i)])])),
  );
  return csvText(columns, rows);
}
