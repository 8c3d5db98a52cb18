import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { DockerfileOptions, GivenFile } from "@imgweigh/core";
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

/** The Dockerfile that the command line names; undefined where it names none. @throws {UsageError} where it cannot be read */
export async function readDockerfileOptions(
  argv: DockerfileArguments,
  host: Host,
): Promise<DockerfileOptions | undefined> {
  const { dockerfile } = argv;
  if (dockerfile === undefined) {
    for (const flag of ["build-arg", "stage", "context", "builder"] as const)
      if (argv[flag] !== undefined)
        throw new UsageError(`--${flag} says something of a Dockerfile: it wants --dockerfile`);
    return undefined;
  }
  const path = resolve(host.cwd(), dockerfile);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  return {
    // A patch is applied where the program runs.
    name: relative(host.cwd(), path),
    text,
    buildArgs: Object.fromEntries((argv["build-arg"] ?? []).map(readBuildArg)),
    target: argv.stage,
    builder: argv.builder,
    ignore: await readIgnore(host, path, argv.context),
  };
}

/** The .dockerignore of the context; BuildKit prefers one beside the Dockerfile that has its name. */
async function readIgnore(host: Host, dockerfile: string, context: string | undefined): Promise<GivenFile> {
  const folder = context === undefined ? dirname(dockerfile) : resolve(host.cwd(), context);
  const shared = join(folder, ".dockerignore");
  for (const path of [`${dockerfile}.dockerignore`, shared]) {
    const text = await readFile(path, "utf8").catch(() => null);
    if (text !== null) return { name: relative(host.cwd(), path), text };
  }
  return { name: relative(host.cwd(), shared), text: null };
}

function readBuildArg(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--build-arg wants NAME=VALUE, not ${JSON.stringify(text)}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
