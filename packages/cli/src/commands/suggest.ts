import { analyzeImage } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { type AnalysisOutputArguments, printAnalysis, withAnalysisOutput } from "./analysis-output.ts";
import { type DockerfileArguments, readDockerfileOptions, withDockerfileOptions } from "./dockerfile-options.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { withListOptions } from "./list-options.ts";
import { type PlanArguments, readPlanChoice, withPlanOptions } from "./plan-options.ts";
import { TARGET } from "./target.ts";

type SuggestArguments = ImageArguments &
  AnalysisOutputArguments &
  DockerfileArguments &
  PlanArguments & { readonly target: string };

export function suggestCommand(context: Context): CommandModule<object, SuggestArguments> {
  return {
    command: "suggest <target>",
    describe: "what to change in the build, and what exactly each change saves",
    builder: (yargs) =>
      withListOptions(
        withAnalysisOutput(
          withPlanOptions(withDockerfileOptions(withImageOptions(yargs.positional("target", TARGET)))),
        ),
      ) as Argv<SuggestArguments>,
    handler: async (argv) => {
      const dockerfile = await readDockerfileOptions(argv, context.host);
      const analysis = await withProgress(argv, context, (options) =>
        analyzeImage(argv.target, { ...options, dockerfile, choice: readPlanChoice(argv), stdin: context.host.stdin }),
      );
      await printAnalysis(analysis, argv, context.host, async (surface) => {
        const { renderSuggestions } = await import("../render/plan.ts");
        return renderSuggestions(analysis, argv.top, surface);
      });
    },
  };
}
