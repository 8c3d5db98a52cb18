import { builderOf } from "../dockerfile/builder.ts";
import { parseCreatedBy } from "../dockerfile/created-by.ts";
import type { Instruction } from "../dockerfile/instruction.ts";
import { loadShell } from "../dockerfile/shell-parser.ts";
import { parseShell, type ShellScript } from "../dockerfile/shell-script.ts";
import { type ImagePath, pathFromText } from "../image-path.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Build, BuildStep } from "./build.ts";

/** The Dockerfile that an image was built from. */
export interface DockerfileOptions {
  /** What it is called in patches: a path relative to where they are to be applied. */
  readonly name: string;
  readonly text: string;
  /** `--build-arg`s that it was built with. */
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  /** The stage that was built (`--target`); the last where absent. */
  readonly target?: string | undefined;
  /** What a patch has to build with; what the history shows where absent. */
  readonly builder?: "classic" | "buildkit" | undefined;
}

/** How an image was built: from its history, and from the Dockerfile where one is given. */
export async function readBuild({ image, attribution }: Ledger, _dockerfile?: DockerfileOptions): Promise<Build> {
  await loadShell();
  const { config } = image.description;
  const layerOfStep = new Map(image.history.layers.map(({ historyIndex }, layer) => [historyIndex, layer]));
  const firstOwn = image.history.layers[attribution.base.layers]?.historyIndex ?? config.history.length;
  const steps = config.history.map((entry, step): BuildStep => {
    const instruction = parseCreatedBy(entry);
    const layer = layerOfStep.get(step) ?? null;
    return {
      step,
      layer,
      instruction,
      script: scriptOf(instruction),
      inBase: attribution.base.layers > 0 && step < firstOwn && (layer === null || layer < attribution.base.layers),
      line: null,
    };
  });
  return {
    steps,
    homes: homesOf(config.run.env),
    builder: builderOf(config.history),
    dockerfile: null,
    problems: [],
    edit: () => ({ kind: "refused", reason: "" }),
  };
}

function scriptOf({ verb, text, shell, producer }: Instruction): ShellScript | null {
  if (verb !== "RUN" || (shell === null && producer !== "kaniko")) return null;
  return parseShell(text.slice("RUN ".length));
}

/** `HOME` of the image's environment. */
function homesOf(env: readonly string[]): ImagePath[] {
  return env.flatMap((line) => (line.startsWith("HOME=") ? [pathFromText(line.slice("HOME=".length))] : []));
}
