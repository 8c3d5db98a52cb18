import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { analyzeImage } from "@imgweigh/core";
import { CONFIG_FILES, findConfig, firstConfig } from "@imgweigh/core/config";
import type { Argv, CommandModule, Options } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type Host, writeAll } from "../host.ts";
import { readDockerfileOptions, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { printText } from "./output-options.ts";
import { TARGET } from "./target.ts";

const FIRST_FILE = CONFIG_FILES[0];

const INIT_OPTIONS = {
  output: { type: "string", alias: "o", describe: `the file to write [default: ${FIRST_FILE}]` },
  force: { type: "boolean", default: false, describe: "write over a file that is there" },
} as const satisfies Record<string, Options>;

interface Arguments extends ImageArguments {
  readonly target?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly output?: string | undefined;
  readonly force: boolean;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

/** @throws {UsageError} where a configuration is there already */
async function requireNone({ output, force }: Arguments, host: Host): Promise<string> {
  const path = resolve(host.cwd(), output ?? FIRST_FILE);
  const other = output === undefined ? await findConfig(host.cwd()) : null;
  const there = other !== null && !other.isDive ? other.name : (await exists(path)) ? (output ?? FIRST_FILE) : null;
  if (there !== null && !force) throw new UsageError(`${there} is there already: --force writes over it`);
  return path;
}

export function initCommand(context: Context): CommandModule<object, Arguments> {
  const { host } = context;
  return {
    command: "init [target]",
    describe: "write a first imgweigh.yaml, from an image as it is now",
    builder: (yargs) =>
      withDockerfileOptions(
        withImageOptions(yargs.positional("target", { ...TARGET, demandOption: false })).options(INIT_OPTIONS),
      ) as unknown as Argv<Arguments>,
    handler: async (argv) => {
      const path = await requireNone(argv, host);
      const { target } = argv;
      if (target === undefined)
        throw new UsageError("init wants an image, from which it takes the budgets: imgweigh init IMAGE");
      const beside = (await exists(resolve(host.cwd(), "Dockerfile"))) ? "Dockerfile" : undefined;
      const dockerfile = argv.dockerfile ?? beside;
      const given = await readDockerfileOptions({ ...argv, dockerfile }, host);
      const analysis = await withProgress(argv, context, (options) =>
        analyzeImage(target, { ...options, dockerfile: given, stdin: host.stdin }),
      );
      const text = firstConfig(analysis, { image: target, platform: argv.platform, dockerfile });
      await printText(text, { output: path }, host);
      await writeAll(host.stderr, `wrote ${relative(host.cwd(), path)}; next: imgweigh check\n`);
    },
  };
}
