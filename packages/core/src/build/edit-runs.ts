import type { BuildState } from "../dockerfile/build-state.ts";
import { shellOf } from "../dockerfile/dockerfile.ts";
import { parseShell, type ShellScript } from "../dockerfile/shell-script.ts";
import { literalOf } from "../dockerfile/variables.ts";
import { commentsAbove } from "./dockerfile-lines.ts";
import { editShell, type ShellEdit } from "./edit-shell.ts";
import { indexOf, insert, instructionAt, plainInstructions, refuse, slotOf, sourceOf, type Work } from "./edit-work.ts";
import { type JoinPart, joinScripts, multiLineGap } from "./join-scripts.ts";
import { moveAbove } from "./move-above.ts";

function scriptAt(work: Work, index: number): ShellScript {
  const edited = work.slots.get(index)?.script;
  if (edited !== null && edited !== undefined) return edited;
  const instruction = instructionAt(work, index);
  const script = shellOf(work.dockerfile, instruction);
  return script ?? refuse(`Line ${instruction.line} is no RUN that a shell reads.`);
}

/** A RUN with another script; text that reads as more than one instruction is none. */
function runWith(work: Work, index: number, text: string): string {
  const { run, start } = instructionAt(work, index);
  if (run === null) refuse("Only a RUN has a script.");
  const source = sourceOf(work, index);
  const edited = source.slice(0, run.start - start) + text + source.slice(run.end - start);
  if (plainInstructions(work, edited).length !== 1) refuse("The edited text is not one RUN.");
  return edited;
}

// Beyond it a command on the same line is hard to see.
const LONG_LINE = 60;

/** Edits the script of a RUN; one that is left with nothing to run goes. */
export function editRun(work: Work, step: number, edits: readonly ShellEdit[], isJoined: boolean): void {
  const index = indexOf(work, step);
  const script = scriptAt(work, index);
  const isLong = isJoined || script.text.length > LONG_LINE;
  const result = editShell(script, edits, isLong ? gapOf(work, [script]) : undefined);
  if (result.kind === "refused") refuse(`Line ${instructionAt(work, index).line}: ${result.reason}`);
  if (result.kind === "empty") {
    work.slots.set(index, { text: null, script: null });
    return;
  }
  for (const sentence of result.assumes) work.assumes.add(sentence);
  const options = { dialect: script.dialect, escapeCharacter: script.escapeCharacter };
  work.slots.set(index, { text: runWith(work, index, result.text), script: parseShell(result.text, options) });
}

function sameFlags(work: Work, a: number, b: number): boolean {
  const text = (index: number) =>
    instructionAt(work, index)
      .flags.map(({ name, value }) => `${name}=${value}`)
      .join(" ");
  return text(a) === text(b);
}

/** What lies between moves above each RUN that it stands below. */
function checkMoves(work: Work, joined: readonly number[], states: ReadonlyMap<number, BuildState>): void {
  const last = joined.at(-1) ?? 0;
  for (const own of joined.slice(0, -1)) {
    const script = scriptAt(work, own);
    for (let between = own + 1; between < last; between++) {
      const state = states.get(between);
      if (state === undefined || joined.includes(between) || work.slots.get(between)?.text === null) continue;
      const { refusal, assumes } = moveAbove(instructionAt(work, between), script, state);
      if (refusal !== null) refuse(refusal);
      for (const sentence of assumes) work.assumes.add(sentence);
    }
  }
}

function partOf(work: Work, index: number, last: BuildState, states: ReadonlyMap<number, BuildState>): JoinPart {
  const workdir = states.get(index)?.workdir ?? [null];
  const isSame = workdir === last.workdir || (literalOf(workdir) ?? 0) === literalOf(last.workdir);
  return { script: scriptAt(work, index), directory: isSame ? null : { path: literalOf(workdir) } };
}

/** How the author breaks lines, in the joined RUNs or else anywhere in the file. */
function gapOf(work: Work, scripts: readonly ShellScript[]): string {
  const { dockerfile } = work;
  const others = dockerfile.instructions.flatMap((instruction) =>
    instruction.run?.form === "shell" ? (shellOf(dockerfile, instruction) ?? []) : [],
  );
  return multiLineGap([...scripts, ...others], dockerfile.escapeCharacter);
}

/** RUNs become one, in the place of the last; what lies between moves above it. */
export function joinRuns(work: Work, steps: readonly number[]): void {
  const indices = steps.map((step) => indexOf(work, step)).filter((index) => slotOf(work, index).text !== null);
  const target = indices.at(-1);
  if (target === undefined || indices.length < 2) return;
  const { dockerfile } = work;
  const other = indices.find((index) => !sameFlags(work, index, target));
  if (other !== undefined)
    refuse(
      `The RUNs in lines ${instructionAt(work, other).line} and ${instructionAt(work, target).line} have different flags.`,
    );
  const { states } = work.matches;
  const last = states.get(target) ?? refuse("The RUN is not part of the stage.");
  checkMoves(work, indices, states);
  const parts = indices.map((index) => partOf(work, index, last, states));
  const joined = joinScripts(
    parts,
    gapOf(
      work,
      parts.map(({ script }) => script),
    ),
    dockerfile.escapeCharacter,
  );
  if (joined.kind === "refused") refuse(joined.reason);
  for (const sentence of joined.assumes) work.assumes.add(sentence);
  for (const index of indices) {
    if (index === target) continue;
    const comments = commentsAbove(dockerfile, instructionAt(work, index)).trimEnd();
    if (comments !== "") insert(work, target, comments);
    work.slots.set(index, { text: null, script: null });
  }
  work.slots.set(target, { text: runWith(work, target, joined.text), script: null });
}
