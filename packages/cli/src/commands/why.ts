import { explain, loadImage, resolveSource, weigh } from "@imgweigh/core";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";
import { TARGET } from "./target.ts";

type WhyArguments = ImageArguments & OutputArguments & { readonly target: string; readonly subject: string };

export function whyCommand(context: Context): CommandModule<object, WhyArguments> {
  return {
    command: "why <target> <subject>",
    describe: "why a package or path is there: who needs it, what each layer did to it",
    builder: (yargs) =>
      withOutputOptions(
        withImageOptions(
          yargs.positional("target", TARGET).positional("subject", {
            type: "string",
            demandOption: true,
            describe: "a package (musl, apk/musl), or a path inside the container (/usr/lib)",
          }),
        ),
      ) as Argv<WhyArguments>,
    handler: async (argv) => {
      const image = await withProgress(argv, context, (options) =>
        loadImage(resolveSource(argv.target, { ...options, stdin: context.host.stdin }), options),
      );
      const reason = explain(weigh(image), argv.subject);
      await printResult(reason, argv, context.host, async (surface) => {
        const { renderReason } = await import("../render/reason.ts");
        return renderReason(reason, surface);
      });
    },
  };
}
