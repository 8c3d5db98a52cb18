import { homesIn } from "../category/homes.ts";
import { parseCreatedBy } from "../dockerfile/created-by.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import { reconstructDockerfile } from "../dockerfile/reconstruct.ts";
import { ShellBudget } from "../dockerfile/shell-budget.ts";
import { parseShell, type ShellScript } from "../dockerfile/shell-script.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Build, BuildStep } from "./build.ts";
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
  const { dockerfile, matches } =
    given ?? (await reconstructDockerfile(history, { baseEntries, baseName: ledger.attribution.base.name, budget }));
  const name = given?.options.name ?? null;
  const builder = given?.options.builder ?? builderOf(history);
  const ignore = given === null ? null : (given.options.ignore ?? { name: ".dockerignore", text: null });
  return {
    steps: recorded.map((step, i) => ({
      ...step,
      script: scriptOf(step.instruction, budget),
      line: given === null ? null : (matches.steps[i]?.line ?? null),
    })),
    homes: homesIn(run.env),
    builder,
    dockerfile: name,
    mismatch: given === null ? null : matches.reason,
    problems: given?.problems ?? [],
    edit: (edits) => editBuild({ dockerfile, matches, builder, name, ignore }, edits),
  };
}

/** The history with what is known of each entry before any script is read. */
function recordedSteps({ image, attribution }: Ledger): Omit<BuildStep, "script" | "line">[] {
  const { history } = image.description.config;
  const layerOfStep = new Map(image.history.layers.map(({ historyIndex }, layer) => [historyIndex, layer]));
  const base = attribution.base.layers;
  const firstOwn = image.history.layers[base]?.historyIndex ?? history.length;
  // What sets only metadata belongs to the base up to the last command that it sets: a build's own ENV comes before its RUN.
  const lastOfBase = history.findLastIndex((_, step) => {
    const layer = layerOfStep.get(step);
    return layer !== undefined && layer < base;
  });
  const lastCommand = history.findLastIndex((entry, step) => {
    const { verb } = parseCreatedBy(entry);
    return step < firstOwn && step > lastOfBase && (verb === "CMD" || verb === "ENTRYPOINT");
  });
  const end = base === 0 ? -1 : Math.max(lastOfBase, lastCommand);
  return history.map((entry, step) => ({
    step,
    layer: layerOfStep.get(step) ?? null,
    instruction: parseCreatedBy(entry),
    inBase: step <= end,
  }));
}

function scriptOf({ verb, text, shell, producer }: Instruction, budget: ShellBudget): ShellScript | null {
  if (verb !== "RUN" || (shell === null && producer !== "kaniko")) return null;
  return parseShell(text.slice("RUN ".length), { budget });
}
