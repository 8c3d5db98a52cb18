import { randomUUID } from "node:crypto";
import { lstat, rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatJson } from "@imgweigh/core";
import type { Argv, Options } from "yargs";
import { UsageError } from "../failure.ts";
import { type Host, wantsColor, widthOf, writeAll } from "../host.ts";
import { type Style, styleFor } from "../style.ts";

const FORMATS = ["table", "json"] as const;

/** Options of every command that prints a result. */
export const OUTPUT_OPTIONS = {
  format: { choices: FORMATS, default: "table", alias: "f", describe: "table for people, json for programs" },
  output: { type: "string", alias: "o", describe: "write the result to a file instead of stdout" },
} as const satisfies Record<string, Options>;

export function withOutputOptions<T>(yargs: Argv<T>) {
  return yargs.options(OUTPUT_OPTIONS);
}

export interface OutputArguments {
  readonly format: (typeof FORMATS)[number];
  readonly output?: string | undefined;
  readonly color?: boolean | undefined;
}

/** How much room and colour a table has. */
export interface Surface {
  readonly width: number;
  readonly style: Style;
}

/** Prints a result as asked: JSON as it is, or a table made for where it goes. @throws {UsageError} where the file cannot be written */
export async function printResult(
  result: object,
  argv: OutputArguments,
  host: Host,
  table: (surface: Surface) => string | Promise<string>,
): Promise<void> {
  const toFile = argv.output !== undefined;
  const color = argv.color ?? (!toFile && wantsColor(host.stdout, host.env));
  const text =
    argv.format === "json" ? formatJson(result) : await table({ width: widthOf(host), style: styleFor(color) });
  return printText(text, argv, host);
}

/** Prints to stdout, or to the file that was named. @throws {UsageError} where that cannot be written */
export async function printText(text: string, { output }: Pick<OutputArguments, "output">, host: Host): Promise<void> {
  if (output === undefined) return writeAll(host.stdout, text);
  const path = resolve(host.cwd(), output);
  // Beside it and then in its place: whoever reads meanwhile sees the old file or the new one, whole.
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    if (await isReplaceable(path)) {
      await writeFile(beside, text, { flag: "wx" });
      await rename(beside, path);
    } else await writeFile(path, text);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new UsageError(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** A pipe, a device (`/dev/stdout`) or a link is written to, not replaced. */
async function isReplaceable(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => null);
  return stats === null || stats.isFile();
}
