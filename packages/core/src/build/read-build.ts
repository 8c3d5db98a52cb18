import { parseCreatedBy } from "../dockerfile/created-by.ts";
import { type Dockerfile, readDockerfile } from "../dockerfile/dockerfile.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import { type HistoryMatches, matchHistory } from "../dockerfile/match-history.ts";
import { dockerfileProblems } from "../dockerfile/problems.ts";
import { reconstructDockerfile } from "../dockerfile/reconstruct.ts";
import { parseShell, type ShellScript } from "../dockerfile/shell-script.ts";
import type { Image } from "../image/image.ts";
import { type ImagePath, pathFromText } from "../image-path.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Build, BuildStep } from "./build.ts";
import { type Builder, builderOf } from "./builder.ts";
import { editBuild, type GivenFile } from "./edit-build.ts";

/** The Dockerfile that an image was built from. */
export interface DockerfileOptions {
  /** What it is called in patches: a path relative to where they are to be applied. */
  readonly name: string;
  readonly text: string;
  /** `--build-arg`s that it was built with. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** The stage that was built (`--target`), by name or number; the last where absent. */
  readonly target?: string | undefined;
  /** What a patch has to build with; what the history shows where absent. */
  readonly builder?: Builder | undefined;
  /** The .dockerignore of the build's context; one that does not exist yet where absent. */
  readonly ignore?: GivenFile | undefined;
}

interface Description {
  readonly dockerfile: Dockerfile;
  readonly matches: HistoryMatches;
}

/**
 * Reads a Dockerfile and finds the image's history in it.
 *
 * @throws {ImgweighError} as {@link readDockerfile}
 */
async function describe({ description }: Image, { text, buildArgs, target }: DockerfileOptions): Promise<Description> {
  const dockerfile = await readDockerfile(text, { buildArgs: new Map(Object.entries(buildArgs ?? {})), target });
  return { dockerfile, matches: matchHistory(dockerfile, description.config.history) };
}

/** The base of an image, as its Dockerfile shows it: the layers that no instruction of the final stage made. Null where that cannot be told. */
export async function baseFromDockerfile(
  image: Image,
  options: DockerfileOptions,
): Promise<{ readonly name: string; readonly layers: number } | null> {
  const { dockerfile, matches } = await describe(image, options);
  const { baseEntries } = matches;
  if (baseEntries === null || matches.confidence === "none") return null;
  const first = dockerfile.stages[dockerfile.target];
  const layers = image.history.layers.filter(({ historyIndex }) => historyIndex !== null && historyIndex < baseEntries);
  return { name: first?.base ?? "the Dockerfile's base", layers: layers.length };
}

/**
 * How an image was built: from its history, and from the Dockerfile where one is given.
 *
 * @throws {ImgweighError} where the Dockerfile cannot be read
 */
export async function readBuild(ledger: Ledger, options?: DockerfileOptions): Promise<Build> {
  const { image } = ledger;
  const { history, run } = image.description.config;
  const recorded = recordedSteps(ledger);
  const baseEntries = recorded.filter(({ inBase }) => inBase).length;
  const { dockerfile, matches } =
    options === undefined
      ? await reconstructDockerfile(history, { baseEntries, baseName: ledger.attribution.base.name })
      : await describe(image, options);
  const builder = options?.builder ?? builderOf(history);
  const ignore = options === undefined ? null : (options.ignore ?? { name: ".dockerignore", text: null });
  return {
    steps: recorded.map((step, i) => ({
      ...step,
      script: scriptOf(step.instruction),
      line: options === undefined ? null : (matches.steps[i]?.line ?? null),
    })),
    homes: homesOf(run.env),
    builder,
    dockerfile: options?.name ?? null,
    mismatch: options === undefined ? null : matches.reason,
    problems: options === undefined ? [] : dockerfileProblems(dockerfile),
    edit: (edits) => editBuild({ dockerfile, matches, builder, name: options?.name ?? null, ignore }, edits),
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

function scriptOf({ verb, text, shell, producer }: Instruction): ShellScript | null {
  if (verb !== "RUN" || (shell === null && producer !== "kaniko")) return null;
  return parseShell(text.slice("RUN ".length));
}

/** `HOME` of the image's environment. */
function homesOf(env: readonly string[]): ImagePath[] {
  return env.flatMap((line) => (line.startsWith("HOME=") ? [pathFromText(line.slice("HOME=".length))] : []));
}
