import { type Dockerfile, type DockerfileInstruction, parseDockerfile } from "../dockerfile/dockerfile.ts";
import type { HistoryMatches } from "../dockerfile/match-history.ts";
import type { BuildEdit } from "./build-edit.ts";
import type { Builder } from "./builder.ts";
import { blockStart, removal, type TextChange, withTextChanges } from "./dockerfile-lines.ts";
import { retargeted, withFlag } from "./edit-copy.ts";
import { editRun, joinRuns } from "./edit-runs.ts";
import { addFinalStage, addStage, moveIntoStage, replaceFrom } from "./edit-stages.ts";
import {
  checked,
  type EditOf,
  indexOf,
  insert,
  instructionAt,
  plainInstructions,
  Refusal,
  refuse,
  setText,
  slotOf,
  sourceOf,
  type Work,
  type WorkingDirectories,
} from "./edit-work.ts";
import { mergedGroups } from "./merged-groups.ts";

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
  /** What is known of working directories beside the Dockerfile's own words. */
  readonly directories?: WorkingDirectories | undefined;
}

function groupByStep<E extends { readonly step: number }>(edits: readonly E[]): Map<number, E[]> {
  const groups = new Map<number, E[]>();
  for (const edit of edits) groups.set(edit.step, [...(groups.get(edit.step) ?? []), edit]);
  return groups;
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
  for (const edit of ofKind(edits, "stage-steps")) moveIntoStage(work, edit);
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
    directories: options.directories ?? { base: null, recorded: new Map() },
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
