import type { Analysis } from "@imgweigh/core";
import { escapeText, formatBytes, formatCount } from "@imgweigh/core/report";
import type { LayerAnalysis, WasteBytes } from "@imgweigh/core/results";
import type { Surface } from "../commands/output-options.ts";
import { attribution } from "./attribution.ts";
import { bytes, heading, plain, plural, waste } from "./cells.ts";
import { imageTitle } from "./image-title.ts";
import { planSummary } from "./plan.ts";
import { type Cell, type Column, renderTable } from "./table.ts";
import { causeText, layerPair, wasteCauses } from "./waste-causes.ts";

/** The fates of waste, in the words of the ledger. */
const WASTE_COLUMNS: readonly { readonly title: string; readonly key: keyof WasteBytes }[] = [
  { title: "overwritten", key: "overwrittenBytes" },
  { title: "metadata-only", key: "metadataOnlyBytes" },
  { title: "deleted", key: "deletedBytes" },
  { title: "opaque-hidden", key: "opaqueHiddenBytes" },
  { title: "duplicate-entry", key: "duplicateEntryBytes" },
];

const VERIFIED: Readonly<Record<Analysis["source"]["verified"], string>> = {
  blob: "verified",
  toc: "verified by tables of contents",
  none: "not verified",
};

const UNKNOWN = "not known from this source";

function percent(share: number): string {
  // Rounded down: 99.99 % must not look like a clean image.
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function title({ image, source }: Analysis, surface: Surface): string {
  return imageTitle(image, [`from ${source.kind}`, VERIFIED[source.verified]], surface);
}

function sizes(analysis: Analysis, surface: Surface): string {
  const { contentBytes, blobBytes, rootfsBytes } = analysis.sizes;
  const wasted = analysis.waste.bytes;
  const rows: [string, number | null, string][] = [
    ["content", contentBytes, `what it weighs unpacked: the files of ${plural(analysis.layers.length, "layer")}`],
    ["rootfs", rootfsBytes, "what a container sees of them"],
    ["wasted", wasted, "overwritten or deleted by later layers, yet in every pull"],
    [
      "blob",
      blobBytes,
      blobBytes === null ? `what a pull transfers: ${UNKNOWN}` : "what a pull transfers: the compressed layers",
    ],
  ];
  const columns: Column[] = [
    { title: "" },
    { title: "", align: "right" },
    { title: "", align: "right" },
    { title: "", shrink: "end" },
  ];
  const cells = rows.map(([name, value, what]) => [
    plain(name),
    value === null ? plain("-") : name === "wasted" ? waste(value, surface) : bytes(value),
    { text: value === null ? "" : `${formatCount(value)} B`, paint: surface.style.dim },
    { text: what, paint: surface.style.dim },
  ]);
  const efficiency = {
    text: percent(analysis.efficiency),
    paint: wasted === 0 ? surface.style.good : surface.style.waste,
  };
  cells.push([plain("efficiency"), efficiency, plain(""), { text: "rootfs ÷ content", paint: surface.style.dim }]);
  // The head of this one would be empty.
  return renderTable(columns, cells, surface).split("\n").slice(1).join("\n");
}

function instruction(layer: LayerAnalysis | undefined): string {
  if (layer === undefined) return "";
  if (layer.instruction === null) return "(no history)";
  // An instruction may be a whole script; its beginning is known by its layer's number.
  const text = layer.instruction.replace(/\s+/g, " ");
  return layer.confidence === "low" ? `? ${text}` : text;
}

function layers(analysis: Analysis, surface: Surface): string {
  const fates = WASTE_COLUMNS.filter(({ key }) => analysis.waste[key] !== 0);
  const hasBlobs = analysis.sizes.blobBytes !== null;
  const columns: Column[] = [
    { title: "#", align: "right" },
    { title: "instruction", shrink: "end" },
    { title: "content", align: "right" },
    ...fates.map(({ title }): Column => ({ title, align: "right" })),
    ...(hasBlobs ? [{ title: "blob", align: "right" } as const] : []),
  ];
  const row = (number: string, what: string, of: WasteBytes, content: number, blob: number | null): Cell[] => [
    { text: number, paint: surface.style.dim },
    plain(what),
    bytes(content),
    ...fates.map(({ key }) => waste(of[key], surface)),
    ...(hasBlobs ? [bytes(blob)] : []),
  ];
  const rows = analysis.layers.map((layer) =>
    row(String(layer.index), instruction(layer), layer, layer.contentBytes, layer.blobBytes),
  );
  rows.push(row("", "total", analysis.waste, analysis.sizes.contentBytes, analysis.sizes.blobBytes));
  return heading("Layers, and what later ones made of their content", surface) + renderTable(columns, rows, surface);
}

/** `Wasted: 10 of 25 files, 3.1 MB of 3.4 MB` */
function share(shown: readonly { bytes: number }[], count: number, total: number): string {
  if (shown.length === count) return `${plural(count, "file")}, ${formatBytes(total)}`;
  const part = shown.reduce((sum, { bytes: own }) => sum + own, 0);
  return `${formatCount(shown.length)} of ${plural(count, "file")}, ${formatBytes(part)} of ${formatBytes(total)}`;
}

function wasted(analysis: Analysis, top: number, surface: Surface): string {
  const causes = wasteCauses(analysis);
  if (causes.length === 0 || top === 0) return "";
  const shown = causes.slice(0, top);
  const columns: Column[] = [
    { title: "bytes", align: "right" },
    { title: "layers" },
    { title: "path", shrink: "middle" },
    { title: "fate" },
  ];
  const rows = shown.map((cause) => [
    waste(cause.bytes, surface),
    plain(layerPair(cause)),
    plain(causeText(cause)),
    plain(cause.fate ?? "rewritten"),
  ]);
  const part = shown.reduce((sum, { bytes: own }) => sum + own, 0);
  const of = shown.length === causes.length ? "" : ` of ${formatBytes(analysis.waste.bytes)}`;
  const what = `${plural(analysis.wasted.length, "file")}, ${formatBytes(part)}${of}`;
  return heading(`Wasted: ${what}`, surface) + renderTable(columns, rows, surface);
}

function largestFiles(analysis: Analysis, top: number, surface: Surface): string {
  if (analysis.largestFiles.length === 0 || top === 0) return "";
  const shown = analysis.largestFiles.slice(0, top);
  const columns: Column[] = [
    { title: "bytes", align: "right" },
    { title: "path", shrink: "middle" },
    { title: "layer", shrink: "end" },
  ];
  const rows = shown.map(({ bytes: size, path, layer }) => [
    bytes(size),
    plain(path),
    plain(`${layer} ${instruction(analysis.layers[layer])}`),
  ]);
  const count = analysis.largestFiles.length + (analysis.omitted["largestFiles"]?.count ?? 0);
  return (
    heading(`Largest live files: ${share(shown, count, analysis.sizes.rootfsBytes)}`, surface) +
    renderTable(columns, rows, surface)
  );
}

function largestDirectories(analysis: Analysis, top: number, surface: Surface): string {
  const live = analysis.groups.directory
    .filter(({ liveBytes }) => liveBytes > 0)
    .sort((a, b) => b.liveBytes - a.liveBytes);
  if (live.length === 0 || top === 0) return "";
  const hasBlobs = analysis.sizes.blobBytes !== null;
  const columns: Column[] = [
    { title: "live", align: "right" },
    { title: "wasted", align: "right" },
    ...(hasBlobs ? [{ title: "blob", align: "right" } as const] : []),
    { title: "directory", shrink: "middle" },
  ];
  const rows = live
    .slice(0, top)
    .map((row) => [
      bytes(row.liveBytes),
      waste(row.wastedBytes, surface),
      ...(hasBlobs ? [bytes(row.blobBytes)] : []),
      plain(row.key),
    ]);
  return (
    heading("Largest live directories, by what lies directly in them", surface) + renderTable(columns, rows, surface)
  );
}

function warnings({ warnings: list }: Analysis, surface: Surface): string {
  if (list.length === 0) return "";
  const lines = list.map(({ code, message, path }) => {
    const where = path === null ? "" : ` (${escapeText(path)})`;
    return `  ${surface.style.waste(code)}  ${escapeText(message)}${where}\n`;
  });
  return heading("Warnings", surface) + lines.join("");
}

/** Parts of an analysis that can be asked for by name, in the order in which they are shown. */
export const SECTIONS = ["sizes", "layers", "plan", "wasted", "packages", "files", "directories", "warnings"] as const;
export type Section = (typeof SECTIONS)[number];

function section(name: Section, analysis: Analysis, top: number, surface: Surface): string {
  if (name === "sizes") return `\n${sizes(analysis, surface)}`;
  if (name === "layers") return layers(analysis, surface);
  if (name === "wasted") return wasted(analysis, top, surface);
  if (name === "packages") return attribution(analysis, top, surface);
  if (name === "files") return largestFiles(analysis, top, surface);
  if (name === "directories") return largestDirectories(analysis, top, surface);
  return name === "warnings" ? warnings(analysis, surface) : planSummary(analysis, top, surface);
}

/** An analysis for people: `top` rows a table, all of it or the sections that are named. */
export function renderAnalysis(
  analysis: Analysis,
  top: number,
  surface: Surface,
  shown: readonly Section[] = SECTIONS,
): string {
  const parts = SECTIONS.filter((name) => shown.includes(name));
  return title(analysis, surface) + parts.map((name) => section(name, analysis, top, surface)).join("");
}
