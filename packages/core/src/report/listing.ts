import { escapeText } from "../escape.ts";
import type { Listing, ListingRow } from "../ledger/listing.ts";
import { csvRow } from "./csv-text.ts";

const COLUMNS = [
  "path",
  "kind",
  "exists",
  "files",
  "contentBytes",
  "liveBytes",
  "wastedBytes",
  "blobBytes",
  "owner",
  "category",
  "layers",
  "change",
  "removedBytes",
] as const;

/** A format that a listing can be told in. */
export type ListingFormat = "csv" | "folded";

/**
 * A listing as CSV, or as folded stacks for flame graphs: a line each, the path's components with `;` between, a blank and the
 * bytes that are counted there and in no deeper row.
 */
export function* listingChunks(listing: Listing, format: ListingFormat): Generator<string, void, undefined> {
  if (format === "csv") {
    yield csvRow([...COLUMNS]);
    for (const row of listing.rows) yield csvRow(COLUMNS.map((column) => cell(row, column)));
    return;
  }
  for (const [i, row] of listing.rows.entries()) {
    const bytes = (listing.layer === null ? row.liveBytes : row.contentBytes) - deeperBytes(listing, i);
    if (bytes > 0) yield `${stackOf(row)} ${bytes}\n`;
  }
}

function cell(row: ListingRow, column: (typeof COLUMNS)[number]): string | number | null {
  const value = row[column];
  if (column === "layers") return row.layers.join(" ");
  return typeof value === "boolean" ? String(value) : (value as string | number | null);
}

/** A `;` or a blank in a name would end a frame. */
function stackOf({ path }: ListingRow): string {
  return path
    .split("/")
    .filter((name) => name !== "")
    .map((name) => escapeText(name).replace(/[; ]/g, "_"))
    .join(";");
}

/** Rows of a directory's own stand behind it. */
function deeperBytes({ rows, layer }: Listing, at: number): number {
  const { depth } = rows[at] as ListingRow;
  let sum = 0;
  for (let i = at + 1; i < rows.length && (rows[i] as ListingRow).depth > depth; i++) {
    const row = rows[i] as ListingRow;
    if (row.depth === depth + 1) sum += layer === null ? row.liveBytes : row.contentBytes;
  }
  return sum;
}
