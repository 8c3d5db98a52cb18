import type { Dockerfile, DockerfileInstruction } from "./dockerfile.ts";
import { type BuildState, resolveWorkdir } from "./recorded-forms.ts";
import { expand, type Pattern } from "./variables.ts";

const ASSIGNMENT = /([A-Za-z_]\w*)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)/gs;

function unquoted(text: string): string {
  return text.replace(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
    (_, double, single, escaped) => double ?? single ?? escaped,
  );
}

/** What an ENV sets, quotes off, variables not yet filled in. */
export function envOf(instruction: DockerfileInstruction): readonly (readonly [name: string, value: string])[] {
  const old = /^([A-Za-z_]\w*)\s+(.*)$/s.exec(instruction.args);
  if (old !== null) return [[old[1] ?? "", old[2] ?? ""]];
  return [...instruction.args.matchAll(ASSIGNMENT)].map(([, name = "", value = ""]) => [name, unquoted(value)]);
}

interface MutableState {
  variables: Map<string, Pattern>;
  workdir: Pattern;
}

function applyTo(
  state: MutableState,
  instruction: DockerfileInstruction,
  buildArgs: ReadonlyMap<string, string>,
): void {
  switch (instruction.verb) {
    case "ENV": {
      const before = new Map(state.variables);
      for (const [name, value] of envOf(instruction)) state.variables.set(name, expand(value, before));
      return;
    }
    case "ARG":
      for (const word of instruction.args.split(/\s+/)) {
        const name = word.split("=", 1)[0] ?? "";
        const given = buildArgs.get(name);
        // A default says little: the build may have been given another value.
        if (!state.variables.has(name)) state.variables.set(name, given === undefined ? [null] : [given]);
      }
      return;
    case "WORKDIR":
      state.workdir = resolveWorkdir(expand(unquoted(instruction.args), state.variables), state);
      return;
    default:
  }
}

/** The instructions that make the target: those of the stages that it starts from, and its own, without their FROMs. */
export function chainOf(dockerfile: Dockerfile): number[] {
  const chain: number[] = [];
  let stage = dockerfile.stages[dockerfile.target];
  while (stage !== undefined) {
    const { from, last, baseStage } = stage;
    for (let i = last; i > from; i--) chain.push(i);
    // A stage names only earlier ones, so this ends.
    stage = baseStage === null ? undefined : dockerfile.stages[baseStage];
  }
  return chain.reverse();
}

/** What is set before each instruction of `chain`. What the base sets is unknown. */
export function statesOf(dockerfile: Dockerfile, chain: readonly number[]): BuildState[] {
  const first = dockerfile.instructions[chain[0] ?? -1];
  const isScratch = first !== undefined && dockerfile.stages[first.stage]?.base === "scratch";
  const state: MutableState = { variables: new Map(), workdir: isScratch ? ["/"] : [null] };
  return chain.map((index) => {
    const snapshot: BuildState = { variables: state.variables, workdir: state.workdir };
    const instruction = dockerfile.instructions[index];
    if (instruction !== undefined && /^(?:ENV|ARG|WORKDIR)$/.test(instruction.verb)) {
      state.variables = new Map(state.variables);
      applyTo(state, instruction, dockerfile.buildArgs);
    }
    return snapshot;
  });
}
