import { dependsOnDirectory } from "../dockerfile/directory-use.ts";
import type { EscapeCharacter } from "../dockerfile/join-continuations.ts";
import { parseShell, type ShellCommand, type ShellScript } from "../dockerfile/shell-script.ts";
import { authorsGap, isAndList } from "./edit-shell.ts";

/** The script of one RUN that is joined with others. */
export interface JoinPart {
  readonly script: ShellScript;
  /** Its working directory, where it is another one than that of the last part: null where that is not known. */
  readonly directory: { readonly path: string | null } | null;
}

export type Joined =
  | { readonly kind: "joined"; readonly text: string; readonly assumes: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

const refused = (reason: string): Joined => ({ kind: "refused", reason });

// ── What a script leaves behind ────────────────────────────────────────────────────────────────────────────────────

type Trace = "directory" | "options" | "other";

const TRACES: ReadonlyMap<string, Trace> = new Map<string, Trace>([
  ["cd", "directory"],
  ["popd", "directory"],
  ["pushd", "directory"],
  ["set", "options"],
  ...[
    "alias",
    "eval",
    "exec",
    "exit",
    "export",
    "getopts",
    "hash",
    "let",
    "local",
    "mapfile",
    "read",
    "readonly",
    "return",
    "shopt",
    "source",
    "trap",
    "umask",
    "unset",
    ".",
  ].map((name) => [name, "other"] as const),
]);

/** Programs that run a builtin by its name: what that leaves behind stays as well. */
const PREFIXES: ReadonlySet<string> = new Set(["builtin", "command"]);

function traceOf({ name, words, assignments }: ShellCommand): Trace | null {
  if (name !== null && PREFIXES.has(name))
    return words[0] === undefined || words[0] === null ? "other" : (TRACES.get(words[0]) ?? null);
  if (name === "printf" && words.includes("-v")) return "other";
  if (name === "set" && words.some((word) => word === null || word.startsWith("+"))) return "other";
  if (name === null) return assignments.length > 0 ? "other" : null;
  return TRACES.get(name) ?? null;
}

/** What of a script would reach those after it in the same shell. */
function tracesOf({ commands, text }: ShellScript): ReadonlySet<Trace> {
  return new Set([
    ...commands.flatMap((command) => traceOf(command) ?? []),
    ...(LEAKS.test(text) ? ["other" as const] : []),
  ]);
}

/** Functions, loop variables, defaults that are assigned, arithmetic: they last as well, and are no commands of their own. */
const LEAKS = /\(\s*\)\s*[{(]|\bfunction\s|\b(?:for|select)\s+[A-Za-z_]|\$\{[A-Za-z_]\w*:?=|\(\(|\bcoproc\b/;

// ── How a script can be joined ─────────────────────────────────────────────────────────────────────────────────────

function itemsOf({ commands }: ShellScript): ShellCommand[] {
  return commands.filter(({ place }) => place.list === 0);
}

function isSingle({ connectors }: ShellScript): boolean {
  return connectors.length === 1;
}

/** It has no groups, conditions, loops or substitutions, in which `set -e` of another script would mean something. */
function isFlat({ commands }: ShellScript): boolean {
  return commands.every(({ depth }) => depth === 0);
}

function textOf({ text, end }: ShellScript): string {
  return text.trim().length > (end ?? 0) ? text.trim().replace(/;$/, "").trimEnd() : text.trim();
}

function inSubshell(text: string): string {
  return `(${text})`;
}

function inGroup(text: string): string {
  return `{ ${text}; }`;
}

/** What is `set` lasts, so the later scripts must stand it. */
const OPTIONS_LAST = "The later RUNs also work with the shell options that an earlier one sets.";

// ── All must succeed: a && b ───────────────────────────────────────────────────────────────────────────────────────

function withDirectory(part: JoinPart, text: string): string | null {
  if (part.directory === null || !dependsOnDirectory(part.script)) return text;
  const { path } = part.directory;
  return path === null || !/^[\w./@+-]+$/.test(path) ? null : `cd ${path} && ${text}`;
}

function operandOf(part: JoinPart, later: readonly JoinPart[]): string | null {
  const { script } = part;
  const whole = isAndList(script) ? textOf(script) : inGroup(textOf(script));
  const text = withDirectory(part, whole);
  if (text === null || later.length === 0) return text;
  // In an and-list the shell passes over failures inside of a group, whatever `set -e` says.
  if (script.failsFast && !(isAndList(script) && isFlat(script))) return null;
  const traces = new Set(tracesOf(script));
  if (text !== whole) traces.add("directory");
  const isOnlyDirectory = traces.size === 1 && traces.has("directory");
  if (traces.size === 0 || (isOnlyDirectory && !later.some((next) => dependsOnDirectory(next.script)))) return text;
  return inSubshell(text);
}

function joinByAnd(parts: readonly JoinPart[], gap: string): Joined {
  const operands = parts.map((part, i) => operandOf(part, parts.slice(i + 1)));
  return operands.includes(null)
    ? refused("A RUN relies on its working directory or on `set -e` in a way that does not last when it is joined.")
    : { kind: "joined", text: operands.join(gap), assumes: [] };
}

// ── The first stops at any failure: set -e; a; b ───────────────────────────────────────────────────────────────────

/**
 * Whether `set -e` ends the script where its last statement fails: it passes over what fails within `&&` and `||`, and
 * over a group or condition that fails for that reason.
 */
function endsPlainly(script: ShellScript): boolean {
  const last = itemsOf(script).find(({ place }) => place.end === script.end);
  const joint = script.connectors.at(-1);
  return last !== undefined && !last.place.isNegated && joint !== "&&" && joint !== "||";
}

function itemOf(part: JoinPart, i: number, parts: readonly JoinPart[]): string | null {
  const { script } = part;
  const later = parts.slice(i + 1);
  if (withDirectory(part, "") !== "") return null;
  const isLast = later.length === 0;
  // `set -e` passes over a failing `a` of `a && b`, but not over a failing subshell.
  if (!script.failsFast)
    return !isAndList(script) || !isFlat(script)
      ? null
      : isSingle(script) || isLast
        ? textOf(script)
        : inSubshell(textOf(script));
  const traces = tracesOf(script);
  if (isLast) return textOf(script);
  if (!endsPlainly(script)) return null;
  if (traces.has("other") || (traces.has("directory") && later.some((next) => dependsOnDirectory(next.script))))
    return null;
  return textOf(script);
}

function joinBySequence(parts: readonly JoinPart[], gap: string): Joined {
  const items = parts.map((part, i) => itemOf(part, i, parts));
  return items.includes(null)
    ? refused("The RUNs handle failures, or leave settings behind, in ways that do not go together in one script.")
    : { kind: "joined", text: `${items.join(gap)}${gap === "\n" ? gap : ""}`, assumes: [OPTIONS_LAST] };
}

// ── All ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `; \` and a new line, the way the author does it. */
function sequenceGap(script: ShellScript, escapeCharacter: EscapeCharacter): string {
  const gaps = itemsOf(script).flatMap(({ place }) =>
    place.connector === ";" && place.previousEnd !== null ? [script.text.slice(place.previousEnd, place.start)] : [],
  );
  return gaps.find((gap) => /^;[ \t]*[\\`]\n[ \t]*$/.test(gap)) ?? `; ${escapeCharacter}\n    `;
}

/** `&&` with a new line, the way the author does it. */
export function multiLineGap(scripts: readonly ShellScript[], escapeCharacter: EscapeCharacter): string {
  const own = scripts.map(authorsGap).find((gap) => gap?.includes("\n"));
  return own ?? ` ${escapeCharacter}\n    && `;
}

function isWhole(
  text: string,
  parts: readonly JoinPart[],
  dialect: "dockerfile" | "script",
  escapeCharacter: EscapeCharacter,
): boolean {
  const script = parseShell(text, { dialect, escapeCharacter });
  const count = parts.reduce((sum, part) => sum + part.script.commands.length, 0);
  return script.complete && script.commands.length >= count;
}

/**
 * One script that does what several do one after the other, each in a shell of its own. Refused where it would not:
 * what a script sets lasts for those after it, and `set -e` means less within `&&`.
 *
 * @param gap what stands between commands that all must succeed
 */
export function joinScripts(parts: readonly JoinPart[], gap: string, escapeCharacter: EscapeCharacter): Joined {
  const [first] = parts;
  if (first === undefined || parts.some(({ script }) => !script.complete || script.end === null)) {
    return refused("A RUN could not be read in full.");
  }
  const { dialect } = first.script;
  if (parts.some(({ script }) => script.dialect !== dialect))
    return refused("A heredoc cannot be joined with a plain RUN.");
  if (
    parts.some(({ script }) =>
      script.commands.some(({ redirects }) =>
        redirects.some((r) => r.operator.startsWith("<<") && r.operator !== "<<<"),
      ),
    )
  ) {
    return refused("A command of a RUN reads a heredoc.");
  }
  if (parts.some(({ script }) => script.endsInBackground))
    return refused("A RUN ends in a command that runs in the background.");
  const isSequence = first.script.failsFast && !isAndList(first.script);
  if (dialect === "script" && !parts.every(({ script }) => script.failsFast)) {
    return refused("A heredoc without `set -e` passes over failures, which a joined one could not tell apart.");
  }
  const inOrder = dialect === "script" ? "\n" : sequenceGap(first.script, escapeCharacter);
  const joined = isSequence || dialect === "script" ? joinBySequence(parts, inOrder) : joinByAnd(parts, gap);
  if (joined.kind === "joined" && !isWhole(joined.text, parts, dialect, escapeCharacter)) {
    return refused("The joined text is not a script.");
  }
  return joined;
}
