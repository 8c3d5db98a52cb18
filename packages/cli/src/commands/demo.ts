import { analyzeImage } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { type AnalysisOutputArguments, printAnalysis, withAnalysisOutput } from "./analysis-output.ts";
import { type DetailArguments, renderAsked, withDetailOptions } from "./analyze.ts";
import { IMAGE_OPTIONS, type ImageArguments, withProgress } from "./image-options.ts";

const NOTE = `
Made in memory, with the mistakes that Alpine Dockerfiles are known for.
Weigh one of your own: imgweigh alpine:3.20, imgweigh ./image.tar
`;

type DemoArguments = ImageArguments & AnalysisOutputArguments & DetailArguments;

export function demoCommand(context: Context): CommandModule<object, DemoArguments> {
  return {
    command: "demo",
    describe: "weigh an image made in memory: no engine, no network",
    builder: (yargs) => {
      const { quiet, color, concurrency } = IMAGE_OPTIONS;
      return withDetailOptions(withAnalysisOutput(yargs.options({ quiet, color, concurrency }))) as Argv<DemoArguments>;
    },
    handler: async (argv) => {
      // It is made anew each time, which takes longer than weighing it.
      const analysis = await withProgress(argv, context, (options) =>
        analyzeImage("demo:", { ...options, cache: false }),
      );
      const screen = { target: "demo:", dockerfile: null };
      await printAnalysis(analysis, argv, context.host, async (surface) => {
        return (await renderAsked(analysis, argv, screen, surface)) + NOTE;
      });
    },
  };
}
