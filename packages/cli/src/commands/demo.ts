import { analyzeImage } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { cutLists, type ListArguments, withListOptions } from "./analyze.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";

const NOTE = `
This image was made in memory, with the mistakes that Alpine Dockerfiles are known for. Weigh one of your own:
  imgweigh alpine:3.20            docker save IMAGE | imgweigh analyze -            imgweigh ./image.tar
`;

type DemoArguments = ImageArguments & OutputArguments & ListArguments;

export function demoCommand(context: Context): CommandModule<object, DemoArguments> {
  return {
    command: "demo",
    describe: "weigh an image made in memory: no engine, no network",
    builder: (yargs) => withListOptions(withOutputOptions(withImageOptions(yargs))) as Argv<DemoArguments>,
    handler: async (argv) => {
      // It is made anew each time, which takes longer than weighing it.
      const analysis = await withProgress(argv, context, (options) =>
        analyzeImage("demo:", { ...options, cache: false }),
      );
      await printResult(cutLists(analysis, argv), argv, context.host, async (surface) => {
        const { renderAnalysis } = await import("../render/analysis.ts");
        return renderAnalysis(analysis, argv.top, surface) + NOTE;
      });
    },
  };
}
