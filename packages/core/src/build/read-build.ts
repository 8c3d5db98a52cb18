import { homesIn } from "../category/homes.ts";
import { readHistory } from "../dockerfile/created-by.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import type { HistoryMatches } from "../dockerfile/match-history.ts";
import { reconstructDockerfile } from "../dockerfile/reconstruct.ts";
import { ShellBudget } from "../dockerfile/shell-budget.ts";
import { parseShell, type ShellScript } from "../dockerfile/shell-script.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Build, BuildStep, Mismatch } from "./build.ts";
import { builderOf } from "./builder.ts";
import { editBuild } from "./edit-build.ts";
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
  return {
    steps: recorded.map((step, i) => ({
      ...step,
      script: scriptOf(step.instruction, budget),
      line: own === null ? null : (matches.steps[i]?.line ?? null),
    })),
    homes: homesIn(run.env),
    builder,
    dockerfile: name,
    mismatch,
    problems: given?.problems ?? [],
    edit: (edits) => editBuild({ dockerfile, matches, builder, name, ignore }, edits),
  };
}

function mismatchOf({ confidence, reason }: HistoryMatches): Mismatch | null {
  return reason === null ? null : { reason, isOther: confidence !== "medium" };
}

/** The history with what is known of each entry before any script is read. */
function recordedSteps({ image, attribution }: Ledger): Omit<BuildStep, "script" | "line">[] {
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

function scriptOf({ verb, text, shell, producer }: Instruction, budget: ShellBudget): ShellScript | null {
  if (verb !== "RUN" || (shell === null && producer !== "kaniko")) return null;
  return parseShell(text.slice("RUN ".length), { budget });
}
