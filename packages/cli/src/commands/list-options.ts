import type { Analysis } from "@imgweigh/core";
import { limitLists } from "@imgweigh/core/report";
import type { Argv } from "yargs";
import { UsageError } from "../failure.ts";

export interface ListArguments {
  readonly top: number;
  readonly limit?: number | undefined;
}

export function withListOptions<T>(yargs: Argv<T>) {
  return yargs.options({
    top: { type: "number", default: 10, alias: "n", describe: "rows of each table" },
    limit: { type: "number", describe: "rows of each list in the result itself, JSON included [default: all]" },
  });
}

/** @throws {UsageError} where a number of rows is none */
export function requireRows({ top, limit }: ListArguments): void {
  for (const [flag, value] of Object.entries({ top, limit })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 0))
      throw new UsageError(`--${flag} wants a whole number`);
  }
}

/** @throws {UsageError} */
export function cutLists(analysis: Analysis, argv: ListArguments): Analysis {
  requireRows(argv);
  return argv.limit === undefined ? analysis : limitLists(analysis, argv.limit);
}
