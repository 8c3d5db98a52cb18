import type { BuildArg } from "./instruction.ts";

export const SHELL_NAME =
  /^(?:[^\s]*[\\/])?(?:(?:a|ba|c|da|fi|k|mk|pw|tc|z)?sh|cmd|powershell|python[\d.]*)(?:\.exe)?$/i;
const COMMAND_FLAG = /^(?:-[a-z]*c|\/c|-command)$/i;
const OTHER_FLAG = /^(?:[-+][\w-]*|\/[a-z])$/i;
const OPTION_WORD = /^\w+$/;
// Bounds that no SHELL instruction reaches: they keep the search linear in a created_by made to be slow.
const SHELL_TOKEN_MAX = 256;
const SHELL_TOKENS_MAX = 16;

function tokenEnd(text: string, start: number): number {
  const space = text.indexOf(" ", start);
  return space === -1 ? text.length : space;
}

function shortToken(text: string, start: number): string | null {
  const token = text.slice(start, start + SHELL_TOKEN_MAX + 1);
  const end = tokenEnd(token, 0);
  return end > SHELL_TOKEN_MAX ? null : token.slice(0, end);
}

/** Where a shell that starts at `start` ends: `known`, or `<shell> <flags> -c`; null where none starts there. */
export function shellEnd(text: string, start: number, known: string | null = null): number | null {
  if (
    known !== null &&
    text.startsWith(known, start) &&
    /^(?: |$)/.test(text.slice(start + known.length, start + known.length + 1))
  ) {
    return start + known.length;
  }
  const name = shortToken(text, start);
  if (name === null || !SHELL_NAME.test(name)) return null;
  let at = start + name.length + 1;
  let last = name;
  for (let tokens = 0; tokens < SHELL_TOKENS_MAX && at < text.length; tokens++) {
    const token = shortToken(text, at);
    if (token === null) return null;
    if (COMMAND_FLAG.test(token)) return at + token.length;
    // `-o pipefail`, `-euxo pipefail`: the word after the letter o belongs to the flag.
    const isOption = last.endsWith("o") && OTHER_FLAG.test(last) && OPTION_WORD.test(token);
    if (!isOption && !OTHER_FLAG.test(token)) return null;
    at += token.length + 1;
    last = token;
  }
  return null;
}

export const ARG_COUNT = /^\|(\d+) /;
const FIRST_NAME = /[^\s=]+=/y;
const NAME = /[A-Za-z_][\w.-]{0,127}=/y;
export const NO_VALUE_NAME = /^[A-Za-z_][\w.-]{0,127}$/;

interface NameAt {
  readonly start: number;
  readonly equals: number;
}

function nameAt(text: string, start: number): NameAt | null {
  const pattern = start === 0 ? FIRST_NAME : NAME;
  pattern.lastIndex = start;
  return pattern.test(text) ? { start, equals: pattern.lastIndex - 1 } : null;
}

export interface Command {
  /** The arguments as they are recorded, `|2 A=x B=y `. */
  readonly prefix: string;
  readonly args: readonly BuildArg[];
  readonly shell: string | null;
  /** Null where the command cannot be told from the last value. */
  readonly command: string | null;
}

/**
 * The arguments in `text`. Values are joined by spaces without quotes, so `A=x B=y` is two arguments or one: it is split
 * only where the recorded count confirms it. Otherwise all that follows the first name is its value, since part of
 * a value must not pass as a name.
 */
function splitArgs(text: string, names: readonly NameAt[], count: number): BuildArg[] {
  const certain = names.length === count ? names : names.slice(0, 1);
  return certain.map((name, i) => {
    const next = certain[i + 1];
    return {
      name: text.slice(name.start, name.equals),
      value: text.slice(name.equals + 1, next === undefined ? text.length : next.start - 1),
    };
  });
}

interface ShellAt {
  readonly start: number;
  readonly end: number;
}

/** The names of arguments, and the shell after them: the first behind `count` names, as a value may hold a shell too. */
function scanArgs(text: string, count: number, known: string | null): { names: NameAt[]; shell: ShellAt | null } {
  const names: NameAt[] = [];
  let first: { shell: ShellAt; names: NameAt[] } | null = null;
  for (let at = 0; at < text.length; at = tokenEnd(text, at) + 1) {
    const name = nameAt(text, at);
    if (name !== null) names.push(name);
    const end = name === null ? shellEnd(text, at, known) : null;
    if (end === null) continue;
    const shell = { start: at, end };
    if (names.length >= count) return { names, shell };
    first ??= { shell, names: [...names] };
  }
  // buildah counts the words of values as arguments (getCreatedBy), so the count can be too high.
  return first ?? { names, shell: null };
}

// A heredoc with a shebang runs as a file, with no shell in front (BuildKit convert.go dispatchRun).
const HEREDOC_FILE = /^\/dev\/pipes\/\S+$/;

type AfterArgs = Omit<Command, "prefix"> & { readonly commandStart: number };

function afterArgs(text: string, count: number, known: string | null): AfterArgs {
  const { names, shell } = scanArgs(text, count, known);
  if (shell !== null) {
    return {
      args: splitArgs(text.slice(0, Math.max(0, shell.start - 1)), names, count),
      shell: text.slice(shell.start, shell.end),
      command: text.slice(shell.end).trim(),
      commandStart: shell.start,
    };
  }
  const lastSpace = text.lastIndexOf(" ");
  const lastToken = text.slice(lastSpace + 1);
  if (HEREDOC_FILE.test(lastToken)) {
    const args = splitArgs(text.slice(0, Math.max(0, lastSpace)), names, count);
    return { args, shell: null, command: lastToken, commandStart: lastSpace + 1 };
  }
  const args = splitArgs(text, names, count).map(({ name }) => ({ name, value: null }));
  return { args, shell: null, command: null, commandStart: text.length };
}

/**
 * `[|n NAME=value …] [<shell> -c] <command>`, as the classic builder, BuildKit and buildah record a RUN.
 *
 * @param known the shell that a SHELL before it names
 */
export function readCommand(text: string, known: string | null = null): Command {
  const count = ARG_COUNT.exec(text);
  if (count !== null) {
    const { commandStart, ...rest } = afterArgs(text.slice(count[0].length), Number(count[1]), known);
    return { ...rest, prefix: text.slice(0, count[0].length + commandStart) };
  }
  const end = shellEnd(text, 0, known);
  return {
    prefix: "",
    args: [],
    shell: end === null ? null : text.slice(0, end),
    command: (end === null ? text : text.slice(end)).trim(),
  };
}
