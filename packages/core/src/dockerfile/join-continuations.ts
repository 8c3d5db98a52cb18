/** What continues a line of a Dockerfile; its `# escape=` directive says which. */
export type EscapeCharacter = "\\" | "`";

/** Text without its line continuations, and where each character of it stood. */
export interface JoinedText {
  readonly text: string;
  /** For each code unit of `text` its offset in the text as written; null where nothing was taken out. */
  readonly offsets: Int32Array | null;
}

const BLANK_OR_COMMENT = /^[ \t\r]*(?:#|$)/;

/** Where the escape character stands that continues the line, or -1. */
function continuationAt(line: string, escapeCharacter: string): number {
  let end = line.length;
  while (end > 0 && " \t\r".includes(line.charAt(end - 1))) end--;
  return end > 0 && line[end - 1] === escapeCharacter ? end - 1 : -1;
}

interface Piece {
  readonly start: number;
  readonly end: number;
}

/** What stays of the lines up to the first one that is not continued, and all that follows it. */
function keptPieces(text: string, escapeCharacter: string): Piece[] {
  const pieces: Piece[] = [];
  let isContinued = false;
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf("\n", start);
    const end = feed === -1 ? text.length : feed;
    const line = text.slice(start, end);
    if (!isContinued || !BLANK_OR_COMMENT.test(line)) {
      const cut = continuationAt(line, escapeCharacter);
      // Bodies of heredocs follow, and in them a builder joins nothing.
      if (cut === -1) return [...pieces, { start, end: text.length }];
      pieces.push({ start, end: start + cut });
    }
    isContinued = true;
    start = end + 1;
  }
  return pieces;
}

function offsetsOf(pieces: readonly Piece[], length: number): Int32Array {
  const offsets = new Int32Array(length);
  let at = 0;
  for (const { start, end } of pieces) {
    for (let from = start; from < end; from++) offsets[at++] = from;
  }
  return offsets;
}

/**
 * Joins continued lines as builders do (BuildKit frontend/dockerfile/parser): the escape character, blanks after it and
 * the line feed go, and so do comment lines and empty lines between continued ones.
 */
export function joinContinuations(text: string, escapeCharacter: EscapeCharacter): JoinedText {
  if (!text.includes("\n") && continuationAt(text, escapeCharacter) === -1) return { text, offsets: null };
  const pieces = keptPieces(text, escapeCharacter);
  const joined = pieces.map(({ start, end }) => text.slice(start, end)).join("");
  return { text: joined, offsets: joined.length === text.length ? null : offsetsOf(pieces, joined.length) };
}

/** Where the first logical line ends: at the line feed before the bodies of heredocs, or at the end of the text. */
export function logicalLineEnd(text: string, escapeCharacter: EscapeCharacter): number {
  const last = keptPieces(text, escapeCharacter).at(-1);
  if (last === undefined) return text.length;
  const feed = text.indexOf("\n", last.start);
  return feed === -1 ? text.length : feed;
}
