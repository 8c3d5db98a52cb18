import { snapshotImage } from "@imgweigh/core";
import { slimSnapshot } from "@imgweigh/core/config";
import { baselineChunks } from "@imgweigh/core/report";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { OUTPUT_OPTIONS, printChunks } from "./output-options.ts";
import { TARGET } from "./target.ts";

type BaselineArguments = ImageArguments & {
  readonly target: string;
  readonly output?: string | undefined;
  readonly full: boolean;
};

export function baselineCommand(context: Context): CommandModule<object, BaselineArguments> {
  return {
    command: "baseline <target>",
    describe: "keep what an image weighs in a file, to compare later ones with",
    builder: (yargs) =>
      withImageOptions(yargs.positional("target", TARGET)).options({
        output: OUTPUT_OPTIONS.output,
        full: {
          type: "boolean",
          default: false,
          describe:
            "every path, rather than those of at least 0.1 % of the image: then moves are found, and every path is compared",
        },
      }) as unknown as Argv<BaselineArguments>,
    handler: async (argv) => {
      const { snapshot } = await withProgress(argv, context, (options) =>
        snapshotImage(argv.target, { ...options, stdin: context.host.stdin }),
      );
      await printChunks(baselineChunks(argv.full ? snapshot : slimSnapshot(snapshot)), argv, context.host);
    },
  };
}
