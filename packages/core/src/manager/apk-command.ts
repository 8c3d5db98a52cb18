import type { ShellCommand } from "../dockerfile/shell-script.ts";

/** A word of a command and its place among the command's `words`. */
export interface ApkWord {
  readonly text: string;
  readonly index: number;
}

/** A call of apk in a shell script. */
export interface ApkCommand {
  /** Index among the script's commands. */
  readonly command: number;
  /** `add`, `del`, `update` …; null where there is none, or it is not plain text. */
  readonly applet: string | null;
  /** Where the applet stands among the command's `words`; -1 without one. */
  readonly appletIndex: number;
  /** What it is applied to, options left out. */
  readonly names: readonly ApkWord[];
  /** Long names of the options that are given: `no-cache`, `no-network`. */
  readonly options: ReadonlySet<string>;
  /** The virtual package that `add` makes. */
  readonly virtual: string | null;
  /** Some of its words are results of expansions: there may be more names and options than those above. */
  readonly isOpen: boolean;
  /** It runs whenever what precedes it succeeded. */
  readonly always: boolean;
}

/** Options that take a value (apk(8) of 2.10 and 2.14); in the second place their letters. */
const VALUED: readonly (readonly [string, string | null])[] = [
  ["virtual", "t"],
  ["repository", "X"],
  ["root", "p"],
  ["arch", null],
  ["cache-dir", null],
  ["cache-max-age", null],
  ["keys-dir", null],
  ["progress-fd", null],
  ["repositories-file", null],
  ["timeout", null],
  ["wait", null],
];
const VALUED_NAMES = new Set(VALUED.map(([name]) => name));
const VALUED_LETTERS = new Map(VALUED.flatMap(([name, letter]) => (letter === null ? [] : [[letter, name] as const])));

/** Letters that matter to some rule. */
const LETTERS = new Map([
  ["U", "update-cache"],
  ["u", "upgrade"],
  ["s", "simulate"],
]);

const APK = /^(?:(?:\/usr)?\/s?bin\/)?apk$/;

/** Options and their values, apart from the rest. */
interface Sorted {
  readonly plain: ApkWord[];
  readonly options: Map<string, string | null>;
  isOpen: boolean;
}

function sortWords(words: readonly (string | null)[]): Sorted {
  const sorted: Sorted = { plain: [], options: new Map(), isOpen: false };
  let pending: string | null = null;
  let onlyNames = false;
  for (const [index, text] of words.entries()) {
    if (text === null) {
      // What an option's value is may stay unknown; a free-standing one may be anything.
      if (pending === null) sorted.isOpen = true;
      else sorted.options.set(pending, null);
      pending = null;
    } else if (pending !== null) {
      sorted.options.set(pending, text);
      pending = null;
    } else if (onlyNames || !/^-./.test(text)) sorted.plain.push({ text, index });
    else if (text === "--") onlyNames = true;
    else pending = readOption(text, sorted.options);
  }
  return sorted;
}

/** Returns the option whose value is the next word, null where there is none. */
function readOption(text: string, options: Map<string, string | null>): string | null {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(text);
  if (long !== null) {
    const [, name = "", value] = long;
    options.set(name, value ?? null);
    return value === undefined && VALUED_NAMES.has(name) ? name : null;
  }
  for (let i = 1; i < text.length; i++) {
    const letter = text[i] as string;
    const valued = VALUED_LETTERS.get(letter);
    if (valued === undefined) {
      options.set(LETTERS.get(letter) ?? letter, null);
      continue;
    }
    const value = text.slice(i + 1).replace(/^=/, "");
    options.set(valued, value === "" ? null : value);
    return value === "" ? valued : null;
  }
  return null;
}

/** Reads a command as a call of apk (apk(8) of 2.10 and 2.14); null where it is none. */
export function readApkCommand({ name, words, always }: ShellCommand, command: number): ApkCommand | null {
  if (name === null || !APK.test(name)) return null;
  const { plain, options, isOpen } = sortWords(words);
  const [applet, ...names] = plain;
  // `--update` is what `--update-cache` was called before 2.12.
  if (options.has("update")) options.set("update-cache", null);
  const virtual = options.get("virtual") ?? null;
  return {
    command,
    applet: applet?.text ?? null,
    appletIndex: applet?.index ?? -1,
    names,
    options: new Set(options.keys()),
    virtual: applet?.text === "add" ? virtual : null,
    isOpen: isOpen || (options.has("virtual") && virtual === null),
    always,
  };
}

/** The name in a dependency: `gcc` of `gcc>13`, `gcc@edge`. */
export function nameOfToken(token: string): string {
  return /^!?([^<>=~@]*)/.exec(token)?.[1] ?? token;
}
