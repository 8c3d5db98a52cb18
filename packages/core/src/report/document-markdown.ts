import { cellText } from "./cell-text.ts";
import type { Cell, Document, Section } from "./document.ts";
import { COMMENT_BYTES, fitDocument, type Section as Part, type Table } from "./markdown-document.ts";
import { code, link, prose } from "./markdown-text.ts";

/** A cell as ready Markdown of one line. */
function markdownOf(cell: Cell): string {
  const told = cellText(cell);
  switch (cell.kind) {
    case "name":
      return typeof cell.url === "string" ? link(code(told), cell.url) : code(told);
    case "path":
    case "instruction":
      return code(told);
    case "text":
      return prose(told);
    // Digits and words of imgweigh's own.
    default:
      return told;
  }
}

/** A section as a table, folded where it is a detail, under its heading where it is not. */
function blocksOf({ title, lines = [], columns, rows, isDetail, rank }: Section): Part {
  const folds = isDetail && title !== null && lines.length === 0 && rows.length > 0;
  const table: Table = {
    summary: folds ? title : null,
    columns: columns.map((column) => ({ title: column.title, right: column.align === "right" })),
    rows: rows.map((row) => row.map(markdownOf)),
    rank,
  };
  return [
    ...(folds || title === null ? [] : [`#### ${title}`]),
    ...(lines.length === 0 ? [] : [lines.map((line) => prose(line)).join("  \n")]),
    ...(rows.length === 0 ? [] : [table]),
  ];
}

/** The tables of sections, for a larger document. */
export function markdownSections(sections: readonly Section[]): Part {
  return sections.flatMap(blocksOf);
}

/** What a document is of, as one line of ready Markdown. */
export function markdownSubject({ subject }: Document): string {
  return subject.map(markdownOf).join(" ");
}

/** A document as Markdown, of at most so many bytes of UTF-8: details are folded, and rows left out where there is no room. */
export function documentMarkdown(document: Document, maxBytes = COMMENT_BYTES): string {
  const part: Part = [
    `### ${document.title}`,
    ...(document.subject.length === 0 ? [] : [markdownSubject(document)]),
    ...markdownSections(document.sections),
  ];
  return fitDocument([part], maxBytes, "section");
}
