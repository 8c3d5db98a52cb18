import type { EscapeCharacter } from "./join-continuations.ts";

/** A text of which parts are not known: null stands for any text. */
export type Pattern = readonly (string | null)[];

/** Variables: undefined is one of which nothing is known, an empty pattern one that is not set, or set to nothing. */
export interface Scope {
  get(name: string): Pattern | undefined;
}

const ANY: Pattern = [null];
// `ENV A=$A$A` doubles with each line.
const MAX_LENGTH = 4 * 1024;
const MAX_DEPTH = 8;
const NAME = /[A-Za-z_]\w*|\d+|[@*#?$!-]/y;
const OPERATOR = /:?[-+?]|[#%/]/y;

interface Cursor {
  readonly text: string;
  readonly scope: Scope;
  readonly escapeCharacter: EscapeCharacter;
  at: number;
  /** Whether the text is no word that a builder takes. */
  isBroken: boolean;
}

function take(cursor: Cursor, pattern: RegExp): string | null {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0] ?? null;
  if (found !== null) cursor.at += found.length;
  return found;
}

function readSingle(cursor: Cursor): string {
  const end = cursor.text.indexOf("'", cursor.at + 1);
  if (end === -1) cursor.isBroken = true;
  const quoted = cursor.text.slice(cursor.at + 1, end === -1 ? undefined : end);
  cursor.at = end === -1 ? cursor.text.length : end + 1;
  return quoted;
}

function readDouble(cursor: Cursor, depth: number): Pattern {
  const out: (string | null)[] = [];
  for (cursor.at++; cursor.at < cursor.text.length; ) {
    const ch = cursor.text.charAt(cursor.at);
    if (ch === '"') {
      cursor.at++;
      return out;
    }
    if (ch === "$") {
      out.push(...readDollar(cursor, depth));
      continue;
    }
    const next = cursor.text.charAt(cursor.at + 1);
    const isEscape = ch === cursor.escapeCharacter && (next === '"' || next === "$" || next === cursor.escapeCharacter);
    out.push(isEscape ? next : ch);
    cursor.at += isEscape ? 2 : 1;
  }
  cursor.isBroken = true;
  return out;
}

function substituted(value: Pattern | undefined, operator: string, operand: Pattern): Pattern {
  if (value === undefined || value.includes(null) || /[#%/]/.test(operator)) return ANY;
  // Without a colon it matters whether an empty one is set.
  if (value.length === 0 && !operator.startsWith(":")) return ANY;
  const isSet = value.length > 0;
  if (operator.endsWith("-")) return isSet ? value : operand;
  return operator.endsWith("+") ? (isSet ? operand : []) : value;
}

function readDollar(cursor: Cursor, depth: number): Pattern {
  cursor.at++;
  if (cursor.text.charAt(cursor.at) !== "{") {
    const name = take(cursor, NAME);
    return name === null ? ["$"] : (cursor.scope.get(name) ?? ANY);
  }
  cursor.at++;
  const name = take(cursor, NAME);
  const operator = take(cursor, OPERATOR);
  const operand = operator === null ? [] : readWord(cursor, "}", depth + 1);
  if (name === null || cursor.text.charAt(cursor.at) !== "}") {
    cursor.isBroken = true;
    return ANY;
  }
  cursor.at++;
  const value = cursor.scope.get(name);
  return operator === null ? (value ?? ANY) : substituted(value, operator, operand);
}

function readWord(cursor: Cursor, stop: string, depth: number): Pattern {
  const out: (string | null)[] = [];
  if (depth > MAX_DEPTH) cursor.isBroken = true;
  while (cursor.at < cursor.text.length && !cursor.isBroken) {
    const ch = cursor.text.charAt(cursor.at);
    if (stop !== "" && ch === stop) break;
    if (ch === "'") out.push(readSingle(cursor));
    else if (ch === '"') out.push(...readDouble(cursor, depth));
    else if (ch === "$") out.push(...readDollar(cursor, depth));
    else {
      const isEscape = ch === cursor.escapeCharacter;
      out.push(isEscape ? cursor.text.charAt(cursor.at + 1) : ch);
      cursor.at += isEscape ? 2 : 1;
    }
  }
  return joined(out);
}

/**
 * A word as builders read it: quotes off, escapes done, variables filled in (BuildKit frontend/dockerfile/shell/lex.go).
 * What is not known, or used in a way that is not, may be any text.
 */
export function expand(text: string, scope: Scope, escapeCharacter: EscapeCharacter = "\\"): Pattern {
  const cursor: Cursor = { text, scope, escapeCharacter, at: 0, isBroken: false };
  const pattern = readWord(cursor, "", 0);
  if (cursor.isBroken) return ANY;
  return pattern.reduce((sum, piece) => sum + (piece?.length ?? 1), 0) > MAX_LENGTH ? ANY : pattern;
}

/** Words as they are written, apart at blanks that are not quoted (BuildKit frontend/dockerfile/parser parseWords). */
export function splitWords(text: string, escapeCharacter: EscapeCharacter = "\\"): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const ch = text.charAt(at);
    if (quote === "" && /\s/.test(ch)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    word += ch;
    if (ch === escapeCharacter && quote !== "'") word += text.charAt(++at);
    else if (quote === "" && (ch === "'" || ch === '"')) quote = ch;
    else if (ch === quote) quote = "";
  }
  return word === "" ? words : [...words, word];
}

/** Names and values of an ENV or LABEL as they are written: `A=1 B="2 3"`, or `A all that follows`. */
export function nameValues(
  args: string,
  escapeCharacter: EscapeCharacter = "\\",
): readonly (readonly [string, string])[] {
  const words = splitWords(args, escapeCharacter);
  const [first = ""] = words;
  if (!first.includes("=")) return first === "" ? [] : [[first, args.trim().slice(first.length).trim()]];
  return words.map((word) => {
    const equals = word.indexOf("=");
    return equals === -1 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** Neighbouring texts as one, and without empty ones. */
export function joined(pattern: Pattern): Pattern {
  const out: (string | null)[] = [];
  for (const piece of pattern) {
    if (piece === "") continue;
    const last = out.at(-1);
    if (piece !== null && typeof last === "string") out[out.length - 1] = last + piece;
    else if (piece !== null || last !== null) out.push(piece);
  }
  return out;
}

/** Patterns with a text between them. */
export function joinedBy(separator: string, patterns: readonly Pattern[]): Pattern {
  return joined(patterns.flatMap((pattern, i) => (i === 0 ? pattern : [separator, ...pattern])));
}

/** The text, where all of it is known. */
export function literalOf(pattern: Pattern): string | null {
  return pattern.includes(null) ? null : pattern.join("");
}

/** Whether `text` can be what the pattern stands for. Linear in the text's length, for each of the pattern's pieces. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const whole = literalOf(pattern);
  if (whole !== null) return whole === text;
  const first = pattern[0] ?? "";
  const last = pattern.at(-1) ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pattern.slice(1, -1)) {
    if (piece === null) continue;
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
