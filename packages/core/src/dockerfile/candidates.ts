import { stagesOf } from "./build-state.ts";
import { type Dockerfile, type DockerfileInstruction, parseDockerfile } from "./dockerfile.ts";
import type { Instruction } from "./instruction.ts";

/** An instruction that an image's history may record. */
export interface Candidate {
  /** In the Dockerfile's `instructions`; of a trigger, its ONBUILD. */
  readonly index: number;
  readonly line: number;
  readonly instruction: DockerfileInstruction;
  /** The text that the instruction's offsets are of. */
  readonly text: string;
  /** Whether it runs because a stage that this one starts from says ONBUILD. */
  readonly isTrigger: boolean;
}

/** An ONBUILD's instruction, as it runs in a build on top; null where it is none. */
function triggerOf(args: string): { instruction: DockerfileInstruction; text: string } | null {
  const text = `FROM trigger\n${args}\n`;
  const { instructions } = parseDockerfile(text);
  const [, instruction] = instructions;
  return instruction === undefined ? null : { instruction, text };
}

function ownCandidates(dockerfile: Dockerfile, stage: number): Candidate[] {
  const { from = 0, last = -1 } = dockerfile.stages[stage] ?? {};
  return dockerfile.instructions.slice(from + 1, last + 1).map((instruction, i) => ({
    index: from + 1 + i,
    line: instruction.line,
    instruction,
    text: dockerfile.text,
    isTrigger: false,
  }));
}

/** The instructions that make the target, in order: a stage's triggers run first in the one that starts from it. */
export function candidatesOf(dockerfile: Dockerfile): Candidate[] {
  const out: Candidate[] = [];
  let triggers: Candidate[] = [];
  for (const stage of stagesOf(dockerfile)) {
    const own = ownCandidates(dockerfile, stage);
    out.push(...triggers, ...own);
    triggers = own.flatMap((candidate): Candidate[] => {
      const { verb, args } = candidate.instruction;
      const trigger = verb === "ONBUILD" ? triggerOf(args) : null;
      return trigger === null ? [] : [{ ...candidate, ...trigger, isTrigger: true }];
    });
  }
  return out;
}

/** What the last image that entries are of makes a build on top of it do, as far as its ONBUILDs are recorded. */
export function triggersAt(recorded: readonly Instruction[]): DockerfileInstruction[] {
  return recorded.flatMap(({ verb, text }) => {
    const trigger = verb === "ONBUILD" ? triggerOf(text.slice("ONBUILD".length).trim()) : null;
    return trigger === null ? [] : [trigger.instruction];
  });
}
