import { parseShell, type ShellCommand, type ShellScript, setsErrexit } from "../dockerfile/shell-script.ts";

/** A change of a script. `command` is an index of the script's `commands` as they stand before any edit. */
export type ShellEdit =
  /** Goes with what joins it. */
  | { readonly kind: "drop-command"; readonly command: number }
  /** Indices of the command's `words`. */
  | { readonly kind: "drop-words"; readonly command: number; readonly words: readonly number[] }
  /** `at` is the index of the word that they stand before; the number of words for the end. Each is one word as the shell is to read it. */
  | { readonly kind: "insert-words"; readonly command: number; readonly at: number; readonly words: readonly string[] }
  | { readonly kind: "replace-command"; readonly command: number; readonly text: string }
  /** `text && command`. */
  | { readonly kind: "insert-before"; readonly command: number; readonly text: string }
  /** `… && text`. */
  | { readonly kind: "append"; readonly text: string };

interface Edited {
  readonly kind: "edited";
  readonly text: string;
  /** What must hold for the script to do the same otherwise, in whole sentences. */
  readonly assumes: readonly string[];
}

interface Refused {
  readonly kind: "refused";
  /** A whole sentence. */
  readonly reason: string;
}

/** `empty`: nothing is left to run. `refused`: it cannot be done, or not without changing what else the script does. */
export type ShellEditResult = Edited | Refused | { readonly kind: "empty" };

type CommandEdit = Exclude<ShellEdit, { readonly kind: "append" }>;
type WordEdit = Extract<ShellEdit, { readonly kind: "drop-words" | "insert-words" }>;

interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const refused = (reason: string): Refused => ({ kind: "refused", reason });
const edited = (text: string, assumes: readonly string[] = []): Edited => ({ kind: "edited", text, assumes });

/** Changes that do not overlap; of two that start alike, the one that takes nothing out comes first in the text. */
function withChanges(text: string, changes: readonly Change[]): string {
  let out = text;
  for (const { start, end, text: replacement } of [...changes].sort((a, b) => b.start - a.start || b.end - a.end)) {
    out = out.slice(0, start) + replacement + out.slice(end);
  }
  return out;
}

function parseAgain(script: ShellScript, text: string): ShellScript {
  return parseShell(text, {
    dialect: script.dialect,
    escapeCharacter: script.escapeCharacter,
    errexit: script.failsFast && !script.commands.some(setsErrexit),
  });
}

// ── How the author writes ──────────────────────────────────────────────────────────────────────────────────────────

const AND = " && ";

/** What stands between two commands, without comment lines in it. */
function withoutComments(gap: string): string {
  const lines = gap.split("\n");
  return lines.length < 3 ? gap : `${lines[0]}\n${lines.at(-1)}`;
}

/** What the author puts between two commands where both must succeed; null where there are none. */
export function authorsGap(script: ShellScript): string | null {
  const gaps = script.commands.flatMap(({ place }) =>
    place.connector === "&&" && place.previousEnd !== null && !place.isSubstitution
      ? [withoutComments(script.text.slice(place.previousEnd, place.start))]
      : [],
  );
  return gaps.find((gap) => gap.includes("\n")) ?? gaps[0] ?? null;
}

/** What the author puts at this very place. */
function gapBefore(script: ShellScript, { place }: ShellCommand): string | null {
  if (place.connector === "&&" && place.previousEnd !== null) {
    return withoutComments(script.text.slice(place.previousEnd, place.start));
  }
  return place.following === "&&" && place.nextStart !== null
    ? withoutComments(script.text.slice(place.end, place.nextStart))
    : null;
}

/** All of it must succeed, one after the other, so that `&&` may join it to more. */
export function isAndList({ connectors, endsInBackground }: ShellScript): boolean {
  return connectors.length > 0 && !endsInBackground && connectors.every((joint) => joint === "start" || joint === "&&");
}

function asGroup(text: string): string {
  return `{ ${text}; }`;
}

/** `text` as a part of an and-list. */
function asOperand(script: ShellScript, text: string): string {
  return isAndList(parseAgain(script, text)) ? text : asGroup(text);
}

// ── Words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where the token before word `index` ends. */
function tokenEndBefore(command: ShellCommand, index: number): number {
  const start = command.wordStarts[index];
  if (start === undefined) return command.wordEnds.at(-1) ?? command.nameEnd;
  const redirects = command.redirects.filter(({ end }) => end <= start).map(({ end }) => end);
  return Math.max(command.nameEnd, command.wordEnds[index - 1] ?? 0, ...redirects);
}

const CONTINUED = /^[ \t]*[\\`][ \t\r]*\n[ \t]*$/;

/** One word a line, where the author does so; flags stay on their line. */
function wordGap(script: ShellScript, command: ShellCommand, at: number, first: string): string {
  const neighbour = Math.min(at, command.words.length - 1);
  if (neighbour < 0 || first.startsWith("-")) return " ";
  const gap = script.text.slice(tokenEndBefore(command, neighbour), command.wordStarts[neighbour]);
  return CONTINUED.test(gap) ? gap : " ";
}

function wordChanges(script: ShellScript, command: ShellCommand, edit: WordEdit): Change[] {
  if (edit.kind === "drop-words") {
    return [...new Set(edit.words)].map((index) => ({
      start: tokenEndBefore(command, index),
      end: command.wordEnds[index] ?? 0,
      text: "",
    }));
  }
  const at = tokenEndBefore(command, edit.at);
  const gap = wordGap(script, command, edit.at, edit.words[0] ?? "");
  return [{ start: at, end: at, text: edit.words.map((word) => `${gap}${word}`).join("") }];
}

function isWordEdit(edit: CommandEdit): edit is WordEdit {
  return edit.kind === "drop-words" || edit.kind === "insert-words";
}

function hasWords(command: ShellCommand, edit: WordEdit): boolean {
  const { length } = command.words;
  return edit.kind === "drop-words"
    ? edit.words.every((index) => Number.isInteger(index) && index >= 0 && index < length)
    : Number.isInteger(edit.at) && edit.at >= 0 && edit.at <= length;
}

function isOneWord(script: ShellScript, word: string): boolean {
  const { commands, complete, end } = parseAgain(script, `x ${word}`);
  const [command] = commands;
  return complete && command?.words.length === 1 && command.end === end && command.redirects.length === 0;
}

function editWords(script: ShellScript, index: number, edits: readonly WordEdit[]): Edited | Refused {
  const command = script.commands[index];
  if (command === undefined || !edits.every((edit) => hasWords(command, edit))) {
    return refused("The command does not have those words.");
  }
  const dropped = new Set(edits.flatMap((edit) => (edit.kind === "drop-words" ? edit.words : [])));
  const inserts = edits.filter((edit) => edit.kind === "insert-words");
  if (!inserts.every(({ words }) => words.every((word) => isOneWord(script, word)))) {
    return refused("The inserted text is not a word of its own.");
  }
  const drop: WordEdit = { kind: "drop-words", command: index, words: [...dropped] };
  const changes = [...inserts, drop].flatMap((edit) => wordChanges(script, command, edit));
  return edited(withChanges(script.text, changes));
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** What later commands may rely on without naming it. */
const SETS_STATE: ReadonlySet<string> = new Set([
  ".",
  "alias",
  "cd",
  "eval",
  "exec",
  "export",
  "popd",
  "pushd",
  "read",
  "readonly",
  "set",
  "shift",
  "shopt",
  "source",
  "trap",
  "umask",
  "unset",
]);

function setsState({ name, assignments }: ShellCommand): boolean {
  return name === null ? assignments.length > 0 : SETS_STATE.has(name);
}

function hasHeredoc({ redirects }: ShellCommand): boolean {
  return redirects.some(({ operator }) => operator.startsWith("<<") && operator !== "<<<");
}

/** Why a command cannot be taken out; null where it can. */
function dropRefusal(script: ShellScript, command: ShellCommand): string | null {
  const { place } = command;
  if (place.isSubstitution) return "The command's output is used.";
  if (place.isPiped) return "The command is part of a pipeline.";
  if (place.isNegated || place.isBackground) return "The command is negated or runs in the background.";
  if (place.connector === "||") return "The command runs only where another one fails.";
  if (place.following === "||" && place.connector !== "&&") return "What follows runs only where the command fails.";
  if (setsState(command) && script.commands.some(({ start }) => start > command.end)) {
    return "Later commands may depend on what the command sets.";
  }
  if (hasHeredoc(command)) return "The command reads a heredoc.";
  const isAlone = place.previousEnd === null && place.nextStart === null;
  return isAlone && command.depth > 0 ? "The command is all that its group, function, condition or loop does." : null;
}

const PREVIOUS_SUCCEEDS = "The command before the one that goes succeeds; so far its failure was passed over.";

function dropCommand(script: ShellScript, command: ShellCommand): ShellEditResult {
  const reason = dropRefusal(script, command);
  if (reason !== null) return refused(reason);
  const { start, end, connector, previousEnd, nextStart, following } = command.place;
  if (previousEnd === null && nextStart === null) return { kind: "empty" };
  // `a; b && c` keeps the `;`, `a && b; c` and `a && b || c` keep what follows.
  if (nextStart !== null && (previousEnd === null || (following === "&&" && connector !== "&&"))) {
    return edited(withChanges(script.text, [{ start, end: nextStart, text: "" }]));
  }
  const text = withChanges(script.text, [{ start: previousEnd ?? start, end, text: "" }]);
  // Within `a && b`, `set -e` passes over what fails before the last.
  const isLastOfList = connector === "&&" && following !== "&&";
  const isLastOfSequence = nextStart === null && connector !== "&&";
  return edited(text, (script.failsFast ? isLastOfList : isLastOfSequence) ? [PREVIOUS_SUCCEEDS] : []);
}

function replaceCommand(script: ShellScript, command: ShellCommand, text: string): Edited | Refused {
  if (hasHeredoc(command)) return refused("The command reads a heredoc.");
  const { place, start, end } = command;
  const replacement = parseAgain(script, text);
  const isSingle = replacement.commands.filter(({ place: { list } }) => list === 0).length === 1;
  const bindsTighter = place.isPiped || place.isNegated || place.isBackground || place.connector === "||";
  const fits = isAndList(replacement) && (isSingle || !bindsTighter);
  return edited(withChanges(script.text, [{ start, end, text: fits ? text : asGroup(text) }]));
}

function insertBefore(script: ShellScript, command: ShellCommand, text: string, gap: string): Edited | Refused {
  const { place } = command;
  if (place.isSubstitution) return refused("The command's output is used.");
  if (command.connector === "|") return refused("The command reads the output of another one.");
  if (place.isBackground) return refused("The command runs in the background.");
  const added = asOperand(script, text);
  const { start, end } = place;
  if (place.connector === "||") {
    if (hasHeredoc(command)) return refused("The command reads a heredoc.");
    const group = asGroup(`${added}${AND}${script.text.slice(start, end)}`);
    return edited(withChanges(script.text, [{ start, end, text: group }]));
  }
  return edited(
    withChanges(script.text, [
      { start, end: start, text: `${added}${gapBefore(script, command) ?? authorsGap(script) ?? gap}` },
    ]),
  );
}

/**
 * What an appended command is joined by. `set -e` means nothing within `&&`, and passes over what fails in `a && b`:
 * a group is to be followed by the one, such a list by the other. Null where neither will do.
 */
function appendGap(script: ShellScript, and: string): string | null {
  const last = script.commands.find(({ place }) => place.list === 0 && place.end === script.end);
  // Where `set -e` comes later, or perhaps, a group is followed by neither.
  if (!script.failsFast) return last === undefined && script.commands.some(setsErrexit) ? null : and;
  const joint = script.connectors.at(-1);
  const isList = joint === "&&" || joint === "||";
  const inOrder = script.dialect === "script" ? "\n" : "; ";
  if (last !== undefined) return isList || script.dialect === "dockerfile" ? and : inOrder;
  const isStrict = script.commands.every(({ depth, connector }) => depth === 0 || !/^(?:&&|\|\|)$/.test(connector));
  return isStrict && !isList ? inOrder : null;
}

function append(script: ShellScript, text: string, newGap: string): Edited | Refused {
  const { end } = script;
  if (end === null) return edited(text);
  if (script.endsInBackground) return refused("The script ends in a command that runs in the background.");
  const terminator = /^[ \t]*;/.exec(script.text.slice(end))?.[0].length ?? 0;
  const and = authorsGap(script) ?? newGap;
  const gap = appendGap(script, and);
  if (gap === null) return refused("Nothing can follow the last group without changing where `set -e` stops.");
  const added = gap === and ? asOperand(script, text) : text;
  return edited(withChanges(script.text, [{ start: end, end: end + terminator, text: `${gap}${added}` }]));
}

function editCommand(script: ShellScript, edit: Exclude<CommandEdit, WordEdit>, gap: string): ShellEditResult {
  const command = script.commands[edit.command];
  if (command === undefined) return refused("The script does not have that command.");
  if (edit.kind === "drop-command") return dropCommand(script, command);
  if (edit.kind === "replace-command") return replaceCommand(script, command, edit.text);
  return insertBefore(script, command, edit.text, gap);
}

// ── All edits ──────────────────────────────────────────────────────────────────────────────────────────────────────

type Step = (script: ShellScript, gap: string) => ShellEditResult;

/** Two edits that say the same are one. */
function withoutRepeats(edits: readonly CommandEdit[]): CommandEdit[] {
  return [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
}

/** The edits of one command; null where they contradict each other. */
function stepsOf(index: number, edits: readonly CommandEdit[]): Step[] | null {
  const distinct = withoutRepeats(edits);
  const words = distinct.filter(isWordEdit);
  const inserts = distinct.filter((edit) => edit.kind === "insert-before");
  const drops = distinct.filter((edit) => edit.kind === "drop-command");
  const replaces = distinct.filter((edit) => edit.kind === "replace-command");
  const others = [...replaces, ...inserts];
  if (drops.length > 0)
    return others.length > 0 ? null : drops.map((edit) => (script, gap) => editCommand(script, edit, gap));
  if (replaces.length > 1 || (replaces.length > 0 && words.length > 0)) return null;
  return [
    ...(words.length > 0 ? [(script: ShellScript) => editWords(script, index, words)] : []),
    ...others.map(
      (edit): Step =>
        (script, gap) =>
          editCommand(script, edit, gap),
    ),
  ];
}

/** From the last command to the first, so that the indices of those to come stay right. */
function orderedSteps(edits: readonly ShellEdit[]): Step[] | null {
  const byCommand = new Map<number, CommandEdit[]>();
  const steps: Step[] = [];
  for (const edit of edits) {
    if (edit.kind === "append") continue;
    const same = byCommand.get(edit.command);
    if (same === undefined) byCommand.set(edit.command, [edit]);
    else same.push(edit);
  }
  for (const [index, own] of [...byCommand].sort(([a], [b]) => b - a)) {
    const next = stepsOf(index, own);
    if (next === null) return null;
    steps.push(...next);
  }
  return [
    ...steps,
    ...edits.flatMap((edit) =>
      edit.kind === "append" ? [((script, gap) => append(script, edit.text, gap)) as Step] : [],
    ),
  ];
}

/**
 * Applies edits to a script, leaving everything else as the author wrote it. Dropping words of a command that is dropped
 * as well is no contradiction. What comes out was read again, and is refused where it is not a script.
 *
 * @param gap what joins commands, where the author joins none
 */
export function editShell(script: ShellScript, edits: readonly ShellEdit[], gap = AND): ShellEditResult {
  if (!script.complete) return refused("The script could not be read in full.");
  const steps = orderedSteps(edits);
  if (steps === null) return refused("Two edits of the same command contradict each other.");
  let current = script;
  let isEmpty = false;
  const assumes: string[] = [];
  for (const step of steps) {
    const result = step(current, gap);
    if (result.kind === "refused") return result;
    isEmpty = result.kind === "empty";
    if (result.kind === "edited") assumes.push(...result.assumes);
    current = parseAgain(script, result.kind === "edited" ? result.text : "");
    if (!current.complete) return refused("The edited text is not a script.");
  }
  return isEmpty ? { kind: "empty" } : edited(current.text, [...new Set(assumes)]);
}
