import { type Analysis, analyzeImage, limitLists } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { renderAnalysis } from "../render/analysis.ts";
import { type DockerfileArguments, readDockerfileOptions, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";
import { TARGET } from "./target.ts";

export interface ListArguments {
  readonly top: number;
  readonly limit?: number | undefined;
}

export function withListOptions<T>(yargs: Argv<T>) {
  return yargs.options({
    top: { type: "number", default: 10, alias: "n", describe: "rows of each table" },
    limit: { type: "number", describe: "rows of each list in the result itself, JSON included [default: all]" },
  });
}

/** @throws {UsageError} */
export function cutLists(analysis: Analysis, { top, limit }: ListArguments): Analysis {
  for (const [flag, value] of Object.entries({ top, limit })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 0))
      throw new UsageError(`--${flag} wants a whole number`);
  }
  return limit === undefined ? analysis : limitLists(analysis, limit);
}

type AnalyzeArguments = ImageArguments &
  OutputArguments &
  ListArguments &
  DockerfileArguments & { readonly target: string };

export function analyzeCommand(context: Context): CommandModule<object, AnalyzeArguments> {
  return {
    command: ["analyze <target>", "$0 <target>"],
    describe: "weigh an image: sizes, layers, waste, owners, a plan",
    builder: (yargs) =>
      withListOptions(
        withOutputOptions(withDockerfileOptions(withImageOptions(yargs.positional("target", TARGET)))),
      ) as Argv<AnalyzeArguments>,
    handler: async (argv) => {
      const dockerfile = await readDockerfileOptions(argv, context.host);
      const analysis = await withProgress(argv, context, (options) =>
        analyzeImage(argv.target, { ...options, dockerfile, stdin: context.host.stdin }),
      );
      await printResult(cutLists(analysis, argv), argv, context.host, (surface) =>
        renderAnalysis(analysis, argv.top, surface),
      );
    },
  };
}
