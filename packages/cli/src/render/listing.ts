import type { Listing, ListingRow } from "@imgweigh/core/ledger";
import { categoryTitle } from "@imgweigh/core/ledger";
import { escapeText, formatBytes } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { type Cell, type Column, renderTable } from "./table.ts";

function bytes(amount: number | null): Cell {
  return { text: amount === null ? "?" : amount === 0 ? "-" : formatBytes(amount) };
}

/** So many layers are named; the base and one more are the rule. */
const NAMED_LAYERS = 4;

function layersOf({ layers }: ListingRow): string {
  const named = layers.slice(0, NAMED_LAYERS).join(" ");
  return layers.length > NAMED_LAYERS ? `${named} …` : named;
}

function cells(row: ListingRow, isLayer: boolean, { style }: Surface): Cell[] {
  const isGone = !row.exists && !isLayer;
  const name = `${"  ".repeat(Math.max(row.depth - 1, 0))}${row.name}${row.kind === "directory" ? "/" : ""}`;
  return [
    bytes(isLayer ? row.contentBytes : row.liveBytes),
    isLayer ? bytes(row.removedBytes) : bytes(row.wastedBytes),
    bytes(row.blobBytes),
    { text: row.files === 0 ? "-" : String(row.files) },
    isGone ? { text: name, paint: style.dim } : { text: name },
    { text: isLayer ? (row.change ?? "-") : isGone ? "gone" : (row.owner ?? "-") },
    { text: isLayer ? (row.owner ?? "-") : row.category === null ? "-" : categoryTitle(row.category) },
    { text: isLayer ? "" : layersOf(row) },
  ];
}

/** What lies in a directory, for people. */
export function renderListing(listing: Listing, surface: Surface): string {
  const { total, rows, layer } = listing;
  const isLayer = layer !== null;
  const columns: Column[] = [
    { title: isLayer ? "stored" : "live", align: "right" },
    { title: isLayer ? "removed" : "wasted", align: "right" },
    { title: "blob", align: "right" },
    { title: "files", align: "right" },
    { title: "name", shrink: "end" },
    { title: isLayer ? "change" : "owner", shrink: "end" },
    { title: isLayer ? "owner" : "category", shrink: "end" },
    { title: isLayer ? "" : "layers" },
  ];
  const where = isLayer ? `${escapeText(total.path)} in layer ${layer}` : escapeText(total.path);
  const sums = isLayer
    ? `${formatBytes(total.contentBytes)} stored, ${formatBytes(total.removedBytes ?? 0)} removed`
    : `${formatBytes(total.liveBytes)} live, ${surface.style.waste(`${formatBytes(total.wastedBytes)} wasted`)}`;
  const table =
    rows.length === 0
      ? "\n  nothing\n"
      : `\n${renderTable(
          columns,
          rows.map((row) => cells(row, isLayer, surface)),
          surface,
        )}`;
  return `${surface.style.bold(where)}  ${sums}\n${table}`;
}
