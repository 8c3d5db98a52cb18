import { loadImage, resolveSource, weigh } from "@imgweigh/core";
import { LISTING_ORDERS, type Listing, listPath } from "@imgweigh/core/ledger";
import { listingChunks } from "@imgweigh/core/report";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { OUTPUT_OPTIONS, type OutputArguments, printChunks, printResult } from "./output-options.ts";
import { TARGET } from "./target.ts";

const FORMATS = ["table", "json", "csv", "folded"] as const;

interface LsArguments extends ImageArguments, Omit<OutputArguments, "format"> {
  readonly target: string;
  readonly path: string;
  readonly format: (typeof FORMATS)[number];
  readonly layer?: number | undefined;
  readonly depth: number;
  readonly all: boolean;
  readonly sort: (typeof LISTING_ORDERS)[number];
}

export function lsCommand(context: Context): CommandModule<object, LsArguments> {
  return {
    command: "ls <target> [path]",
    describe: "what lies in a directory: each name with the bytes of all below it",
    builder: (yargs) =>
      withImageOptions(
        yargs
          .positional("target", TARGET)
          .positional("path", { type: "string", default: "/", describe: "a path inside the container" })
          .options({
            layer: { type: "number", describe: "only what this layer added, changed and removed (0-based)" },
            depth: { type: "number", default: 1, describe: "levels of directories" },
            all: { type: "boolean", default: false, describe: "what is gone, too; of a layer, what it left alone" },
            sort: { choices: LISTING_ORDERS, default: "size", describe: "what to order by" },
          }),
      ).options({
        ...OUTPUT_OPTIONS,
        format: {
          ...OUTPUT_OPTIONS.format,
          choices: FORMATS,
          describe: "table for people, json and csv for programs, folded for flame graphs",
        },
      }) as unknown as Argv<LsArguments>,
    handler: async (argv) => {
      const image = await withProgress(argv, context, (options) =>
        loadImage(resolveSource(argv.target, { ...options, stdin: context.host.stdin }), options),
      );
      if (argv.layer !== undefined && image.layers[argv.layer] === undefined)
        throw new UsageError(`the image has no layer ${argv.layer}: its layers are 0 to ${image.layers.length - 1}`);
      await printListing(listPath(weigh(image), argv), argv, context);
    },
  };
}

async function printListing(listing: Listing, argv: LsArguments, { host }: Context): Promise<void> {
  const { format } = argv;
  if (format === "csv" || format === "folded") return printChunks(listingChunks(listing, format), argv, host);
  await printResult(listing, { ...argv, format }, host, async (surface) => {
    const { renderListing } = await import("../render/listing.ts");
    return renderListing(listing, surface);
  });
}
