import type { Analysis } from "@imgweigh/core";
import { categoryTitle } from "@imgweigh/core/ledger";
import { escapeText, formatBytes } from "@imgweigh/core/report";
import type { GroupRow, PackageRow } from "@imgweigh/core/results";
import type { Surface } from "../commands/output-options.ts";
import { bytes, heading, plain, plural, waste } from "./cells.ts";
import { type Cell, type Column, fit, renderTable } from "./table.ts";

const NUMBER = { align: "right" } as const;

function groupColumns(analysis: Analysis, title: string): Column[] {
  const blob: Column[] = analysis.sizes.blobBytes === null ? [] : [{ title: "blob", ...NUMBER }];
  return [{ title: "live", ...NUMBER }, { title: "wasted", ...NUMBER }, ...blob, { title, shrink: "end" }];
}

function groupCells(
  row: Omit<GroupRow, "key" | "contentBytes">,
  analysis: Analysis,
  name: string,
  surface: Surface,
): Cell[] {
  const blob = analysis.sizes.blobBytes === null ? [] : [bytes(row.blobBytes)];
  return [bytes(row.liveBytes), waste(row.wastedBytes, surface), ...blob, plain(name)];
}

function groupTable(
  analysis: Analysis,
  rows: readonly GroupRow[],
  title: string,
  nameOf: (key: string) => string,
  surface: Surface,
): string {
  const cells = rows.map((row) => groupCells(row, analysis, nameOf(row.key), surface));
  return renderTable(groupColumns(analysis, title), cells, surface);
}

function baseAndYours(analysis: Analysis, surface: Surface): string {
  const { base, libc, groups } = analysis;
  const name = base.layers === 0 ? "no base image" : `${base.name ?? "a base image"}, ${plural(base.layers, "layer")}`;
  const libcText = libc.kind === null ? "" : `, ${libc.kind}`;
  const lines = [`${name}${libcText}; confidence ${base.confidence}:`, ...base.evidence.map((why) => `  ${why}`)];
  const about = lines
    .map((line) => `  ${surface.style.dim(fit(escapeText(line), surface.width - 2, "end"))}\n`)
    .join("");
  return (
    heading("Base and yours", surface) + about + groupTable(analysis, groups.base, "layers of", (key) => key, surface)
  );
}

function categories(analysis: Analysis, surface: Surface): string {
  const rows = analysis.groups.category.filter(
    ({ contentBytes, blobBytes }) => contentBytes > 0 || (blobBytes ?? 0) > 0,
  );
  return heading("What the bytes are", surface) + groupTable(analysis, rows, "category", categoryTitle, surface);
}

function why({ explicit, installed, requiredBy }: PackageRow): string {
  if (!installed) return "removed";
  if (explicit === true) return "asked for";
  const [first, ...others] = requiredBy;
  if (first === undefined) return explicit === false ? "nobody needs it" : "";
  return `for ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`;
}

function packages(analysis: Analysis, top: number, surface: Surface): string {
  const rows = analysis.groups.package.slice(0, top);
  if (analysis.packages.length === 0 || rows.length === 0) return "";
  const byKey = new Map(analysis.packages.map((row) => [`${row.ecosystem}/${row.name}`, row]));
  const columns: Column[] = [
    ...groupColumns(analysis, "package"),
    { title: "version", shrink: "end" },
    { title: "layer", ...NUMBER },
    { title: "why", shrink: "end" },
  ];
  const cells = rows.map((row) => {
    const known = byKey.get(row.key);
    const about = known === undefined ? ["", "", ""] : [known.version ?? "", String(known.layer), why(known)];
    return [...groupCells(row, analysis, row.key, surface), ...about.map(plain)];
  });
  const total = analysis.groups.package.length;
  const shown = rows.length === total ? plural(total, "row") : `${rows.length} of ${plural(total, "row")}`;
  return heading(`Who owns them: ${shown}`, surface) + renderTable(columns, cells, surface);
}

function unowned(analysis: Analysis, top: number, surface: Surface): string {
  const rows = analysis.unowned.filter(({ contentBytes }) => contentBytes > 0).slice(0, top);
  if (analysis.packages.length === 0 || rows.length === 0) return "";
  const content = analysis.groups.package.find(({ key }) => key === "[unowned]")?.contentBytes ?? 0;
  return (
    heading(`Owned by no package: ${formatBytes(content)}, by directory`, surface) +
    groupTable(analysis, rows, "directory", (key) => key, surface)
  );
}

/** Base and yours, categories, packages, and what nobody owns. */
export function attribution(analysis: Analysis, top: number, surface: Surface): string {
  return [
    baseAndYours(analysis, surface),
    top === 0 ? "" : categories(analysis, surface),
    packages(analysis, top, surface),
    unowned(analysis, top, surface),
  ].join("");
}
