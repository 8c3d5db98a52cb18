import { inspectImage, inspectPlatforms } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { type ImageArguments, withOpenOptions, withProgress } from "./image-options.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";
import { ALL_PLATFORMS, type PlatformArguments } from "./platform-options.ts";
import { TARGET } from "./target.ts";

type InspectArguments = ImageArguments & OutputArguments & PlatformArguments & { readonly target: string };

export function inspectCommand(context: Context): CommandModule<object, InspectArguments> {
  return {
    command: "inspect <target>",
    describe: "a quick look: what manifest and config say of an image; no layer is read",
    builder: (yargs) =>
      withOutputOptions(
        withOpenOptions(yargs.positional("target", TARGET)).options(ALL_PLATFORMS),
      ) as unknown as Argv<InspectArguments>,
    handler: async (argv) => {
      const { stdin } = context.host;
      const render = () => import("../render/inspection.ts");
      if (argv["all-platforms"]) {
        const result = await withProgress(argv, context, (options) =>
          inspectPlatforms(argv.target, { ...options, stdin }),
        );
        return printResult(result, argv, context.host, async (surface) =>
          (await render()).renderInspections(result, surface),
        );
      }
      const result = await withProgress(argv, context, (options) => inspectImage(argv.target, { ...options, stdin }));
      return printResult(result, argv, context.host, async (surface) =>
        (await render()).renderInspection(result, surface),
      );
    },
  };
}
