import type { DockerfileOptions } from "@imgweigh/core";
import { type DockerfileOnDisk, readDockerfileOptions as readOptions } from "@imgweigh/core/config";
import type { Argv, Options } from "yargs";
import { UsageError } from "../failure.ts";
import type { Host } from "../host.ts";

const DOCKERFILE = "The Dockerfile it was built from:";

/** Options of every command that looks for waste. */
export const DOCKERFILE_OPTIONS = {
  dockerfile: {
    type: "string",
    group: DOCKERFILE,
    describe: "the Dockerfile: findings name its lines and bring a patch",
  },
  "build-arg": { type: "array", string: true, group: DOCKERFILE, describe: "NAME=VALUE that it was built with" },
  stage: { type: "string", group: DOCKERFILE, describe: "the stage that was built [default: the last]" },
  context: {
    type: "string",
    group: DOCKERFILE,
    describe: "the folder that it was built in [default: the Dockerfile's]",
  },
  builder: {
    choices: ["classic", "buildkit"],
    group: DOCKERFILE,
    describe: "what a patch has to build with [default: what the image's history shows]",
  },
} as const satisfies Record<string, Options>;

export interface DockerfileArguments {
  readonly dockerfile?: string | undefined;
  readonly "build-arg"?: readonly string[] | undefined;
  readonly stage?: string | undefined;
  readonly context?: string | undefined;
  readonly builder?: "classic" | "buildkit" | undefined;
}

export function withDockerfileOptions<T>(yargs: Argv<T>) {
  return yargs.options(DOCKERFILE_OPTIONS);
}

/** How the command line says that Dockerfiles were built. */
export function buildOf(argv: DockerfileArguments): Omit<DockerfileOnDisk, "path" | "cwd"> {
  const { stage, context, builder } = argv;
  return {
    buildArgs: Object.fromEntries((argv["build-arg"] ?? []).map(readBuildArg)),
    target: stage,
    context,
    builder,
  };
}

/** @throws {UsageError} where the command line says something of a Dockerfile, and there is none */
export function requireDockerfile(argv: DockerfileArguments): void {
  for (const flag of ["build-arg", "stage", "context", "builder"] as const)
    if (argv[flag] !== undefined)
      throw new UsageError(`--${flag} says something of a Dockerfile: it wants --dockerfile`);
}

/** The Dockerfile that the command line names; undefined where it names none. @throws {ImgweighError} INPUT_UNREADABLE */
export async function readDockerfileOptions(
  argv: DockerfileArguments,
  host: Host,
): Promise<DockerfileOptions | undefined> {
  const { dockerfile } = argv;
  if (dockerfile !== undefined) return readOptions({ ...buildOf(argv), path: dockerfile, cwd: host.cwd() });
  requireDockerfile(argv);
  return undefined;
}

function readBuildArg(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--build-arg wants NAME=VALUE, not ${JSON.stringify(text)}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
