import { dirname, resolve } from "node:path";
import { type Analysis, type FixedDockerfile, fixDockerfile } from "@imgweigh/core";
import { fixDockerfileText } from "@imgweigh/core/lint";
import { escapeText, formatBytes } from "@imgweigh/core/report";
import type { Argv, CommandModule } from "yargs";
import { BUILD_TOOLS, type BuildTool, findBuildTool } from "../build-tools.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../exit-code.ts";
import { UsageError } from "../failure.ts";
import { writeAll } from "../host.ts";
import { plural } from "../render/cells.ts";
import { mismatches } from "../render/plan.ts";
import { type Verdict, verifyBuild } from "../verify-build.ts";
import { writeFiles } from "../write-files.ts";
import { type DockerfileArguments, readDockerfileOptions, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { readLintInputs } from "./lint.ts";
import { type PlanArguments, readPlanChoice, withPlanOptions } from "./plan-options.ts";
import { TARGET } from "./target.ts";

type FixArguments = ImageArguments &
  DockerfileArguments &
  PlanArguments & {
    readonly target?: string | undefined;
    readonly write: boolean;
    readonly "verify-with"?: BuildTool | undefined;
    readonly "--"?: readonly string[] | undefined;
  };

const OPTIONAL_TARGET = { ...TARGET, demandOption: false } as const;

const FIX_OPTIONS = {
  write: { type: "boolean", default: false, describe: "edit in place" },
  verify: {
    type: "boolean",
    describe:
      "build the Dockerfile before and after, and compare the two images entry by entry; the builder's own arguments stand behind --",
  },
  "verify-with": { choices: BUILD_TOOLS, describe: "what builds them [default: the first that answers]" },
} as const;

export function fixCommand(context: Context): CommandModule<object, FixArguments> {
  return {
    command: "fix [target]",
    describe:
      "edit the Dockerfile (and .dockerignore) by the plan: a unified diff, or in place with --write; without an image by what the Dockerfile alone proves",
    builder: (yargs) =>
      withPlanOptions(withDockerfileOptions(withImageOptions(yargs.positional("target", OPTIONAL_TARGET))))
        .options(FIX_OPTIONS)
        .parserConfiguration({ "populate--": true }) as unknown as Argv<FixArguments>,
    handler: async (argv) => {
      const { target } = argv;
      return target === undefined ? fixTexts(argv, context) : fix(target, argv, context);
    },
  };
}

async function fix(image: string, argv: FixArguments, context: Context): Promise<void> {
  const { host } = context;
  const dockerfile = await readDockerfileOptions(argv, host);
  if (dockerfile === undefined) throw new UsageError("fix wants --dockerfile");
  const fixed = await withProgress(argv, context, (options) =>
    fixDockerfile(image, { ...options, dockerfile, choice: readPlanChoice(argv), stdin: host.stdin }),
  );
  const { analysis, files } = fixed;
  const tell = (text: string) => (argv.quiet ? Promise.resolve(true) : writeAll(host.stderr, text));
  await tell(summary(analysis));
  if (argv.verify === true && files.length > 0) {
    const { holds, text } = await verify(argv, context, fixed);
    await writeAll(host.stderr, holds ? text : `${text}nothing is written\n`);
    if (!holds) return context.exitWith(EXIT.failed);
  }
  if (!argv.write) await writeAll(host.stdout, analysis.plan.patch ?? "");
  else if (files.length > 0) await tell(await writeFiles(host, files, analysis.plan.patch ?? ""));
}

/** Without an image: what the Dockerfile's text alone proves; the rest is named on stderr. */
async function fixTexts(argv: FixArguments, context: Context): Promise<void> {
  const { host } = context;
  const dockerfiles = argv.dockerfile === undefined ? [] : [argv.dockerfile];
  const tell = (text: string) => (argv.quiet ? Promise.resolve(true) : writeAll(host.stderr, text));
  const { inputs } = await readLintInputs({ ...argv, dockerfiles }, context);
  for (const input of inputs) {
    const { file, patch, mended, left, assumes } = await fixDockerfileText(input, {});
    if (argv.write && input.name !== "-") {
      if (file.text !== file.before) await tell(await writeFiles(host, [file], patch));
    } else await writeAll(host.stdout, argv.write ? file.text : patch);
    const lines = [
      mended.length === 0 ? "nothing to fix: the Dockerfile alone proves no edit" : `${plural(mended.length, "edit")}:`,
      ...mended.map((sentence) => `  ${sentence}`),
      ...assumes.map((text) => `  if: ${text}`),
      ...(left.length === 0 ? [] : [`left to you: ${left.length}`]),
      ...left.map(({ line, title, fix }) => `  line ${line}: ${/[.?!]$/.test(title) ? title : `${title}.`} ${fix}`),
    ];
    await tell(lines.map((line) => `${escapeText(line)}\n`).join(""));
  }
}

async function verify(argv: FixArguments, { host, signal }: Context, fixed: FixedDockerfile): Promise<Verdict> {
  const cwd = host.cwd();
  const dockerfile = resolve(cwd, argv.dockerfile ?? "");
  const given = (argv["build-arg"] ?? []).flatMap((pair) => ["--build-arg", pair]);
  const target = argv.stage === undefined ? [] : ["--target", argv.stage];
  return verifyBuild(
    {
      tool: argv["verify-with"] ?? (await findBuildTool(cwd, signal)),
      dockerfile,
      context: argv.context === undefined ? dirname(dockerfile) : resolve(cwd, argv.context),
      args: [...given, ...target, ...(argv["--"] ?? [])],
      cwd,
      signal,
    },
    fixed,
  );
}

/** For stderr: the diff is for programs. */
function summary(analysis: Analysis): string {
  const { plan } = analysis;
  const notes = mismatches(analysis).map((message) => `warning: ${escapeText(message)}\n`);
  if (plan.findings.length === 0) {
    return `${notes.join("")}nothing to fix: no edit of this build is known to save anything\n`;
  }
  const { before, after, exact, assumes } = plan;
  const saved = `${formatBytes(before.contentBytes)} → ${formatBytes(after.contentBytes)}`;
  return [
    ...notes,
    `${plural(plan.findings.length, "change")}: ${saved}${exact.content ? ", to the byte" : ", about"}\n`,
    ...assumes.map((text) => `  if: ${escapeText(text)}\n`),
  ].join("");
}
