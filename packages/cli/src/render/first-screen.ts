import type { Analysis, Finding } from "@imgweigh/core";
import { escapeText, formatBytes } from "@imgweigh/core/report";
import type { LayerAnalysis } from "@imgweigh/core/results";
import type { Surface } from "../commands/output-options.ts";
import { plural } from "./cells.ts";
import { displayWidth } from "./display-width.ts";
import { platformText } from "./image-title.ts";
import { mismatches } from "./plan.ts";
import { fit } from "./table.ts";
import { causeText, layerPair, wasteCauses } from "./waste-causes.ts";

/** What a terminal of any size shows without scrolling. */
const LINES = 24;
const MOST_CAUSES = 3;
const MOST_CHANGES = 3;
const LEAST_LAYERS = 3;
const BAR = 16;
const NARROW_BAR = 8;
const NARROW = 80;

interface ScreenOptions {
  /** As it was typed, for the commands to type next. */
  readonly target: string;
  /** The Dockerfile that was used; null without one. */
  readonly dockerfile: string | null;
}

/** Parts on as few lines as they fit on. */
function flow(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(last) + 3 + displayWidth(part) <= width)
      lines[lines.length - 1] = `${last} · ${part}`;
    else lines.push(part);
  }
  return lines;
}

function head({ image, sizes, waste, efficiency }: Analysis, { width, style }: Surface): string[] {
  const name = fit(
    escapeText(image.reference ?? image.digest ?? "image without a name"),
    Math.max(10, width - 16),
    "middle",
  );
  const share = sizes.contentBytes === 0 ? "" : ` (${Math.round(100 * (1 - efficiency))} %)`;
  const parts = [
    `${formatBytes(sizes.contentBytes)} unpacked`,
    `${formatBytes(sizes.rootfsBytes)} in the container`,
    sizes.blobBytes === null ? "pull size not known here" : `${formatBytes(sizes.blobBytes)} to pull`,
    waste.bytes === 0 ? "nothing wasted" : `${formatBytes(waste.bytes)} wasted${share}`,
  ];
  const why =
    width < NARROW
      ? "Tools differ by which of these they call the size."
      : "docker images tells the first of these, registries the third: one image.";
  return [
    `${style.bold(name)}  ${fit(escapeText(platformText(image.platform)), 14, "end")}`,
    ...flow(parts, width),
    style.dim(fit(why, width, "end")),
  ];
}

function instructionText(layer: LayerAnalysis): string {
  return layer.instruction === null ? "(no history)" : layer.instruction.replace(/\s+/g, " ");
}

interface BarRow {
  readonly label: string;
  readonly contentBytes: number;
  readonly wastedBytes: number;
  readonly text: string;
}

/** The largest layers in their order, and the rest in one row. */
function barRows(layers: readonly LayerAnalysis[], most: number): BarRow[] {
  const row = (layer: LayerAnalysis): BarRow => ({
    label: String(layer.index),
    contentBytes: layer.contentBytes,
    wastedBytes: layer.contentBytes - layer.liveBytes,
    text: instructionText(layer),
  });
  if (layers.length <= most) return layers.map(row);
  const kept = new Set([...layers].sort((a, b) => b.contentBytes - a.contentBytes).slice(0, most - 1));
  const rest = layers.filter((layer) => !kept.has(layer));
  const sum = (of: (layer: LayerAnalysis) => number): number => rest.reduce((total, layer) => total + of(layer), 0);
  return [
    ...layers.filter((layer) => kept.has(layer)).map(row),
    {
      label: "…",
      contentBytes: sum(({ contentBytes }) => contentBytes),
      wastedBytes: sum(({ contentBytes, liveBytes }) => contentBytes - liveBytes),
      text: `${plural(rest.length, "smaller layer")}`,
    },
  ];
}

function bar({ contentBytes, wastedBytes }: BarRow, most: number, cells: number, { style }: Surface): string {
  const scaled = (bytes: number): number => (most === 0 ? 0 : Math.round((cells * bytes) / most));
  const whole = contentBytes === 0 ? 0 : Math.max(1, scaled(contentBytes));
  const wasted = wastedBytes === 0 ? 0 : Math.min(whole, Math.max(1, scaled(wastedBytes)));
  return `${style.good("█".repeat(whole - wasted))}${style.waste("▒".repeat(wasted))}${" ".repeat(cells - whole)}`;
}

function layerLines({ layers, waste }: Analysis, room: number, surface: Surface): string[] {
  const { width, style } = surface;
  const rows = barRows(layers, room);
  const most = rows.reduce((largest, { contentBytes }) => Math.max(largest, contentBytes), 0);
  const cells = width < NARROW ? NARROW_BAR : BAR;
  const label = rows.reduce((widest, { label: own }) => Math.max(widest, own.length), 1);
  const lines = rows.map((row) => {
    const size = formatBytes(row.contentBytes).padStart(8);
    const lost =
      waste.bytes === 0 ? "" : `  ${(row.wastedBytes === 0 ? "-" : formatBytes(row.wastedBytes)).padStart(8)}`;
    const left = width - (2 + label + 2 + cells + 2 + displayWidth(size) + displayWidth(lost) + 2);
    const painted = row.wastedBytes === 0 ? style.dim(lost) : style.waste(lost);
    return `  ${style.dim(row.label.padStart(label))}  ${bar(row, most, cells, surface)}  ${size}${painted}  ${fit(escapeText(row.text), Math.max(1, left), "end")}`;
  });
  const titles = `${"size".padStart(8)}${waste.bytes === 0 ? "" : `  ${"wasted".padStart(8)}`}`;
  return [
    style.bold("Layers").padEnd(0) + style.dim(`${" ".repeat(Math.max(1, 2 + label + 2 + cells + 2 - 6))}${titles}`),
    ...lines,
  ];
}

function causeLines(analysis: Analysis, surface: Surface): string[] {
  const { width, style } = surface;
  const causes = wasteCauses(analysis);
  if (causes.length === 0) return [];
  const shown = causes.slice(0, MOST_CAUSES);
  const sum = shown.reduce((total, { bytes }) => total + bytes, 0);
  const pair = shown.reduce((widest, cause) => Math.max(widest, layerPair(cause).length), 0);
  const lines = shown.map((cause) => {
    const start = `  ${formatBytes(cause.bytes).padStart(8)}  ${layerPair(cause).padEnd(pair)}  `;
    const fate = cause.fate === null ? "" : `  ${cause.fate}`;
    const left = width - displayWidth(start) - displayWidth(fate);
    return `  ${style.waste(formatBytes(cause.bytes).padStart(8))}  ${layerPair(cause).padEnd(pair)}  ${fit(escapeText(causeText(cause)), Math.max(4, left), "middle")}${style.dim(fate)}`;
  });
  return [style.bold(`Wasted: ${formatBytes(sum)} of ${formatBytes(analysis.waste.bytes)} by layer → layer`), ...lines];
}

function planned({ findings, plan }: Analysis): readonly Finding[] {
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  return plan.findings.flatMap((id) => byId.get(id) ?? []);
}

function planLines(analysis: Analysis, { width, style }: Surface): string[] {
  const { before, after, exact } = analysis.plan;
  const chosen = planned(analysis);
  const shown = chosen.length > 0 ? chosen : analysis.findings;
  if (shown.length === 0) return [style.good("Nothing to suggest: no rule found waste.")];
  const saved = before.contentBytes - after.contentBytes;
  const title =
    chosen.length === 0
      ? `Found: ${plural(shown.length, "thing")} for a person to look at`
      : `Plan: -${formatBytes(saved)}${exact.content ? "" : ", about"}, with ${plural(chosen.length, "change")}`;
  const lines = shown.slice(0, MOST_CHANGES).map((one) => {
    const size = (one.bytes.content === 0 ? "-" : formatBytes(one.bytes.content)).padStart(8);
    const at = one.line === null ? "" : `line ${one.line}: `;
    return `  ${style.good(size)}  ${fit(escapeText(at + one.title), Math.max(4, width - 12), "end")}`;
  });
  return [style.bold(fit(title, width, "end")), ...lines];
}

/** A word as a shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function nextLines(analysis: Analysis, { target, dockerfile }: ScreenOptions, { width, style }: Surface): string[] {
  const name = escapeText(quoted(target));
  const canFix = dockerfile !== null && analysis.plan.patch !== null;
  const commands = [
    ...(analysis.findings.length > 0 ? [`imgweigh suggest ${name}`] : []),
    ...(canFix ? [`imgweigh fix ${name} --dockerfile ${escapeText(quoted(dockerfile))}`] : []),
    `imgweigh ${name} --details`,
  ];
  const warned =
    analysis.warnings.length === 0 ? [] : [`${plural(analysis.warnings.length, "warning")}: --show warnings`];
  const lines = flow([...commands, ...warned], width - 6);
  return lines
    .slice(0, 2)
    .map((line, i) => `${style.dim(i === 0 ? "Next:" : "     ")} ${fit(line, width - 6, "middle")}`);
}

/** Words in lines of at most so many columns. */
function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && displayWidth(`${last} ${word}`) > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

/** What an image is and weighs, where its waste comes from, what to do about it: on one screen. */
export function renderFirstScreen(analysis: Analysis, options: ScreenOptions, surface: Surface): string {
  const top = head(analysis, surface);
  const causes = causeLines(analysis, surface);
  const plan = planLines(analysis, surface);
  const next = nextLines(analysis, options, surface);
  const notes = mismatches(analysis).flatMap((message) => wrapped(escapeText(message), surface.width));
  const parts = [notes, causes, plan, next].filter((lines) => lines.length > 0);
  const used = top.length + 2 + parts.reduce((sum, lines) => sum + lines.length + 1, 0);
  const layers =
    analysis.layers.length === 0 ? [] : layerLines(analysis, Math.max(LEAST_LAYERS, LINES - used), surface);
  const blocks = [top, layers, ...parts].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.map((line) => line.trimEnd()).join("\n")).join("\n\n")}\n`;
}
