import type { Analysis } from "@imgweigh/core";
import { ANALYSIS_FORMATS, formatAnalysis } from "@imgweigh/core/report";
import type { Argv } from "yargs";
import type { Host } from "../host.ts";
import { cutLists, type ListArguments } from "./list-options.ts";
import { OUTPUT_OPTIONS, type OutputArguments, printResult, printText, type Surface } from "./output-options.ts";

const FORMATS = ["table", ...ANALYSIS_FORMATS] as const;

/** How an analysis is printed. */
export interface AnalysisOutputArguments extends Omit<OutputArguments, "format">, ListArguments {
  readonly format: (typeof FORMATS)[number];
  readonly dockerfile?: string | undefined;
}

export function withAnalysisOutput<T>(yargs: Argv<T>) {
  return yargs.options({
    ...OUTPUT_OPTIONS,
    format: {
      ...OUTPUT_OPTIONS.format,
      choices: FORMATS,
      describe: "table for people, json for programs, markdown, csv; what was found for CI servers",
    },
  });
}

/** How an analysis of an image is printed, of which a page can be made. */
export interface PageArguments extends Omit<AnalysisOutputArguments, "format"> {
  readonly format: AnalysisOutputArguments["format"] | "html";
  readonly tree: boolean;
}

/** The same for a command that can make a page of its result. */
export function withPageOptions<T>(yargs: Argv<T>) {
  return yargs.options({
    ...OUTPUT_OPTIONS,
    format: {
      ...OUTPUT_OPTIONS.format,
      choices: [...FORMATS, "html"] as const,
      describe: "table for people, html to look at, json for programs, markdown, csv; what was found for CI servers",
    },
    tree: { type: "boolean", default: false, describe: "list every entry in the JSON: a page can be made of it later" },
  });
}

/** Prints an analysis as asked, its lists cut. @throws {UsageError} where the file cannot be written */
export async function printAnalysis(
  analysis: Analysis,
  argv: AnalysisOutputArguments,
  host: Host,
  table: (surface: Surface) => string | Promise<string>,
): Promise<void> {
  const cut = cutLists(analysis, argv);
  const { format, dockerfile } = argv;
  if (format === "table" || format === "json") return printResult(cut, { ...argv, format }, host, table);
  await printText(formatAnalysis(cut, format, { dockerfile }), argv, host);
}
