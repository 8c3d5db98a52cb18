import { homesIn } from "../category/homes.ts";
import { readHistory } from "../dockerfile/created-by.ts";
import type { Dockerfile } from "../dockerfile/dockerfile.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import type { HistoryMatches } from "../dockerfile/match-history.ts";
import { reconstructDockerfile } from "../dockerfile/reconstruct.ts";
import { ShellBudget } from "../dockerfile/shell-budget.ts";
import { hasErrexit, parseShell, type ShellScript } from "../dockerfile/shell-script.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Build, BuildStep, Mismatch, StepFlag } from "./build.ts";
import { builderOf } from "./builder.ts";
import { editBuild } from "./edit-build.ts";
import type { WorkingDirectories } from "./edit-work.ts";
import { type DockerfileOptions, type MatchedDockerfile, matchDockerfile, openDockerfile } from "./given-dockerfile.ts";

/**
 * How an image was built: from its history, and from the Dockerfile where one is given.
 *
 * @throws {ImgweighError} where the Dockerfile cannot be read
 */
export async function readBuild(ledger: Ledger, options?: DockerfileOptions): Promise<Build> {
  const given = options === undefined ? null : matchDockerfile(await openDockerfile(options), ledger.image);
  return describeBuild(ledger, given);
}

/** How an image was built, where its Dockerfile was matched already; null without one. */
export async function describeBuild(ledger: Ledger, given: MatchedDockerfile | null): Promise<Build> {
  const { history, run } = ledger.image.description.config;
  const recorded = recordedSteps(ledger);
  const budget = new ShellBudget();
  const baseEntries = recorded.filter(({ inBase }) => inBase).length;
  const mismatch = given === null ? null : mismatchOf(given.matches);
  // Of a Dockerfile of another image no line is edited: then advice is given as without one.
  const own = mismatch?.isOther === true ? null : given;
  const { dockerfile, matches } =
    own ?? (await reconstructDockerfile(history, { baseEntries, baseName: ledger.attribution.base.name, budget }));
  const name = own?.options.name ?? null;
  const builder = given?.options.builder ?? builderOf(history);
  const ignore = own === null ? null : (own.options.ignore ?? { name: ".dockerignore", text: null });
  const directories = directoriesOf(recorded, matches);
  return {
    steps: recorded.map((step, i) => ({
      ...step,
      script: scriptOf(step.instruction, budget),
      line: own === null ? null : (matches.steps[i]?.line ?? null),
      flags: own === null ? [] : flagsOf(dockerfile, matches.steps[i]?.instruction ?? null),
    })),
    homes: homesIn(run.env),
    builder,
    dockerfile: name,
    mismatch,
    problems: given?.problems ?? [],
    source: own === null ? null : dockerfile,
    edit: (edits) => editBuild({ dockerfile, matches, builder, directories, name, ignore }, edits),
  };
}

function mismatchOf({ confidence, reason }: HistoryMatches): Mismatch | null {
  return reason === null ? null : { reason, isOther: confidence !== "medium" };
}

/** The history with what is known of each entry before any script is read. */
function recordedSteps({ image, attribution }: Ledger): Omit<BuildStep, "script" | "line" | "flags">[] {
  const { history } = image.description.config;
  const instructions = readHistory(history);
  const layerOfStep = new Map(image.history.layers.map(({ historyIndex }, layer) => [historyIndex, layer]));
  const base = attribution.base.layers;
  const firstOwn = image.history.layers[base]?.historyIndex ?? history.length;
  // What sets only metadata belongs to the base up to the last command that it sets: a build's own ENV comes before its RUN.
  const lastOfBase = history.findLastIndex((_, step) => {
    const layer = layerOfStep.get(step);
    return layer !== undefined && layer < base;
  });
  const lastCommand = instructions.findLastIndex(({ verb }, step) => {
    return step < firstOwn && step > lastOfBase && (verb === "CMD" || verb === "ENTRYPOINT");
  });
  const end = base === 0 ? -1 : Math.max(lastOfBase, lastCommand);
  return instructions.map((instruction, step) => ({
    step,
    layer: layerOfStep.get(step) ?? null,
    instruction,
    inBase: step <= end,
  }));
}

function flagsOf({ instructions }: Dockerfile, index: number | null): readonly StepFlag[] {
  const flags = index === null ? [] : (instructions[index]?.flags ?? []);
  return flags.map(({ name, value }) => ({ name, value }));
}

/** What each WORKDIR came to, and where the base left off. */
function directoriesOf(
  steps: readonly Pick<BuildStep, "step" | "instruction" | "inBase">[],
  matches: HistoryMatches,
): WorkingDirectories {
  const recorded = new Map<number, string>();
  let base: string | null = steps.some(({ inBase }) => inBase) ? "/" : null;
  for (const { step, instruction, inBase } of steps) {
    if (instruction.verb !== "WORKDIR") continue;
    const path = instruction.text.slice("WORKDIR".length).trim();
    if (!/^\/[^$"'\\]*$/.test(path)) continue;
    const index = matches.steps[step]?.instruction ?? null;
    if (index !== null) recorded.set(index, path);
    else if (inBase) base = path;
  }
  return { base, recorded };
}

function scriptOf({ verb, text, shell, producer }: Instruction, budget: ShellBudget): ShellScript | null {
  if (verb !== "RUN" || (shell === null && producer !== "kaniko")) return null;
  return parseShell(text.slice("RUN ".length), { budget, errexit: hasErrexit((shell ?? "").split(" ")) });
}
