import { ANY_CHARACTER, ANY_TEXT, isLiteral } from "./path-pattern.ts";

/** A word of a command as a shell makes it, as far as that can be told. */
export interface Word {
  /** Quotes off, variables filled in; {@link ANY_TEXT} and {@link ANY_CHARACTER} for wildcards. */
  readonly text: string;
  /** Behind `text`, anything may follow, further words too. */
  readonly open: boolean;
}

/** What a shell knows when it reads a word. */
export interface ShellState {
  /** The value of a variable; null where it is not known. One that is not set is empty. */
  value(name: string): string | null;
  /** What `~` stands for. */
  readonly home: string | null;
}

const UNKNOWN: Word = { text: "", open: true };

/** The text of a word that is all known; null otherwise. */
export function textOf(word: Word | undefined): string | null {
  return word === undefined || word.open || !isLiteral(word.text) ? null : word.text;
}

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^${}'"`]{0,999}))?\})/y;
/** Whether braces open at a place that bash would expand: a list or a range. */
function opensBraces(text: string, at: number): boolean {
  const end = text[at] === "{" ? text.indexOf("}", at) : -1;
  return end > at && /^[^{}\s]*$/.test(text.slice(at + 1, end)) && /,|\.\./.test(text.slice(at + 1, end));
}

interface Reading {
  /** Finished words of a word that splits, and the one that is being read. */
  readonly words: Word[];
  text: string;
  isStarted: boolean;
}

function addValue(reading: Reading, value: string, isQuoted: boolean): void {
  if (isQuoted) {
    reading.text += value;
    reading.isStarted = true;
    return;
  }
  const parts = value.split(/[ \t\n]+/);
  parts.forEach((part, i) => {
    if (i > 0) finishWord(reading);
    reading.text += part.replaceAll("*", ANY_TEXT).replaceAll("?", ANY_CHARACTER);
    if (part !== "") reading.isStarted = true;
  });
}

function finishWord(reading: Reading): void {
  if (reading.isStarted) reading.words.push({ text: reading.text, open: false });
  reading.text = "";
  reading.isStarted = false;
}

function variableValue(match: RegExpExecArray, state: ShellState): string | null {
  const [, plain, braced, operator, operand = ""] = match;
  const value = state.value(plain ?? braced ?? "");
  if (operator === undefined || value === null) return value;
  const isSet = value !== "";
  if (operator.endsWith("-")) return isSet ? value : operand;
  return isSet ? operand : "";
}

/**
 * The words that one word of a script becomes: quotes, variables, `~` and wildcards are read, anything else leaves the
 * rest open. Linear in its length.
 *
 * @param source as it stands in the script
 */
export function expandWord(source: string, state: ShellState): readonly Word[] {
  const text = source.replace(/\\\r?\n/g, "");
  const reading: Reading = { words: [], text: "", isStarted: false };
  let quote: "'" | '"' | null = null;
  const leaveOpen = (): readonly Word[] => [...reading.words, { text: reading.text, open: true }];
  let at = 0;
  if (/^~(?:\/|$)/.test(text)) {
    if (state.home === null) return [UNKNOWN];
    reading.text = state.home;
    reading.isStarted = true;
    at = 1;
  } else if (text.startsWith("~")) return [UNKNOWN];
  for (; at < text.length; at++) {
    const one = text[at] as string;
    if (quote === "'") {
      if (one === "'") quote = null;
      else reading.text += one;
      continue;
    }
    if (one === "\\") {
      const next = text[at + 1] ?? "";
      if (quote === '"' && !/["\\$`]/.test(next)) reading.text += one;
      reading.text += next;
      reading.isStarted = true;
      at++;
    } else if (one === "'" && quote === null) {
      quote = "'";
      reading.isStarted = true;
    } else if (one === '"') {
      quote = quote === null ? '"' : null;
      reading.isStarted = true;
    } else if (one === "$") {
      VARIABLE.lastIndex = at;
      const match = VARIABLE.exec(text);
      if (match === null && !/[\w{(@*#?!$'-]/.test(text[at + 1] ?? "")) {
        reading.text += one;
        reading.isStarted = true;
        continue;
      }
      const value = match === null ? null : variableValue(match, state);
      if (match === null || value === null) return leaveOpen();
      addValue(reading, value, quote !== null);
      at += match[0].length - 1;
    } else if (one === "`") return leaveOpen();
    else if (quote !== null) reading.text += one;
    else {
      if (opensBraces(text, at)) return leaveOpen();
      reading.text += unquoted(text, at);
      reading.isStarted = true;
      if (one === "[" && text.indexOf("]", at + 2) > 0) at = text.indexOf("]", at + 2);
    }
  }
  finishWord(reading);
  return reading.words;
}

/** A character outside of quotes, or what a wildcard stands for. */
function unquoted(text: string, at: number): string {
  const one = text[at] as string;
  if (one === "*") return ANY_TEXT;
  if (one === "?") return ANY_CHARACTER;
  return one === "[" && text.indexOf("]", at + 2) > 0 ? ANY_CHARACTER : one;
}
