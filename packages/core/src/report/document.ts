import type { Unit } from "../check/amounts.ts";

/*
 * What a result says to people, as data: sections of rows of typed cells. A renderer (the terminal's tables, Markdown,
 * CSV) decides how a kind of cell looks, how much of it there is room for, and how its format escapes names. Every text
 * but titles may hold a name from an image or a configuration, as it is.
 */

/** How a cell is meant to be noticed; a renderer without colours leaves it away. */
export type Tone = "good" | "waste" | "error" | "faint" | "strong";

/** A sentence or a few words, of one line. */
export interface TextCell {
  readonly kind: "text";
  readonly text: string;
  readonly tone?: Tone | undefined;
}

/** Something that is called so, letter by letter: a package, a rule, a command, a version. */
export interface NameCell {
  readonly kind: "name";
  readonly text: string;
  /** The page about it; null and absent where there is none. */
  readonly url?: string | null | undefined;
  readonly tone?: Tone | undefined;
}

/** A path inside an image: where room is short its end is kept. */
export interface PathCell {
  readonly kind: "path";
  readonly path: string;
}

/** The instruction that made a layer. */
export interface InstructionCell {
  readonly kind: "instruction";
  /** 0-based; null where the row has the number in a column of its own. */
  readonly layer: number | null;
  /** null where the history does not say. */
  readonly text: string | null;
  /** That it made the layer is a guess. */
  readonly isGuess?: boolean | undefined;
}

/** A number of bytes, a count or a ratio. */
export interface AmountCell {
  readonly kind: "amount";
  /** null where it is not known. */
  readonly amount: number | null;
  readonly unit: Unit;
  /** An amount that it is read beside: where the two differ and would look the same, both are shown to the last digit. */
  readonly beside?: number | null | undefined;
  /** It is an estimate. */
  readonly isAbout?: boolean | undefined;
  readonly tone?: Tone | undefined;
}

/** What became of an amount: growth stands out, and what did not change is not in the way. */
export interface ChangeCell {
  readonly kind: "change";
  /** What it was: the change is shown as a share of it too. null where it was not there, or only the difference is shown. */
  readonly from: number | null;
  /** The difference; null where it is not known. */
  readonly by: number | null;
  readonly unit: Unit;
  /** Whether more of it is worse (bytes) or better (efficiency). */
  readonly more: "worse" | "better";
  /** What else there is to know: `new`, `removed`; where the difference is not known, all there is to say. */
  readonly note?: string | undefined;
}

/** What stands in a row, by its kind. */
export type Cell = TextCell | NameCell | PathCell | InstructionCell | AmountCell | ChangeCell;

/** What the cells of a column are. */
export interface Column {
  /** For programs: `contentBytes`. Columns of one id mean the same in every section. */
  readonly id: string;
  /** For people; empty where the cells speak for themselves. */
  readonly title: string;
  /** Numbers stand to the right. */
  readonly align?: "right" | undefined;
}

/** What the rows of a section are, all of them: a renderer that shows fewer says of how many. */
export interface Extent {
  /** `directory`, of which there are `count`. */
  readonly one: string;
  /** `directories`, where it is not formed with an s. */
  readonly many?: string | undefined;
  readonly count: number;
  /** Their sum in bytes, and what the rows that are there have of it, each; absent where a sum says nothing. */
  readonly sum?: { readonly bytes: number; readonly of: readonly number[] } | undefined;
}

/** Rows of one kind under a heading. */
export interface Section {
  /** The same whatever the image: `layers`. What a section is asked for by. */
  readonly id: string;
  /** A heading of one line, in imgweigh's own words: no name from an image. null where the document's own says it all. */
  readonly title: string | null;
  /** What is to be known before the rows, a line each. */
  readonly lines?: readonly string[] | undefined;
  readonly columns: readonly Column[];
  /** A cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
  /** All that the rows stand for, where these may be fewer. */
  readonly extent?: Extent | undefined;
  /** Details, which a long page folds away. */
  readonly isDetail: boolean;
  /** Where room is short, sections of a lower rank are filled first. */
  readonly rank: number;
}

/** A result for people. */
export interface Document {
  /** A line that says what it is, and the most important of it, in imgweigh's own words. */
  readonly title: string;
  /** What it is of: names of images, digests. */
  readonly subject: readonly Cell[];
  /** Those that have something to say, in the order that they are read in. */
  readonly sections: readonly Section[];
}

export function text(of: string, tone?: Tone): TextCell {
  return { kind: "text", text: of, tone };
}

export function name(of: string, url?: string | null): NameCell {
  return { kind: "name", text: of, url };
}

export function bytes(amount: number | null, tone?: Tone): AmountCell {
  return { kind: "amount", amount, unit: "bytes", tone };
}

export function count(amount: number): AmountCell {
  return { kind: "amount", amount, unit: "count" };
}

/** Waste stands out, and its absence does not. */
export function wasted(amount: number | null): AmountCell {
  return bytes(amount, amount === 0 ? "faint" : "waste");
}

/** A difference of bytes. */
export function bytesBy(by: number | null): ChangeCell {
  return { kind: "change", from: null, by, unit: "bytes", more: "worse" };
}
