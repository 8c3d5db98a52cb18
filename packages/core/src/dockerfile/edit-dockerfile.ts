import type { BuildEdit } from "./build-edit.ts";
import { chainOf, statesOf } from "./build-state.ts";
import type { Builder } from "./builder.ts";
import { type Dockerfile, type DockerfileInstruction, parseDockerfile, shellOf } from "./dockerfile.ts";
import { blockStart, commentsAbove, removal, type TextChange, withTextChanges } from "./dockerfile-lines.ts";
import { copyFrom, type InstructionText, retargeted, withFlag } from "./edit-copy.ts";
import { editShell, type ShellEdit } from "./edit-shell.ts";
import { type JoinPart, joinScripts, multiLineGap } from "./join-scripts.ts";
import type { HistoryMatches } from "./match-history.ts";
import { moveAbove } from "./move-above.ts";
import type { BuildState } from "./recorded-forms.ts";
import { parseShell, type ShellScript } from "./shell-script.ts";
import { literalOf } from "./variables.ts";

export type DockerfileEditResult =
  | {
      readonly kind: "edited";
      readonly text: string /** What must hold for the build to mean the same, in whole sentences. */;
      readonly assumes: readonly string[];
    }
  | { readonly kind: "refused" /** A whole sentence. */; readonly reason: string };

export interface EditOptions {
  /** What builds the edited Dockerfile; where it is not known, only what every builder takes is written. */
  readonly builder: Builder | null;
}

type EditOf<K extends BuildEdit["kind"]> = Extract<BuildEdit, { readonly kind: K }>;

/** Why edits cannot be made; caught in {@link editDockerfile} and nowhere seen outside. */
class Refusal extends Error {}

function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** What becomes of one instruction. */
interface Slot {
  /** Null where it goes. */
  readonly text: string | null;
  /** The script of a RUN, as far as edits changed it. */
  readonly script: ShellScript | null;
}

interface Work {
  readonly dockerfile: Dockerfile;
  readonly matches: HistoryMatches;
  readonly builder: Builder | null;
  readonly slots: Map<number, Slot>;
  /** Texts that come before an instruction, in order. */
  readonly before: Map<number, string[]>;
  /** Texts that come after everything else. */
  readonly after: string[];
  readonly assumes: Set<string>;
}

// ── Steps and instructions ─────────────────────────────────────────────────────────────────────────────────────────

function instructionAt({ dockerfile }: Work, index: number): DockerfileInstruction {
  return dockerfile.instructions[index] ?? refuse("The Dockerfile has no such instruction.");
}

/** The instruction that a step is: found for sure, and in the stage that is built. */
function indexOf(work: Work, step: number): number {
  const match = work.matches.steps[step];
  if (match?.part === "base") refuse("The step belongs to the base image.");
  if (match === undefined || match.instruction === null) refuse("The step is not found in the Dockerfile.");
  const { stage, line } = instructionAt(work, match.instruction);
  if (match.confidence !== "high") refuse(`Line ${line} is not what the image's history records.`);
  if (stage !== work.dockerfile.target) refuse(`Line ${line} belongs to another stage, which may serve others.`);
  return match.instruction;
}

function sourceOf(work: Work, index: number): string {
  const { start, end } = instructionAt(work, index);
  return work.dockerfile.text.slice(start, end);
}

function slotOf(work: Work, index: number): Slot {
  return work.slots.get(index) ?? { text: sourceOf(work, index), script: null };
}

function setText(work: Work, index: number, result: InstructionText): void {
  if ("refusal" in result) refuse(result.refusal);
  const { text } = slotOf(work, index);
  if (text === null) refuse("One edit changes what another one takes out.");
  work.slots.set(index, { text: result.text, script: null });
}

const NOT_CLASSIC =
  /^\s*(?:RUN|COPY|ADD)\s+(?:--\S+\s+)*--(?:chmod|mount|link|network|security|parents|exclude)\b|^\s*(?:RUN|COPY|ADD)\s[^#\n]*<<-?["']?\w/im;

/** Text that a rule wrote must be buildable. */
function checked(work: Work, text: string): string {
  if (work.builder !== "buildkit" && NOT_CLASSIC.test(text)) {
    refuse("The edit needs BuildKit, and nothing shows that BuildKit builds the image.");
  }
  return text.trim();
}

function groupByStep<E extends { readonly step: number }>(edits: readonly E[]): Map<number, E[]> {
  const groups = new Map<number, E[]>();
  for (const edit of edits) groups.set(edit.step, [...(groups.get(edit.step) ?? []), edit]);
  return groups;
}

// ── RUN ────────────────────────────────────────────────────────────────────────────────────────────────────────────

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

function editRun(work: Work, step: number, edits: readonly ShellEdit[], isJoined: boolean): void {
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

// ── Joining ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Groups that share a step are one. */
function mergedGroups(groups: readonly (readonly number[])[]): number[][] {
  let out: Set<number>[] = [];
  for (const group of groups) {
    const own = new Set(group);
    const touching = out.filter((other) => group.some((step) => other.has(step)));
    for (const other of touching) for (const step of other) own.add(step);
    out = [...out.filter((other) => !touching.includes(other)), own];
  }
  return out.map((group) => [...group].sort((a, b) => a - b));
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
  const isSame = JSON.stringify(workdir) === JSON.stringify(last.workdir);
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

function joinRuns(work: Work, steps: readonly number[]): void {
  const indices = steps.map((step) => indexOf(work, step)).filter((index) => slotOf(work, index).text !== null);
  const target = indices.at(-1);
  if (target === undefined || indices.length < 2) return;
  const { dockerfile } = work;
  const other = indices.find((index) => !sameFlags(work, index, target));
  if (other !== undefined)
    refuse(
      `The RUNs in lines ${instructionAt(work, other).line} and ${instructionAt(work, target).line} have different flags.`,
    );
  const chain = chainOf(dockerfile);
  const states = new Map(statesOf(dockerfile, chain).map((state, i) => [chain[i] ?? -1, state]));
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

// ── Instructions and stages ────────────────────────────────────────────────────────────────────────────────────────

function insert(work: Work, index: number, text: string): void {
  work.before.set(index, [...(work.before.get(index) ?? []), text]);
}

function finalFrom(work: Work): number {
  return work.dockerfile.stages[work.dockerfile.target]?.from ?? refuse("The Dockerfile has no FROM.");
}

function replaceStep(work: Work, edits: readonly EditOf<"replace-step">[]): void {
  const [first] = edits;
  if (first === undefined) return;
  if (edits.some(({ text }) => text !== first.text)) refuse("Two edits replace the same step by different ones.");
  const index = indexOf(work, first.step);
  if (work.slots.has(index)) refuse("One edit replaces what another one changes.");
  setText(work, index, { text: checked(work, first.text) });
}

function removeStep(work: Work, step: number): void {
  work.slots.set(indexOf(work, step), { text: null, script: null });
}

function setFlag(work: Work, { step, flag, value }: EditOf<"set-flag">): void {
  if (flag === "chmod" && work.builder !== "buildkit") refuse("Only BuildKit knows --chmod.");
  const index = indexOf(work, step);
  const { text } = slotOf(work, index);
  const instruction = currentInstruction(work, index, text);
  setText(work, index, withFlag(instruction, text ?? "", flag, value));
}

function retargetCopy(work: Work, { step, verb, to }: EditOf<"retarget-copy">): void {
  const index = indexOf(work, step);
  const { text } = slotOf(work, index);
  setText(work, index, retargeted(currentInstruction(work, index, text), text ?? "", verb, to));
}

/** The instruction as other edits left it, its offsets counted as in the file. */
function currentInstruction(work: Work, index: number, text: string | null): DockerfileInstruction {
  const original = instructionAt(work, index);
  if (text === null || text === sourceOf(work, index)) return original;
  const [parsed] = parseDockerfile(text).instructions;
  if (parsed === undefined) return original;
  const { start, line } = original;
  const flags = parsed.flags.map((flag) => ({ ...flag, start: flag.start + start, end: flag.end + start }));
  return { ...parsed, line, start, flags };
}

const AS = /\s+as\s+(\S+)\s*$/i;

function replaceFrom(work: Work, text: string): void {
  const index = finalFrom(work);
  const source = sourceOf(work, index);
  const name = AS.exec(source)?.[0].trim();
  const platform = instructionAt(work, index).flags.find((flag) => flag.name === "platform");
  const named = name === undefined || AS.test(text) ? text : `${text} ${name}`;
  const flagged =
    platform === undefined || named.includes("--platform")
      ? named
      : named.replace(/^FROM\s+/i, `FROM --platform=${platform.value} `);
  setText(work, index, { text: checked(work, flagged) });
}

function addStage(work: Work, text: string): void {
  const names = new Set(work.dockerfile.stages.flatMap(({ name }) => name?.toLowerCase() ?? []));
  const own = AS.exec(text.split("\n", 1)[0] ?? "")?.[1]?.toLowerCase();
  if (own !== undefined && names.has(own)) refuse(`The Dockerfile has a stage ${own} already.`);
  insert(work, finalFrom(work), `${checked(work, text)}\n`);
}

/** What later instructions of a stage rely on without naming it. */
const SETS_STATE: ReadonlySet<string> = new Set(["ARG", "ENV", "SHELL", "USER", "WORKDIR"]);

function stageSteps(work: Work, { steps, name, copy }: EditOf<"stage-steps">): void {
  const indices = [...new Set(steps.map((step) => indexOf(work, step)))].sort((a, b) => a - b);
  const [first] = indices;
  const last = indices.at(-1);
  if (first === undefined || last === undefined) return;
  const from = finalFrom(work);
  const lines: string[] = [`${sourceOf(work, from).replace(AS, "")} AS ${name}`];
  for (let index = from + 1; index <= last; index++) {
    const isOwn = indices.includes(index);
    const { text } = slotOf(work, index);
    if (text !== null && (isOwn || SETS_STATE.has(instructionAt(work, index).verb))) lines.push(text);
    if (isOwn) work.slots.set(index, { text: null, script: null });
  }
  addStage(work, lines.join("\n"));
  const copies = copy.map(({ from: path, to, owner }) => copyFrom(name, path, to, owner));
  if (copies.length > 0) work.slots.set(first, { text: copies.join("\n"), script: null });
  work.assumes.add("The steps that move into a stage of their own need nothing that other steps of the image make.");
}

function addFinalStage(work: Work, { name, base, copy, lines }: EditOf<"add-final-stage">): void {
  const { stages, target } = work.dockerfile;
  const stage = stages[target] ?? refuse("The Dockerfile has no FROM.");
  if (target !== stages.length - 1) refuse("The stage that is built is not the last one of the Dockerfile.");
  if (work.after.length > 0) refuse("Two edits add a final stage.");
  const source = slotOf(work, stage.from).text ?? refuse("One edit changes what another one takes out.");
  const own = stage.name ?? freeName(work, name);
  if (stage.name === null) setText(work, stage.from, { text: `${source} AS ${own}` });
  const from = base === null ? source.replace(AS, "") : `FROM ${base}`;
  const copies = copy.map(({ from: path, to, owner }) => copyFrom(own, path, to, owner));
  work.after.push(checked(work, [from, ...copies, ...lines].join("\n")));
}

/** `build`, or `build2` where a stage of that name is there … */
function freeName({ dockerfile }: Work, name: string): string {
  const taken = new Set(dockerfile.stages.map((stage) => stage.name?.toLowerCase()));
  let free = name;
  for (let i = 2; taken.has(free); i++) free = `${name}${i}`;
  return free;
}

// ── All ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function ofKind<K extends BuildEdit["kind"]>(edits: readonly BuildEdit[], kind: K): EditOf<K>[] {
  return edits.filter((edit): edit is EditOf<K> => edit.kind === kind);
}

/** Words first, then what joins and moves whole instructions. */
function applyAll(work: Work, edits: readonly BuildEdit[]): void {
  const joins = mergedGroups(ofKind(edits, "join-runs").map((edit) => edit.steps));
  for (const [step, own] of groupByStep(ofKind(edits, "edit-run"))) {
    const isJoined = joins.some((steps) => steps.includes(step));
    editRun(
      work,
      step,
      own.flatMap((edit) => edit.edits),
      isJoined,
    );
  }
  for (const own of groupByStep(ofKind(edits, "replace-step")).values()) replaceStep(work, own);
  for (const edit of ofKind(edits, "retarget-copy")) retargetCopy(work, edit);
  for (const edit of ofKind(edits, "set-flag")) setFlag(work, edit);
  for (const { step } of ofKind(edits, "remove-step")) removeStep(work, step);
  for (const steps of joins) joinRuns(work, steps);
  for (const { step, text } of ofKind(edits, "insert-before")) insert(work, indexOf(work, step), checked(work, text));
  for (const edit of ofKind(edits, "stage-steps")) stageSteps(work, edit);
  for (const { text } of ofKind(edits, "add-stage")) addStage(work, text);
  for (const { text } of ofKind(edits, "replace-from")) replaceFrom(work, text);
  for (const edit of ofKind(edits, "add-final-stage")) addFinalStage(work, edit);
}

function changesOf({ dockerfile, slots, before, after }: Work): TextChange[] {
  const changes: TextChange[] = [];
  for (const [index, texts] of before) {
    const instruction = dockerfile.instructions[index];
    if (instruction === undefined) continue;
    const at = blockStart(dockerfile, instruction);
    changes.push({ start: at, end: at, text: texts.map((text) => `${text}\n`).join("") });
  }
  for (const [index, { text }] of slots) {
    const instruction = dockerfile.instructions[index];
    if (instruction === undefined) continue;
    if (text === null) changes.push(removal(dockerfile, instruction));
    else changes.push({ start: instruction.start, end: instruction.end, text });
  }
  const { length } = dockerfile.text;
  const gap = dockerfile.text.endsWith("\n") ? "\n" : "\n\n";
  if (after.length > 0) changes.push({ start: length, end: length, text: `${gap}${after.join("\n")}\n` });
  return changes;
}

/** The instructions that a text is read as. */
function plainInstructions({ dockerfile: { escapeCharacter } }: Work, text: string): string[] {
  const dockerfile = parseDockerfile(escapeCharacter === "`" ? `# escape=\`\n${text}` : text);
  return dockerfile.instructions.map(({ start, end }) => dockerfile.text.slice(start, end).replace(/\r/g, ""));
}

/** Every instruction of the edited file is one that was meant to be there. */
function expectedInstructions(work: Work): string[] {
  const { dockerfile } = work;
  const parts = dockerfile.instructions.flatMap((_, index) => [
    ...(work.before.get(index) ?? []),
    slotOf(work, index).text ?? "",
  ]);
  return [...parts, ...work.after].flatMap((part) => plainInstructions(work, part));
}

function render(work: Work): string {
  const text = withTextChanges(work.dockerfile.text, changesOf(work));
  if (text === null) refuse("Two edits change the same lines.");
  if (plainInstructions(work, text).join("\0") !== expectedInstructions(work).join("\0")) {
    refuse("The edited text is not the Dockerfile that was meant.");
  }
  return text;
}

/**
 * Applies edits to a Dockerfile: all of them, or none. Everything else stays as the author wrote it. Only edits that keep
 * what the build means are made, and what that assumes is told. Needs `loadDockerfileTools()` to have been awaited.
 */
export function editDockerfile(
  dockerfile: Dockerfile,
  matches: HistoryMatches,
  edits: readonly BuildEdit[],
  options: EditOptions,
): DockerfileEditResult {
  const work: Work = {
    dockerfile,
    matches,
    builder: options.builder,
    slots: new Map(),
    before: new Map(),
    after: [],
    assumes: new Set(),
  };
  try {
    applyAll(work, edits);
    return { kind: "edited", text: render(work), assumes: [...work.assumes] };
  } catch (error) {
    if (error instanceof Refusal) return { kind: "refused", reason: error.message };
    throw error;
  }
}
