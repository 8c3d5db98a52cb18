import type { CheckResult } from "@imgweigh/core";
import { formatReport, REPORTS, type ReportFormat } from "@imgweigh/core/report";
import type { Argv, Options } from "yargs";
import { UsageError } from "../failure.ts";
import { type Host, wantsColor, widthOf } from "../host.ts";
import { styleFor } from "../style.ts";
import { OUTPUT_OPTIONS, printText, type Surface } from "./output-options.ts";

const TABLE = "table";
const FORMATS: readonly string[] = [TABLE, ...REPORTS.map(({ name }) => name)];

const REPORT_OPTIONS = {
  format: {
    type: "array",
    string: true,
    nargs: 1,
    alias: "f",
    describe: `NAME or NAME=FILE, may be repeated; at most one goes to stdout, and table does where none is said to: ${FORMATS.join(", ")}`,
  },
  output: OUTPUT_OPTIONS.output,
  top: { type: "number", default: 10, alias: "n", describe: "findings in the table" },
} as const satisfies Record<string, Options>;

export function withReportOptions<T>(yargs: Argv<T>) {
  return yargs.options(REPORT_OPTIONS);
}

export interface ReportArguments {
  readonly format?: readonly string[] | undefined;
  readonly output?: string | undefined;
  readonly color?: boolean | undefined;
  readonly top: number;
}

/** A report and where it goes; null is stdout. */
export interface WantedReport {
  readonly format: string;
  readonly file: string | null;
}

/** @throws {UsageError} before any work is done for them */
export function readReports({ format = [], output, top }: ReportArguments): readonly WantedReport[] {
  if (!(Number.isInteger(top) && top >= 0)) throw new UsageError("--top wants a whole number");
  const wanted = format.map((text): WantedReport => {
    const [, name = text, file] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (!FORMATS.includes(name))
      throw new UsageError(`there is no format ${JSON.stringify(name)}; there are ${FORMATS.join(", ")}`);
    if (file === "") throw new UsageError(`--format ${name}= wants a file`);
    return { format: name, file: file ?? null };
  });
  const toStdout = wanted.filter(({ file }) => file === null);
  if (toStdout.length > 1)
    throw new UsageError(
      `only one format can go to stdout: give ${toStdout.map(({ format: name }) => name).join(" or ")} a file`,
    );
  const all = toStdout.length === 1 ? wanted : [{ format: TABLE, file: null }, ...wanted];
  return all.map((one) => (one.file === null ? { ...one, file: output ?? null } : one));
}

/** Writes each report; files first, so that a reader of stdout finds them there. */
export async function writeReports(
  result: CheckResult,
  reports: readonly WantedReport[],
  argv: ReportArguments,
  host: Host,
  table: (surface: Surface) => Promise<string>,
): Promise<void> {
  const ordered = [...reports].sort((a, b) => Number(a.file === null) - Number(b.file === null));
  for (const { format, file } of ordered) {
    const color = argv.color ?? (file === null && wantsColor(host.stdout, host.env));
    const text =
      format === TABLE
        ? await table({ width: widthOf(host), style: styleFor(color) })
        : formatReport(result, format as ReportFormat);
    await printText(text, { output: file ?? undefined }, host);
  }
}
