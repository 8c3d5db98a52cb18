import type { HistoryEntry } from "../oci/config.ts";
import { statesOf } from "./build-state.ts";
import { readHistory } from "./created-by.ts";
import { type Dockerfile, MAX_DOCKERFILE_LENGTH, parseDockerfile } from "./dockerfile.ts";
import { loadDockerfileTools } from "./dockerfile-tools.ts";
import type { Instruction } from "./instruction.ts";
import type { HistoryMatches, StepMatch } from "./match-history.ts";
import type { ShellBudget } from "./shell-budget.ts";
import { parseShell } from "./shell-script.ts";

export interface Reconstructed {
  readonly dockerfile: Dockerfile;
  /** The same as for a real Dockerfile, so that edits are made alike. */
  readonly matches: HistoryMatches;
}

export interface ReconstructOptions {
  /** How many history entries the base made. */
  readonly baseEntries: number;
  /** Its name, where it is known. */
  readonly baseName: string | null;
  /** For the scripts of all entries. */
  readonly budget: ShellBudget;
}

const WIDE = 100;

/** A long RUN, broken where people break it. */
function broken(command: string, budget: ShellBudget): string {
  if (command.length <= WIDE) return command;
  const script = parseShell(command, { budget });
  if (!script.complete) return command;
  let out = "";
  let at = 0;
  for (const { place, connector } of script.commands) {
    if (place.list !== 0 || connector !== "&&" || place.previousEnd === null || place.previousEnd < at) continue;
    out += `${command.slice(at, place.previousEnd)} \\\n    && `;
    at = place.start;
  }
  return out + command.slice(at);
}

function heredocName(body: string): string {
  const lines = new Set(body.split("\n"));
  let name = "EOF";
  while (lines.has(name)) name += "F";
  return name;
}

/** Continued lines are recorded as one, with the blanks that stood at their starts. */
const INDENTATION = /[ \t]{2,}/g;

function runLine(command: string, budget: ShellBudget): string {
  if (!command.includes("\n")) return `RUN ${broken(command.replace(INDENTATION, " "), budget)}`;
  const name = heredocName(command);
  return `RUN <<${name}\n${command.trimEnd()}\n${name}`;
}

/** An instruction as one might have written it; null where the entry says none. */
function lineOf({ verb, text }: Instruction, budget: ShellBudget): string | null {
  if (verb === null) return null;
  if (verb === "RUN") return runLine(text.slice("RUN ".length), budget);
  // "COPY file:0123456789ab in /app/"
  const line = text.replaceAll("\n", " ");
  return verb === "COPY" || verb === "ADD" ? line.replace(/((?:file|dir|multi):[0-9a-f]+) in (?=\S)/, "$1 ") : line;
}

/**
 * A Dockerfile as the history records it, for advice where none is given: sources of a COPY are digests or names, flags
 * and stages are gone. Entries that say no instruction are left out, and all are where they have more than 128 KiB. Needs `loadDockerfileTools()` to have been awaited.
 */
export function reconstructFrom(history: readonly HistoryEntry[], options: ReconstructOptions): Reconstructed {
  const recorded = [...readHistory(history).entries()].slice(options.baseEntries);
  const lines = recorded.flatMap(([step, instruction]) => {
    const line = lineOf(instruction, options.budget);
    return line === null ? [] : [{ step, line }];
  });
  const from = `FROM ${options.baseName ?? (options.baseEntries === 0 ? "scratch" : "base")}`;
  const text = `${[from, ...lines.map(({ line }) => line)].join("\n")}\n`;
  const dockerfile = parseDockerfile(text.length <= MAX_DOCKERFILE_LENGTH ? text : `${from}\n`);
  // A recorded text that reads as something else shifts what follows; then nothing is said rather than something wrong.
  const isPlain = dockerfile.instructions.length === lines.length + 1;
  const indexOfStep = new Map(lines.map(({ step }, i) => [step, i + 1]));
  const steps = history.map((_, step): StepMatch => {
    const instruction = isPlain ? (indexOfStep.get(step) ?? null) : null;
    const line = instruction === null ? null : (dockerfile.instructions[instruction]?.line ?? null);
    const part = step < options.baseEntries ? "base" : "stage";
    return { step, instruction, line, part, confidence: instruction === null ? "none" : "high" };
  });
  const reason = isPlain ? null : "The history cannot be written as a Dockerfile.";
  const own = dockerfile.instructions.slice(1);
  const states = new Map(statesOf(dockerfile, own).map((state, i) => [i + 1, state]));
  return {
    dockerfile,
    matches: {
      steps,
      baseEntries: options.baseEntries,
      confidence: isPlain ? "high" : "none",
      reason,
      missing: [],
      states,
    },
  };
}

/**
 * {@link reconstructFrom}, loading what it needs.
 */
export async function reconstructDockerfile(
  history: readonly HistoryEntry[],
  options: ReconstructOptions,
): Promise<Reconstructed> {
  await loadDockerfileTools();
  return reconstructFrom(history, options);
}
