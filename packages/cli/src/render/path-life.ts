import { categoryTitle, type LifeEvent, type PathReason, type PathState } from "@imgweigh/core/ledger";
import { escapeText, formatBytes } from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import { type Cell, type Column, renderTable } from "./table.ts";

function plain(text: string): Cell {
  return { text };
}

function describe(state: PathState | null): string {
  if (state === null) return "nothing";
  const { kind, bytes, mode, uid, gid, linkTarget } = state;
  if (linkTarget !== null) return `${kind} to ${linkTarget}`;
  return `${kind === "file" ? `${formatBytes(bytes)} ` : ""}${kind}, mode ${mode}, owner ${uid}:${gid}`;
}

function origin({ layer, instruction }: { layer: number; instruction: string | null }): Cell {
  return plain(`${layer} ${(instruction ?? "(no history)").replace(/\s+/g, " ")}`);
}

function paintOf(what: LifeEvent["what"], { style }: Surface): Cell {
  const paint = what === "added" ? style.good : what === "attributes" ? style.dim : style.waste;
  return { text: what, paint };
}

/** So many other paths of a file are named; busybox alone may have hundreds. */
const NAMED_PATHS = 5;

/** What else leads to the same file, and where its bytes are counted. */
function renderLinks({ path, countedAt, otherPaths }: PathReason, { style }: Surface): string {
  if (otherPaths.length === 0) return "";
  const named = otherPaths.slice(0, NAMED_PATHS).map((other) => escapeText(other.path));
  const rest = otherPaths.length - named.length;
  const also = `also at ${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  const counted = countedAt === null || countedAt.path === path ? "here" : `at ${escapeText(countedAt.path)}`;
  return `${style.dim(`one file with ${otherPaths.length + 1} paths, counted once, ${counted}`)}; ${also}\n`;
}

/** The life of one path for people. */
export function renderPathLife(life: PathReason, surface: Surface): string {
  const { style } = surface;
  const path = escapeText(life.path);
  const asked = life.asked === life.path ? "" : `  ${style.dim(`(${escapeText(life.asked)} leads there)`)}`;
  const state = life.exists ? "is in the image" : "is not in the final image";
  const whose = life.owner === null ? "" : `${escapeText(life.owner)}, ${categoryTitle(life.category ?? "")}\n`;
  let text = `${style.bold(path)} ${state}${asked}\n${whose}`;
  text += renderLinks(life, surface);
  if (life.events.length > 0) {
    const columns: Column[] = [
      { title: "what happened" },
      { title: "then it was", shrink: "end" },
      { title: "layer", shrink: "end" },
    ];
    text += `\n${renderTable(
      columns,
      life.events.map((event) => [paintOf(event.what, surface), plain(describe(event.now)), origin(event)]),
      surface,
    )}`;
  }
  if (life.layers.length > 0) {
    const wasted = life.contentBytes - life.liveBytes;
    text += `\n${style.bold("Bytes stored at and below it")}\n`;
    const columns: Column[] = [
      { title: "content", align: "right" },
      { title: "live", align: "right" },
      { title: "files", align: "right" },
      { title: "layer", shrink: "end" },
    ];
    const rows = life.layers.map((layer) => [
      plain(formatBytes(layer.contentBytes)),
      plain(formatBytes(layer.liveBytes)),
      plain(String(layer.files)),
      origin(layer),
    ]);
    text += renderTable(columns, rows, surface);
    text += `\n  ${formatBytes(life.contentBytes)} stored, ${formatBytes(life.liveBytes)} live, ${style.waste(`${formatBytes(wasted)} wasted`)}\n`;
  }
  return text;
}
