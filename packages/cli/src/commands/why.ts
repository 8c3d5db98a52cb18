import { explainPath, loadImage, resolveSource } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { renderPathLife } from "../render/path-life.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";
import { TARGET } from "./target.ts";

type WhyArguments = ImageArguments & OutputArguments & { readonly target: string; readonly path: string };

export function whyCommand(context: Context): CommandModule<object, WhyArguments> {
  return {
    command: "why <target> <path>",
    describe: "the life of one path, layer by layer",
    builder: (yargs) =>
      withOutputOptions(
        withImageOptions(
          yargs.positional("target", TARGET).positional("path", {
            type: "string",
            demandOption: true,
            describe: "a file or directory inside the container",
          }),
        ),
      ) as Argv<WhyArguments>,
    handler: async (argv) => {
      const image = await withProgress(argv, context, (options) =>
        loadImage(resolveSource(argv.target, { ...options, stdin: context.host.stdin }), options),
      );
      const life = explainPath(image, argv.path);
      await printResult(life, argv, context.host, (surface) => renderPathLife(life, surface));
    },
  };
}
