import type { Command, ParsedScript, Redirection, Statement, SyntaxNode, Word } from "unbash";
import { type EscapeCharacter, type JoinedText, joinContinuations } from "./join-continuations.ts";
import { isQuicklyParsed, type ShellBudget } from "./shell-budget.ts";
import { shellParser } from "./shell-parser.ts";

/** What joins a command to the one before it in its list; `start` where it is the first of its list. */
export type Connector = "start" | "&&" | "||" | ";" | "|" | "newline";

/** Where a command stands among its neighbours. Offsets are of the text as written. */
export interface ShellPlace {
  /** Commands of one list have the same number; the list of the script itself is 0. */
  readonly list: number;
  /** The pipeline (or lone command, with its `!` or `time`) that the command belongs to. */
  readonly start: number;
  readonly end: number;
  /** What joins that pipeline to what stands before it. */
  readonly connector: Connector;
  /** Where what stands before it ends; null where it is the first of its list. */
  readonly previousEnd: number | null;
  /** Where what follows it starts; null where it is the last of its list. */
  readonly nextStart: number | null;
  /** What joins what follows; null where it is the last of its list. */
  readonly following: Connector | null;
  /** It is one of several commands of a pipeline. */
  readonly isPiped: boolean;
  /** Its result is reversed by `!`. */
  readonly isNegated: boolean;
  /** It runs in the background. */
  readonly isBackground: boolean;
  /** It stands in `$(…)`, backquotes or `<(…)`. */
  readonly isSubstitution: boolean;
}

/** A redirection of a command: `2>/dev/null`. */
export interface ShellRedirect {
  /** Such as `>`, `2>` counts as `>`, `<<` for a heredoc. */
  readonly operator: string;
  /** The file, where it is plain text. */
  readonly target: string | null;
  readonly start: number;
  readonly end: number;
}

/** One simple command. Offsets are of the text as written, half-open, and without the connectors. */
export interface ShellCommand {
  /** Null where the command is only assignments or redirects, or its name is the result of an expansion. */
  readonly name: string | null;
  /** The text of each argument after the name, unquoted, globs as written; null where an expansion makes it unknown. */
  readonly words: readonly (string | null)[];
  readonly start: number;
  readonly end: number;
  /** Where the name ends; `start` where there is none. */
  readonly nameEnd: number;
  /** For each of `words`. */
  readonly wordStarts: readonly number[];
  readonly wordEnds: readonly number[];
  /** `NAME=value` before the name; the value is null where an expansion makes it unknown. */
  readonly assignments: readonly { readonly name: string; readonly value: string | null }[];
  readonly redirects: readonly ShellRedirect[];
  /** Within a pipeline, `|` for all but its first command. */
  readonly connector: Connector;
  /** 0 in the script's own list, one more in each subshell, group, function, condition, loop or substitution. */
  readonly depth: number;
  /** It runs whenever what precedes it succeeded: no condition, loop, function, `||`, `!`, background or substitution. */
  readonly always: boolean;
  readonly place: ShellPlace;
}

/** How newlines are read: `dockerfile` joins continued lines and takes comment lines out, `script` is a file of its own. */
export type ShellDialect = "dockerfile" | "script";

/** A shell script, parsed: its commands and where they stand in the text. */
export interface ShellScript {
  /** As it was given. */
  readonly text: string;
  readonly dialect: ShellDialect;
  readonly escapeCharacter: EscapeCharacter;
  /** In the order of the text. */
  readonly commands: readonly ShellCommand[];
  /** False where some of it could not be read: then `commands` may lack some, and the script is not to be edited. */
  readonly complete: boolean;
  /** It starts with `set -e`, so that any failing command ends it. */
  readonly failsFast: boolean;
  /** What joins its top-level pipelines, groups and conditions: `start` for the first, and so on. */
  readonly connectors: readonly Connector[];
  /** Where its last statement ends, a `;` after it not counted; null where it has none. */
  readonly end: number | null;
  /** It ends in a command that runs in the background. */
  readonly endsInBackground: boolean;
}

export interface ShellOptions {
  readonly dialect?: ShellDialect | undefined;
  readonly escapeCharacter?: EscapeCharacter | undefined;
  /** Of all scripts that it is read with; beyond it, it is not complete. */
  readonly budget?: ShellBudget | undefined;
  /** The shell was started with `-e`: any failing command ends it. */
  readonly errexit?: boolean | undefined;
}

// Far above any RUN; below them the parser needs milliseconds, whatever the text.
const MAX_LENGTH = 32 * 1024;
const MAX_HEREDOCS = 256;
const MAX_COMMANDS = 8192;
// Each substitution is parsed anew within the one around it.
const MAX_DEPTH = 16;

// ── Words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const PLAIN: ReadonlySet<string> = new Set(["Literal", "SingleQuoted", "AnsiCQuoted", "Glob", "ExtendedGlob"]);

/** The word without its quotes, or null where the shell makes something else of it. */
function plainText(word: Word): string | null {
  const parts = word.parts ?? [];
  const isPlain = parts.every((part) =>
    part.type === "DoubleQuoted" || part.type === "LocaleString"
      ? part.parts.every(({ type }) => type === "Literal")
      : PLAIN.has(part.type),
  );
  return isPlain ? word.value : null;
}

// ── The walk ───────────────────────────────────────────────────────────────────────────────────────────────────────

interface Walk {
  readonly source: string;
  readonly start: (position: number) => number;
  readonly end: (position: number) => number;
  readonly forEachChild: (node: SyntaxNode, callback: (child: SyntaxNode) => void) => void;
  readonly commands: ShellCommand[];
  lists: number;
  complete: boolean;
}

interface Context {
  readonly depth: number;
  readonly always: boolean;
  readonly isSubstitution: boolean;
  readonly place: ShellPlace | null;
  readonly connector: Connector;
}

interface Item {
  readonly node: SyntaxNode;
  readonly connector: Connector;
  readonly isBackground: boolean;
}

const SEPARATOR = /[^ \t\r]/;

function separatorBefore(walk: Walk, previous: Statement | undefined, statement: Statement): Connector {
  if (previous === undefined) return "start";
  if (previous.background === true) return ";";
  const between = walk.source.slice(previous.end, statement.pos);
  return SEPARATOR.exec(between)?.[0] === ";" ? ";" : "newline";
}

/** What a list is made of: pipelines, commands and compounds, each with what joins it to the one before. */
function itemsOf(walk: Walk, statements: readonly Statement[]): Item[] {
  return statements.flatMap((statement, i): Item[] => {
    const first = separatorBefore(walk, statements[i - 1], statement);
    const isBackground = statement.background === true;
    const { command } = statement;
    if (command.type !== "AndOr") return [{ node: command, connector: first, isBackground }];
    return command.commands.map((node, k) => ({
      node,
      connector: k === 0 ? first : (command.operators[k - 1] ?? "&&"),
      isBackground,
    }));
  });
}

function walkList(walk: Walk, statements: readonly Statement[], context: Context): void {
  const list = walk.lists++;
  const items = itemsOf(walk, statements);
  for (const [i, { node, connector, isBackground }] of items.entries()) {
    const previous = items[i - 1]?.node;
    const next = items[i + 1];
    const isNegated = node.type === "Pipeline" && node.prefixes.some(({ type }) => type === "Negation");
    const place: ShellPlace = {
      list,
      start: walk.start(node.pos),
      end: walk.end(node.end),
      connector,
      previousEnd: previous === undefined ? null : walk.end(previous.end),
      nextStart: next === undefined ? null : walk.start(next.node.pos),
      following: next?.connector ?? null,
      isPiped: node.type === "Pipeline" && node.commands.length > 1,
      isNegated,
      isBackground,
      isSubstitution: context.isSubstitution,
    };
    const always = context.always && connector !== "||" && !isNegated && !isBackground;
    visit(walk, node, { ...context, always, place, connector });
  }
}

function inner(context: Context, changes: Partial<Context>): Context {
  return { ...context, depth: context.depth + 1, ...changes };
}

function visitChildren(walk: Walk, node: SyntaxNode, context: Context): void {
  walk.forEachChild(node, (child) => visit(walk, child, context));
}

function visitScript(walk: Walk, script: ParsedScript, context: Context): void {
  // A script in escaped backquotes has a text of its own, so its offsets mean nothing here.
  if (context.depth > MAX_DEPTH) {
    walk.complete = false;
    return;
  }
  if (script.source !== undefined || (script.errors?.length ?? 0) > 0) walk.complete = false;
  if (script.source !== undefined) return;
  walkList(walk, script.commands, inner(context, { always: false, isSubstitution: true }));
}

function visit(walk: Walk, node: SyntaxNode, context: Context): void {
  if (walk.commands.length >= MAX_COMMANDS) {
    walk.complete = false;
    return;
  }
  switch (node.type) {
    case "Command":
      if (context.place !== null) walk.commands.push(readCommand(walk, node, context, context.place));
      visitChildren(walk, node, context);
      return;
    case "Pipeline":
      for (const [i, member] of node.commands.entries()) {
        visit(walk, member, i === 0 ? context : { ...context, connector: "|" });
      }
      return;
    case "Redirected":
      visitChildren(walk, node, context);
      return;
    case "BraceGroup":
    case "Subshell":
      walkList(walk, node.body.commands, inner(context, {}));
      return;
    case "CompoundList":
      walkList(walk, node.commands, inner(context, { always: false }));
      return;
    case "Script":
      visitScript(walk, node, context);
      return;
    default:
      visitChildren(walk, node, { ...context, always: false });
  }
}

// ── One command ────────────────────────────────────────────────────────────────────────────────────────────────────

function readRedirect(walk: Walk, redirect: Redirection): ShellRedirect {
  const target = redirect.type === "HereDoc" ? undefined : redirect.target;
  return {
    operator: redirect.operator,
    target: target === undefined ? null : plainText(target),
    start: walk.start(redirect.pos),
    end: walk.end(redirect.end),
  };
}

function readAssignments(node: Command): ShellCommand["assignments"] {
  return node.prefix.flatMap((part) =>
    part.type === "Assignment"
      ? [{ name: part.name, value: part.value.type === "Word" ? plainText(part.value) : null }]
      : [],
  );
}

function readCommand(walk: Walk, node: Command, context: Context, place: ShellPlace): ShellCommand {
  const args = node.args;
  return {
    name: node.name === undefined ? null : plainText(node.name),
    words: args.map((arg) => (arg.type === "Word" ? plainText(arg) : assignmentText(arg.text, arg.value))),
    start: walk.start(node.pos),
    end: walk.end(node.end),
    nameEnd: node.name === undefined ? walk.start(node.pos) : walk.end(node.name.end),
    wordStarts: args.map(({ pos }) => walk.start(pos)),
    wordEnds: args.map(({ end }) => walk.end(end)),
    assignments: readAssignments(node),
    redirects: node.redirects.map((redirect) => readRedirect(walk, redirect)),
    connector: context.connector,
    depth: context.depth,
    always: context.always,
    place,
  };
}

/** `export PATH=/usr/bin` has an assignment for an argument. */
function assignmentText(text: string, value: { readonly type: string }): string | null {
  if (value.type !== "Word") return null;
  const word = plainText(value as Word);
  return word === null ? null : `${text.slice(0, text.indexOf("=") + 1)}${word}`;
}

// ── The script ─────────────────────────────────────────────────────────────────────────────────────────────────────

const SHORT_OPTIONS = /^-[a-z]+$/;

function sayErrexit(words: readonly (string | null)[]): boolean {
  return words.some(
    (word, i) =>
      word !== null &&
      ((SHORT_OPTIONS.test(word) && word.includes("e")) || (word === "errexit" && words[i - 1] === "-o")),
  );
}

/** Whether a command says `set -e`, if it runs at all. */
export function setsErrexit({ name, words }: ShellCommand): boolean {
  return name === "set" && sayErrexit(words);
}

function surelySetsErrexit(command: ShellCommand): boolean {
  return command.depth === 0 && command.always && setsErrexit(command);
}

function isWithinBounds(text: string): boolean {
  if (text.length > MAX_LENGTH || text.split("<<", MAX_HEREDOCS + 2).length > MAX_HEREDOCS + 1) return false;
  return isQuicklyParsed(text);
}

type ScriptParts = Omit<ShellScript, "text" | "dialect" | "escapeCharacter">;

const UNREAD: ScriptParts = {
  commands: [],
  complete: false,
  failsFast: false,
  connectors: [],
  end: null,
  endsInBackground: false,
};

function readScript({ text, offsets }: JoinedText): ScriptParts {
  const { parse, forEachChild } = shellParser();
  const script = parse(text);
  const walk: Walk = {
    source: text,
    start: (position) => offsets?.[position] ?? position,
    end: (position) => (offsets === null || position === 0 ? position : (offsets[position - 1] ?? 0) + 1),
    forEachChild,
    commands: [],
    lists: 0,
    complete: (script.errors?.length ?? 0) === 0,
  };
  walkList(walk, script.commands, { depth: 0, always: true, isSubstitution: false, place: null, connector: "start" });
  const last = script.commands.at(-1);
  return {
    commands: walk.commands,
    complete: walk.complete,
    failsFast: walk.commands.slice(0, 2).some(surelySetsErrexit),
    connectors: itemsOf(walk, script.commands).map(({ connector }) => connector),
    end: last === undefined ? null : walk.end(last.background === true ? last.end : last.command.end),
    endsInBackground: last?.background === true,
  };
}

function withErrexit(parts: ScriptParts, errexit: boolean): ScriptParts {
  return errexit ? { ...parts, failsFast: true } : parts;
}

/** Whether a shell, as its words, is told to end at the first failure. */
export function hasErrexit(words: readonly string[]): boolean {
  return sayErrexit(words.slice(1));
}

/**
 * Reads a script for `/bin/sh -c` as a Dockerfile or its history writes it. Needs `loadShell()` to have been awaited.
 *
 * Never throws over what is in the text: beyond 32 KiB, 256 heredocs, 8,192 commands or 16 substitutions
 * within each other, and where a long text opens very much, it is not complete. Bash syntax is taken, whatever the shell.
 */
export function parseShell(text: string, options: ShellOptions = {}): ShellScript {
  const dialect = options.dialect ?? "dockerfile";
  const escapeCharacter = options.escapeCharacter ?? "\\";
  const given = { text, dialect, escapeCharacter };
  if (!isWithinBounds(text) || options.budget?.allows(text) === false) return { ...given, ...UNREAD };
  try {
    return {
      ...given,
      ...withErrexit(
        readScript(dialect === "script" ? { text, offsets: null } : joinContinuations(text, escapeCharacter)),
        options.errexit === true,
      ),
    };
  } catch (error) {
    // The parser descends by recursion, and some nestings escape its own limit.
    if (error instanceof RangeError) return { ...given, ...UNREAD };
    throw error;
  }
}
