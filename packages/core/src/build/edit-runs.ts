import { type BuildState, chainOf } from "../dockerfile/build-state.ts";
import { shellOf } from "../dockerfile/dockerfile.ts";
import { parseShell, type ShellScript, setsErrexit } from "../dockerfile/shell-script.ts";
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
  const errexit = script.failsFast && !script.commands.some(setsErrexit);
  const options = { dialect: script.dialect, escapeCharacter: script.escapeCharacter, errexit };
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

/** Where each instruction of the chain runs: recorded, or as far as the Dockerfile says. */
function directoriesOf(
  { dockerfile, directories }: Work,
  chain: readonly number[],
  states: ReadonlyMap<number, BuildState>,
): ReadonlyMap<number, string | null> {
  const known = new Map<number, string | null>();
  let at: string | null = literalOf(states.get(chain[0] ?? -1)?.workdir ?? [null]) ?? directories.base;
  for (const [i, index] of chain.entries()) {
    known.set(index, at);
    if (dockerfile.instructions[index]?.verb !== "WORKDIR") continue;
    at = directories.recorded.get(index) ?? literalOf(states.get(chain[i + 1] ?? -1)?.workdir ?? [null]);
  }
  return known;
}

/** A RUN's script, and its directory where that is not the last one's: two of which nothing is known count as one only where no WORKDIR lies between. */
function partOf(work: Work, index: number, directories: ReadonlyMap<number, string | null>, last: number): JoinPart {
  const [own = null, final = null] = [directories.get(index), directories.get(last)];
  const between = work.dockerfile.instructions.slice(index, last).some(({ verb }) => verb === "WORKDIR");
  const isSame = own === null || final === null ? !between : own === final;
  return { script: scriptAt(work, index), directory: isSame ? null : { path: own } };
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
  if (!states.has(target)) refuse("The RUN is not part of the stage.");
  const directories = directoriesOf(work, chainOf(dockerfile), states);
  checkMoves(work, indices, states);
  const parts = indices.map((index) => partOf(work, index, directories, target));
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
