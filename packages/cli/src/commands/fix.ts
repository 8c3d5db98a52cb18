import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Analysis, type EditedFile, fixDockerfile, formatBytes } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type Host, writeAll } from "../host.ts";
import { plural } from "../render/cells.ts";
import { type DockerfileArguments, readDockerfileOptions, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { TARGET } from "./target.ts";

type FixArguments = ImageArguments & DockerfileArguments & { readonly target: string; readonly write: boolean };

export function fixCommand(context: Context): CommandModule<object, FixArguments> {
  return {
    command: "fix <target>",
    describe: "edit the Dockerfile (and .dockerignore) by the plan: a unified diff, or in place with --write",
    builder: (yargs) =>
      withDockerfileOptions(withImageOptions(yargs.positional("target", TARGET)))
        .options({ write: { type: "boolean", default: false, describe: "edit in place" } })
        .demandOption("dockerfile") as unknown as Argv<FixArguments>,
    handler: async (argv) => {
      const dockerfile = await readDockerfileOptions(argv, context.host);
      if (dockerfile === undefined) throw new UsageError("fix wants --dockerfile");
      const { analysis, files } = await withProgress(argv, context, (options) =>
        fixDockerfile(argv.target, { ...options, dockerfile, stdin: context.host.stdin }),
      );
      if (argv.write) for (const file of files) await rewrite(context.host, file);
      if (!argv.write) await writeAll(context.host.stdout, analysis.plan.patch ?? "");
      if (!argv.quiet) await writeAll(context.host.stderr, summary(analysis));
    },
  };
}

async function rewrite(host: Host, { name, text }: EditedFile): Promise<void> {
  const path = resolve(host.cwd(), name);
  await writeFile(path, text).catch((cause: unknown) => {
    throw new UsageError(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
}

/** For stderr: the diff is for programs. */
function summary({ plan }: Analysis): string {
  if (plan.findings.length === 0) return "nothing to fix: no edit of this build is known to save anything\n";
  const { before, after, exact, assumes } = plan;
  const saved = `${formatBytes(before.contentBytes)} → ${formatBytes(after.contentBytes)}`;
  return [
    `${plural(plan.findings.length, "change")}: ${saved}${exact.content ? ", to the byte" : ", about"}\n`,
    ...assumes.map((text) => `  if: ${text}\n`),
  ].join("");
}
