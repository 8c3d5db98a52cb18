import { resolve } from "node:path";
import { type LintResult, lintDockerfile } from "@imgweigh/core";
import {
  applyFlags,
  findConfig,
  type ImageCheck,
  LEVELS,
  type Level,
  readConfig,
  readConfigText,
} from "@imgweigh/core/config";
import {
  findDockerfiles,
  isBake,
  type LintInput,
  readBuildInput,
  readBuilds,
  summarizeLint,
} from "@imgweigh/core/lint";
import { formatLint, type LintFormat } from "@imgweigh/core/report";
import type { Argv, CommandModule, Options } from "yargs";
import type { Context } from "../context.ts";
import { EXIT } from "../exit-code.ts";
import { UsageError } from "../failure.ts";
import { type Host, wantsColor, widthOf, writeAll } from "../host.ts";
import { styleFor } from "../style.ts";
import { buildOf } from "./dockerfile-options.ts";
import { printText } from "./output-options.ts";
import { readStandardInput } from "./read-standard-input.ts";
import { undashed } from "./target.ts";

const FORMATS = ["table", "json", "markdown", "github", "sarif", "junit", "gitlab"] as const;

/** Options of every command that looks at Dockerfiles alone. */
export const LINT_INPUT_OPTIONS = {
  file: {
    type: "array",
    string: true,
    nargs: 1,
    alias: "f",
    describe: "a compose file: the builds of its services; may be repeated",
  },
  "build-arg": { type: "array", string: true, describe: "NAME=VALUE that it is built with" },
  stage: { type: "string", describe: "the stage that is built [default: the last]" },
  context: { type: "string", describe: "the folder that it is built in [default: the Dockerfile's]" },
  rule: {
    type: "array",
    string: true,
    nargs: 1,
    describe: `RULE=LEVEL: the level of a rule, or of a glob of them: ${LEVELS.join(", ")}; may be repeated`,
  },
} as const satisfies Record<string, Options>;

const LINT_OPTIONS = {
  ...LINT_INPUT_OPTIONS,
  ignore: {
    type: "array",
    string: true,
    nargs: 1,
    describe: "RULE[:PATH] [until DAY]=REASON: findings that are known and accepted; may be repeated",
  },
  "fail-on": { choices: LEVELS, describe: "the least level of a finding that fails [default: error]" },
  format: { choices: FORMATS, default: "table", describe: "table for people, the others for programs" },
  output: { type: "string", alias: "o", describe: "write the result to a file instead of stdout" },
  quiet: { type: "boolean", alias: "q", default: false, describe: "no notes on stderr" },
  color: { type: "boolean", describe: "colours, also where there is no terminal; --no-color for none" },
} as const satisfies Record<string, Options>;

export interface LintInputArguments {
  readonly dockerfiles?: readonly string[] | undefined;
  readonly file?: readonly string[] | undefined;
  readonly "build-arg"?: readonly string[] | undefined;
  readonly stage?: string | undefined;
  readonly context?: string | undefined;
  readonly rule?: readonly string[] | undefined;
}

interface Arguments extends LintInputArguments {
  readonly ignore?: readonly string[] | undefined;
  readonly "fail-on"?: Level | undefined;
  readonly format: (typeof FORMATS)[number];
  readonly output?: string | undefined;
  readonly quiet: boolean;
  readonly color?: boolean | undefined;
}

/** Dockerfiles that were found, and why some builds are not looked at. */
export interface LintInputs {
  readonly inputs: readonly LintInput[];
  readonly notes: readonly string[];
}

/** What the arguments name: files, globs, `-`, the builds of compose files; `./Dockerfile` where they name nothing. */
export async function readLintInputs(argv: LintInputArguments, { host, signal }: Context): Promise<LintInputs> {
  const cwd = host.cwd();
  const { buildArgs, target, context } = buildOf(argv);
  const given = { buildArgs, target, ...(context === undefined ? {} : { context }) };
  const names = (argv.dockerfiles ?? []).map(undashed);
  const inputs: LintInput[] = [];
  const notes: string[] = [];
  const addBuilds = async (text: string, file: string): Promise<void> => {
    const found = await readBuilds(text, file);
    notes.push(...found.notes);
    for (const build of found.builds) inputs.push(await readBuildInput(build, cwd, signal));
    if (found.builds.length + found.notes.length === 0) notes.push(`${file} builds nothing`);
  };
  for (const file of argv.file ?? [])
    await addBuilds(await readConfigText({ name: file, path: resolve(cwd, file), isDive: false }), file);
  const isPiped = names.includes("-");
  if (isPiped) {
    const text = await readStandardInput(host);
    if (isBake(text)) await addBuilds(text, "standard input");
    else inputs.push(await readBuildInput({ dockerfile: null, text, context: null, ...given }, cwd, signal));
  }
  const files = names.filter((name) => name !== "-");
  if (files.length > 0 || (argv.file === undefined && !isPiped))
    for (const dockerfile of await findDockerfiles(cwd, files))
      inputs.push(await readBuildInput({ dockerfile, ...given }, cwd, signal));
  return { inputs, notes };
}

/** Variables that the configuration names and lint has no use for: it looks at no image. */
function withPlaceholders(text: string, env: Host["env"]): Host["env"] {
  const names = [...text.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([, name = ""]) => name);
  return { ...Object.fromEntries(names.map((name) => [name, "unset"])), ...env };
}

/** Levels and ignores that the configuration has for images of a Dockerfile, by its path. */
export async function configuredChecks(host: Host): Promise<ReadonlyMap<string, ImageCheck>> {
  const file = await findConfig(host.cwd());
  if (file === null || file.isDive) return new Map();
  const { images } = await readConfig(file, { env: withPlaceholders(await readConfigText(file), host.env) });
  return new Map(
    images.flatMap((image) => (image.dockerfile === null ? [] : [[resolve(host.cwd(), image.dockerfile), image]])),
  );
}

async function lintAll(argv: Arguments, context: Context): Promise<LintResult> {
  const { host } = context;
  const { inputs, notes } = await readLintInputs(argv, context);
  const configured = await configuredChecks(host);
  const flags = { metric: "content", rules: argv.rule, ignores: argv.ignore, failOn: argv["fail-on"] } as const;
  const today = new Date().toISOString().slice(0, 10);
  const files = [];
  for (const input of inputs) {
    const own = configured.get(resolve(host.cwd(), input.name));
    const [check] = applyFlags(own === undefined ? null : { images: [own], notes: [] }, {
      ...flags,
      ...(own === undefined ? { image: input.name } : {}),
    }).images;
    files.push(await lintDockerfile(input, { ...check, today }));
  }
  if (!argv.quiet) await writeAll(host.stderr, notes.map((note) => `imgweigh: ${note}\n`).join(""));
  return summarizeLint(files);
}

export async function runLint(argv: Arguments, context: Context): Promise<void> {
  const { host, exitWith } = context;
  const result = await lintAll(argv, context);
  if (argv.format === "table") {
    const color = argv.color ?? (argv.output === undefined && wantsColor(host.stdout, host.env));
    const { renderLint } = await import("../render/lint.ts");
    await printText(renderLint(result, { width: widthOf(host), style: styleFor(color) }), argv, host);
  } else await printText(formatLint(result, argv.format as LintFormat), argv, host);
  exitWith(result.passed ? EXIT.pass : EXIT.failed);
}

/** For arguments that turn out to name a Dockerfile. */
export function lintOnly(
  dockerfile: string,
  argv: Pick<Arguments, "output" | "quiet" | "color"> & { format: string },
  context: Context,
) {
  if (argv.format !== "table" && argv.format !== "json")
    throw new UsageError(`a Dockerfile is told of with imgweigh lint`);
  return runLint({ ...argv, format: argv.format, dockerfiles: [dockerfile] }, context);
}

export function lintCommand(context: Context): CommandModule<object, Arguments> {
  return {
    command: "lint [dockerfiles..]",
    describe: "what a Dockerfile and its context show, without any image, engine or network",
    builder: (yargs) =>
      yargs
        .positional("dockerfiles", {
          type: "string",
          array: true,
          describe:
            "Dockerfiles, folders that hold one, globs; - for stdin, also for what docker buildx bake --print prints [default: ./Dockerfile]",
        })
        .options(LINT_OPTIONS) as unknown as Argv<Arguments>,
    handler: (argv) => runLint(argv, context),
  };
}
