import { diff, readSnapshot } from "@imgweigh/core";
import { DIFF_GROUPINGS, DOCUMENT_FORMATS, diffDocument, formatDiff, limitDiff } from "@imgweigh/core/report";
import type { Argv, CommandModule } from "yargs";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type ImageArguments, withImageOptions, withProgress } from "./image-options.ts";
import { type ListArguments, requireRows, withListOptions } from "./list-options.ts";
import { OUTPUT_OPTIONS, type OutputArguments, printResult, printText } from "./output-options.ts";
import { TARGET } from "./target.ts";

const COMPARED = {
  ...TARGET,
  describe: "an image, written as for analyze, or a file: of imgweigh baseline, or of analyze --format json",
} as const;

type Grouping = keyof typeof DIFF_GROUPINGS;

const GROUPINGS = Object.keys(DIFF_GROUPINGS) as readonly Grouping[];

/** What is always told, around the groupings. */
const BEFORE = ["sizes", "new-findings"];
const AFTER = ["fixed-findings"];
const SHOWN: readonly Grouping[] = ["layer", "package", "category", "directory", "path"];

const FORMATS = ["table", ...DOCUMENT_FORMATS] as const;

type DiffArguments = ImageArguments &
  Omit<OutputArguments, "format"> &
  ListArguments & {
    readonly format: (typeof FORMATS)[number];
    readonly before: string;
    readonly after: string;
    readonly by?: readonly Grouping[] | undefined;
  };

export function diffCommand(context: Context): CommandModule<object, DiffArguments> {
  return {
    // Not base and head, as the results call them: --base is the image that both were built from.
    command: "diff <before> <after>",
    describe: "what grew and shrank between two images, and why",
    builder: (yargs) =>
      withListOptions(withImageOptions(yargs.positional("before", COMPARED).positional("after", COMPARED))).options({
        ...OUTPUT_OPTIONS,
        format: {
          ...OUTPUT_OPTIONS.format,
          choices: FORMATS,
          describe: "table for people, json for programs, markdown for comments, csv for spreadsheets",
        },
        by: {
          type: "array",
          nargs: 1,
          choices: GROUPINGS,
          describe: `a table to show; may be repeated [default: ${SHOWN.join(", ")}]`,
        },
      }) as unknown as Argv<DiffArguments>,
    handler: async (argv) => {
      requireRows(argv);
      if (argv.before === "-" && argv.after === "-") throw new UsageError("only one of the two can be standard input");
      const result = await withProgress(argv, context, async (options) => {
        const given = { ...options, stdin: context.host.stdin };
        const before = await readSnapshot(argv.before, given);
        return diff(before, await readSnapshot(argv.after, given));
      });
      const cut = argv.limit === undefined ? result : limitDiff(result, argv.limit);
      const { format } = argv;
      if (format === "markdown" || format === "csv") return printText(formatDiff(cut, format), argv, context.host);
      await printResult(cut, { ...argv, format }, context.host, async (surface) => {
        const { renderDocument } = await import("../render/document.ts");
        const sections = [...BEFORE, ...(argv.by ?? SHOWN).flatMap((by) => DIFF_GROUPINGS[by]), ...AFTER];
        return renderDocument(diffDocument(result), { sections, top: argv.top }, surface);
      });
    },
  };
}
