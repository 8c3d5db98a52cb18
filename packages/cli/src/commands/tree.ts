import { loadImage, resolveSource, weigh } from "@imgweigh/core";
import { findBranches } from "@imgweigh/core/ledger";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { type OutputArguments, printResult, withOutputOptions } from "./output-options.ts";
import { TARGET } from "./target.ts";

interface TreeArguments extends ImageArguments, OutputArguments {
  readonly target: string;
  readonly path: string;
  readonly depth: number;
  readonly percent: number;
}

export function treeCommand(context: Context): CommandModule<object, TreeArguments> {
  return {
    command: "tree <target> [path]",
    describe: "the branches of the file system that weigh much, the small ones folded",
    builder: (yargs) =>
      withOutputOptions(
        withImageOptions(
          yargs
            .positional("target", TARGET)
            .positional("path", { type: "string", default: "/", describe: "a path inside the container" })
            .options({
              depth: { type: "number", default: 4, describe: "levels of branches" },
              percent: { type: "number", default: 2, describe: "what a branch must be of the whole" },
            }),
        ),
      ) as unknown as Argv<TreeArguments>,
    handler: async (argv) => {
      const image = await withProgress(argv, context, (options) =>
        loadImage(resolveSource(argv.target, { ...options, stdin: context.host.stdin }), options),
      );
      const branches = { schemaVersion: 1, ...findBranches(weigh(image), argv) };
      await printResult(branches, argv, context.host, async (surface) => {
        const { renderBranches } = await import("../render/branches.ts");
        return renderBranches(branches, surface);
      });
    },
  };
}
