import { type Dockerfile, type DockerfileInstruction, parseDockerfile } from "../dockerfile/dockerfile.ts";
import type { HistoryMatches } from "../dockerfile/match-history.ts";
import type { ShellScript } from "../dockerfile/shell-script.ts";
import type { BuildEdit } from "./build-edit.ts";
import type { Builder } from "./builder.ts";
import type { InstructionText } from "./edit-copy.ts";

export type EditOf<K extends BuildEdit["kind"]> = Extract<BuildEdit, { readonly kind: K }>;

/** Why edits cannot be made; caught by `editDockerfile`, and seen nowhere else. */
export class Refusal extends Error {}

export function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** What becomes of one instruction. */
export interface Slot {
  /** Null where it goes. */
  readonly text: string | null;
  /** The script of a RUN, as far as edits changed it. */
  readonly script: ShellScript | null;
}

/** Working directories as the history records them, which knows what the build's arguments were. */
export interface WorkingDirectories {
  /** That of the base image; null where it is not known. */
  readonly base: string | null;
  /** By instruction: what a WORKDIR came to. */
  readonly recorded: ReadonlyMap<number, string>;
}

/** A Dockerfile while edits are made to it. */
export interface Work {
  readonly dockerfile: Dockerfile;
  readonly matches: HistoryMatches;
  readonly builder: Builder | null;
  readonly directories: WorkingDirectories;
  readonly slots: Map<number, Slot>;
  /** Texts that come before an instruction, in order. */
  readonly before: Map<number, string[]>;
  /** Texts that come after everything else. */
  readonly after: string[];
  readonly assumes: Set<string>;
}

export function instructionAt({ dockerfile }: Work, index: number): DockerfileInstruction {
  return dockerfile.instructions[index] ?? refuse("The Dockerfile has no such instruction.");
}

/** The instruction that a step is: found for sure, and in the stage that is built. */
export function indexOf(work: Work, step: number): number {
  const match = work.matches.steps[step];
  if (match?.part === "base") refuse("The step belongs to the base image.");
  if (match === undefined || match.instruction === null) refuse("The step is not found in the Dockerfile.");
  const { stage, line } = instructionAt(work, match.instruction);
  if (match.confidence !== "high") refuse(`Line ${line} is not what the image's history records.`);
  if (stage !== work.dockerfile.target) refuse(`Line ${line} belongs to another stage, which may serve others.`);
  return match.instruction;
}

export function sourceOf(work: Work, index: number): string {
  const { start, end } = instructionAt(work, index);
  return work.dockerfile.text.slice(start, end);
}

export function slotOf(work: Work, index: number): Slot {
  return work.slots.get(index) ?? { text: sourceOf(work, index), script: null };
}

export function setText(work: Work, index: number, result: InstructionText): void {
  if ("refusal" in result) refuse(result.refusal);
  const { text } = slotOf(work, index);
  if (text === null) refuse("One edit changes what another one takes out.");
  work.slots.set(index, { text: result.text, script: null });
}

const NOT_CLASSIC = [
  /^(?:RUN|COPY|ADD)[ \t]+(?:--[^\s]+[ \t]+)*--(?:chmod|mount|link|network|security|parents|exclude)\b/i,
  /^(?:RUN|COPY|ADD)[ \t][^#]*<<-?["']?\w/i,
];

function needsBuildKit(text: string): boolean {
  return text.split("\n").some((line) => NOT_CLASSIC.some((pattern) => pattern.test(line.trimStart())));
}

/** Text that a rule wrote must be buildable. */
export function checked(work: Work, text: string): string {
  if (work.builder !== "buildkit" && needsBuildKit(text)) {
    refuse("The edit needs BuildKit, and nothing shows that BuildKit builds the image.");
  }
  return text.trim();
}

export function insert(work: Work, index: number, text: string): void {
  work.before.set(index, [...(work.before.get(index) ?? []), text]);
}

export function finalFrom(work: Work): number {
  return work.dockerfile.stages[work.dockerfile.target]?.from ?? refuse("The Dockerfile has no FROM.");
}

/** The instructions that a text is read as. */
export function plainInstructions({ dockerfile: { escapeCharacter } }: Work, text: string): string[] {
  const dockerfile = parseDockerfile(escapeCharacter === "`" ? `# escape=\`\n${text}` : text);
  return dockerfile.instructions.map(({ start, end }) => dockerfile.text.slice(start, end).replace(/\r/g, ""));
}
