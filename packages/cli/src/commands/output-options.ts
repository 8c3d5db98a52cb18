import { randomUUID } from "node:crypto";
import { lstat, rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { jsonChunks } from "@imgweigh/core/report";
import type { Argv, Options } from "yargs";
import { UsageError } from "../failure.ts";
import { type Host, type Output, wantsAscii, wantsColor, widthOf, writeAll } from "../host.ts";
import { asAscii } from "../render/as-ascii.ts";
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
  if (argv.format === "json") await printChunks(jsonChunks(result), argv, host);
  else {
    const text = await table({ width: widthOf(host), style: styleFor(color) });
    await printText(wantsAscii(host.env) ? asAscii(text) : text, argv, host);
  }
}

type Destination = Pick<OutputArguments, "output">;

/** Prints to stdout, or to the file that was named. @throws {UsageError} where that cannot be written */
export function printText(text: string, to: Destination, host: Host): Promise<void> {
  return printChunks([text], to, host);
}

/** Prints chunk by chunk, each made when the one before it is written. @throws {UsageError} where that cannot be done */
export async function printChunks(chunks: Iterable<string>, { output }: Destination, host: Host): Promise<void> {
  if (output === undefined) return writeChunks(host.stdout, chunks);
  const path = resolve(host.cwd(), output);
  // Beside it and then in its place: whoever reads meanwhile sees the old file or the new one, whole.
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    if (await isReplaceable(path)) {
      await writeFile(beside, chunks, { flag: "wx" });
      await rename(beside, path);
    } else await writeFile(path, chunks);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new UsageError(`cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

async function writeChunks(output: Output, chunks: Iterable<string>): Promise<void> {
  for (const chunk of chunks) if (!(await writeAll(output, chunk))) return;
}

/** A pipe, a device (`/dev/stdout`) or a link is written to, not replaced. */
async function isReplaceable(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => null);
  return stats === null || stats.isFile();
}
