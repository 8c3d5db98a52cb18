import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type Analysis,
  type EditedFile,
  escapeText,
  fixDockerfile,
  fixDockerfileText,
  formatBytes,
} from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type Host, writeAll } from "../host.ts";
import { plural } from "../render/cells.ts";
import { mismatches } from "../render/plan.ts";
import { type DockerfileArguments, readDockerfileOptions, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { readLintInputs } from "./lint.ts";
import { TARGET } from "./target.ts";

type FixArguments = ImageArguments &
  DockerfileArguments & { readonly target?: string | undefined; readonly write: boolean };

export function fixCommand(context: Context): CommandModule<object, FixArguments> {
  return {
    command: "fix [target]",
    describe:
      "edit the Dockerfile (and .dockerignore) by the plan: a unified diff, or in place with --write; without an image by what the Dockerfile alone proves",
    builder: (yargs) =>
      withDockerfileOptions(withImageOptions(yargs.positional("target", { ...TARGET, demandOption: false }))).options({
        write: { type: "boolean", default: false, describe: "edit in place" },
      }) as unknown as Argv<FixArguments>,
    handler: async (argv) => {
      const { target } = argv;
      if (target === undefined) return fixTexts(argv, context);
      const dockerfile = await readDockerfileOptions(argv, context.host);
      if (dockerfile === undefined) throw new UsageError("fix wants --dockerfile");
      const { analysis, files } = await withProgress(argv, context, (options) =>
        fixDockerfile(target, { ...options, dockerfile, stdin: context.host.stdin }),
      );
      if (argv.write) for (const file of files) await rewrite(context.host, file);
      if (!argv.write) await writeAll(context.host.stdout, analysis.plan.patch ?? "");
      if (!argv.quiet) await writeAll(context.host.stderr, summary(analysis));
    },
  };
}

/** Without an image: what the Dockerfile's text alone proves; the rest is named on stderr. */
async function fixTexts(argv: FixArguments, context: Context): Promise<void> {
  const { host } = context;
  const dockerfiles = argv.dockerfile === undefined ? [] : [argv.dockerfile];
  const { inputs } = await readLintInputs({ ...argv, dockerfiles }, context);
  for (const input of inputs) {
    const { file, patch, mended, left, assumes } = await fixDockerfileText(input, {});
    if (argv.write && input.name !== "-") {
      if (file.text !== file.before) await rewrite(host, file);
    } else await writeAll(host.stdout, argv.write ? file.text : patch);
    const lines = [
      mended.length === 0 ? "nothing to fix: the Dockerfile alone proves no edit" : `${plural(mended.length, "edit")}:`,
      ...mended.map((sentence) => `  ${sentence}`),
      ...assumes.map((text) => `  if: ${text}`),
      ...(left.length === 0 ? [] : [`left to you: ${left.length}`]),
      ...left.map(({ line, title, fix }) => `  line ${line}: ${/[.?!]$/.test(title) ? title : `${title}.`} ${fix}`),
    ];
    if (!argv.quiet) await writeAll(host.stderr, lines.map((line) => `${escapeText(line)}\n`).join(""));
  }
}

async function rewrite(host: Host, { name, text }: EditedFile): Promise<void> {
  const path = resolve(host.cwd(), name);
  await writeFile(path, text).catch((cause: unknown) => {
    throw new UsageError(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
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
    ...assumes.map((text) => `  if: ${text}\n`),
  ].join("");
}
