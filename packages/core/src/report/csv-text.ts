import { escapeText } from "../escape.ts";

// A spreadsheet takes a cell that begins so (full-width forms too, after blanks as well) for a formula; an apostrophe
// makes it text. https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** RFC 4180, 2.5 to 2.7. */
function field(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = escapeText(value);
  const guarded = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\n\r]|^\s|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** One row, with every cell guarded. */
export function csvRow(values: readonly (string | number | null | undefined)[]): string {
  return `${values.map(field).join(",")}\r\n`;
}

/** CSV by RFC 4180: a head, and a line for each row; numbers as they are, text guarded from being a formula. */
export function csvText<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Partial<Record<Column, string | number | null>>>[],
): string {
  const lines = rows.map((row) => csvRow(columns.map((column) => row[column])));
  return [csvRow(columns), ...lines].join("");
}
