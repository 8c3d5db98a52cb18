/** Rows that a document may have to leave out, the last ones first. */
export interface Table {
  /** Says what the table holds, and makes it fold: ready Markdown of one line without markup; null for one that stands open. */
  readonly summary: string | null;
  readonly columns: readonly { readonly title: string; readonly right?: boolean }[];
  /** A cell for each column, ready Markdown of one line. */
  readonly rows: readonly (readonly string[])[];
  /** Where room is short, tables of a lower rank are filled first. */
  readonly rank: number;
}

/** A part of a document that is there as a whole or not at all: paragraphs, ready Markdown, and tables. */
export type Section = readonly (string | Table)[];

/** GitHub's limit of a comment's body, 65,536 characters: in bytes, of which a character has one at least. */
export const COMMENT_BYTES = 65_536;
/** GitHub's limit of a step's summary, 1024 KiB, with room for what other programs of the step add. */
export const SUMMARY_BYTES = 1_048_576;

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

function head({ summary, columns }: Table): string {
  const opening = summary === null ? "" : `<details><summary>${summary}</summary>\n\n`;
  return `${opening}${line(columns.map(({ title }) => title))}${line(columns.map(({ right }) => (right === true ? "--:" : "---")))}`;
}

function foot({ summary }: Table): string {
  return summary === null ? "" : "\n</details>\n";
}

function moreRow({ columns }: Table, count: number): string {
  return line(columns.map((_, i) => (i === 0 ? `… ${count} more` : "")));
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** What a block takes without any row of its own. */
function frameSize(block: string | Table): number {
  // A blank line stands after each block.
  if (typeof block === "string") return sizeOf(block) + 2;
  return sizeOf(head(block)) + sizeOf(foot(block)) + sizeOf(moreRow(block, block.rows.length)) + 1;
}

/** How many rows of each table there is room for. */
function allotRows(tables: readonly Table[], room: number): ReadonlyMap<Table, number> {
  const allotted = new Map<Table, number>();
  let left = room;
  // `sort` is stable: tables of one rank in their order.
  for (const table of [...tables].sort((a, b) => a.rank - b.rank)) {
    let count = 0;
    for (const row of table.rows) {
      const size = sizeOf(line(row));
      if (size > left) break;
      left -= size;
      count++;
    }
    allotted.set(table, count);
  }
  return allotted;
}

function render(block: string | Table, allotted: ReadonlyMap<Table, number>): string {
  if (typeof block === "string") return `${block}\n`;
  const count = allotted.get(block) ?? 0;
  const left = block.rows.length - count;
  const rows = block.rows.slice(0, count).map(line).join("");
  return `${head(block)}${rows}${left > 0 ? moreRow(block, left) : ""}${foot(block)}`;
}

/**
 * A Markdown document of at most so many bytes of UTF-8: whole rows of tables are left out where there is no room, then
 * whole sections, from the last; both end with "… n more". The first section is always there.
 *
 * @param what what a section is about, for those that are left out: `image`
 */
export function fitDocument(sections: readonly Section[], maxBytes: number, what: string): string {
  const more = (count: number) => `… ${count} more ${what}${count === 1 ? "" : "s"}`;
  let room = maxBytes - frameSize(more(sections.length));
  const kept: Section[] = [];
  for (const section of sections) {
    const size = section.reduce((sum, block) => sum + frameSize(block), 0);
    if (size > room && kept.length > 0) break;
    room -= size;
    kept.push(section);
  }
  const blocks = kept.flat();
  const left = sections.length - kept.length;
  if (left > 0) blocks.push(more(left));
  const tables = blocks.filter((block) => typeof block !== "string");
  const allotted = allotRows(tables, room);
  return blocks.map((block) => render(block, allotted)).join("\n");
}
