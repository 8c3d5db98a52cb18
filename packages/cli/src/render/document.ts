import {
  type Cell,
  type Column,
  cellText,
  type Document,
  type Extent,
  escapeText,
  formatBytes,
  formatCount,
  type Section,
  type Tone,
} from "@imgweigh/core/report";
import type { Surface } from "../commands/output-options.ts";
import type { Style } from "../style.ts";
import { heading, plural } from "./cells.ts";
import { fit, renderTable, type Cell as TableCell, type Column as TableColumn } from "./table.ts";

/** How much of a document is shown. */
export interface DocumentOptions {
  /** Rows of each section. */
  readonly top: number;
  /** Which sections, by id and in this order; all of them where absent. */
  readonly sections?: readonly string[] | undefined;
}

function painter(tone: Tone, style: Style): (text: string) => string {
  return { good: style.good, waste: style.waste, error: style.error, faint: style.dim, strong: style.bold }[tone];
}

/** Growth stands out, shrinking is good, and what did not change is not in the way. */
function toneOf(cell: Cell): Tone | undefined {
  switch (cell.kind) {
    case "text":
    case "name":
    case "amount":
      return cell.tone;
    case "change":
      if (cell.by === null) return cell.note === undefined ? undefined : "waste";
      if (cell.by === 0) return "faint";
      return cell.by > 0 === (cell.more === "worse") ? "waste" : "good";
    default:
      return undefined;
  }
}

function tableCell(cell: Cell, { style }: Surface): TableCell {
  const tone = toneOf(cell);
  // Nothing is not in the way.
  const text = cell.kind === "amount" && cell.amount === 0 && tone === "faint" ? "-" : cellText(cell);
  return tone === undefined ? { text } : { text, paint: painter(tone, style) };
}

function tableColumn({ title, align }: Column, first: Cell | undefined): TableColumn {
  if (align === "right") return { title, align };
  return { title, shrink: first?.kind === "path" ? "start" : "end" };
}

/** `3 of 17 files, 3.66 MB of 5.26 MB` */
function tellExtent({ one, many, count, sum }: Extent, shown: number): string {
  const of = plural(count, one, many);
  if (shown === count) return sum === undefined ? of : `${of}, ${formatBytes(sum.bytes)}`;
  const part = sum?.of.slice(0, shown).reduce((total, bytes) => total + bytes, 0) ?? 0;
  const share = sum === undefined ? "" : `, ${formatBytes(part)} of ${formatBytes(sum.bytes)}`;
  return `${formatCount(shown)} of ${of}${share}`;
}

function renderSection(section: Section, top: number, surface: Surface): string {
  const { title, lines = [], columns, rows, extent } = section;
  const shown = rows.slice(0, top);
  const told = extent === undefined ? title : `${title}: ${tellExtent(extent, shown.length)}`;
  const about = lines.map((line) => `  ${surface.style.dim(fit(escapeText(line), surface.width - 2, "end"))}\n`);
  const more = extent === undefined && shown.length < rows.length ? rows.length - shown.length : 0;
  return [
    told === null ? "" : heading(escapeText(told), surface),
    ...about,
    shown.length === 0
      ? ""
      : renderTable(
          columns.map((column, i) => tableColumn(column, rows[0]?.[i])),
          shown.map((row) => row.map((cell) => tableCell(cell, surface))),
          surface,
        ),
    more === 0 ? "" : `  … ${formatCount(more)} more\n`,
  ].join("");
}

/** The sections of a document as tables: those that are details only where there is room for a row. */
export function renderSections(
  sections: readonly Section[],
  { top, sections: wanted }: DocumentOptions,
  surface: Surface,
): string {
  const chosen =
    wanted === undefined ? sections : wanted.flatMap((id) => sections.filter((section) => section.id === id));
  return chosen
    .filter(({ isDetail }) => !isDetail || top > 0)
    .map((section) => renderSection(section, section.isDetail ? top : section.rows.length, surface))
    .join("");
}

/** A document for people at a terminal. */
export function renderDocument(document: Document, options: DocumentOptions, surface: Surface): string {
  const subject = document.subject.map((cell) => escapeText(cellText(cell))).join(" ");
  const head = `${surface.style.bold(escapeText(document.title))}  ${subject}`.trimEnd();
  return `${head}\n\n${renderSections(document.sections, options, surface)}`;
}
