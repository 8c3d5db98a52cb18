import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ran, works } from "../e2e/tools.ts";

/** Real programs, of a few hundred bytes and as much else as is wanted: assembled and linked by binutils. */
export const hasBinutils =
  process.arch === "x64" && ["as", "ld", "strip"].every((program) => works(program, ["--version"]));

export interface Program {
  /** The line that it prints before it ends well. */
  readonly prints: string;
  /** Libraries that it asks musl's loader for; static where there are none. */
  readonly needed?: readonly string[];
  /** Bytes of debug information. */
  readonly debugBytes?: number;
  /** Bytes of data that stay whatever is stripped. */
  readonly dataBytes?: number;
}

function sourceOf({ prints, debugBytes = 0, dataBytes = 0 }: Program): string {
  return [
    ".globl _start",
    "_start:",
    "mov $1, %eax",
    "mov $1, %edi",
    "lea message(%rip), %rsi",
    "mov $(end - message), %edx",
    "syscall",
    "mov $60, %eax",
    "xor %edi, %edi",
    "syscall",
    ".section .rodata",
    "message:",
    `.ascii "${prints}\\n"`,
    "end:",
    `.fill ${dataBytes}, 1, 7`,
    '.section .debug_info, "", @progbits',
    `.fill ${debugBytes}, 1, 5`,
    "",
  ].join("\n");
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "imgweigh-programs-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function assemble(folder: string, name: string, source: string): Promise<string> {
  writeFileSync(join(folder, `${name}.s`), source);
  await ran("as", ["-o", join(folder, `${name}.o`), join(folder, `${name}.s`)]);
  return join(folder, `${name}.o`);
}

/** A shared library that defines one symbol of its own, and weighs some `bytes`. */
export function makeLibrary(soname: string, bytes: number, needed: readonly string[] = []): Promise<Buffer> {
  return inFolder((folder) => link(folder, soname, bytes, needed));
}

async function link(folder: string, soname: string, bytes: number, needed: readonly string[]): Promise<Buffer> {
  const symbol = `of_${soname.replaceAll(/\W/g, "_")}`;
  const source = `.globl ${symbol}\n.data\n${symbol}:\n.fill ${bytes}, 1, 3\n`;
  const object = await assemble(folder, soname, source);
  const libraries: string[] = [];
  for (const name of needed) {
    libraries.push(join(folder, name));
    writeFileSync(libraries.at(-1) as string, await makeLibrary(name, 0));
  }
  const output = join(folder, `${soname}.linked`);
  await ran("ld", ["-shared", "-s", "-soname", soname, "--no-as-needed", "-o", output, object, ...libraries]);
  return readFileSync(output);
}

/** A program that prints one line; with libraries it does not start without them. */
export function makeProgram(program: Program): Promise<Buffer> {
  return inFolder(async (folder) => {
    const object = await assemble(folder, "program", sourceOf(program));
    const output = join(folder, "program");
    const libraries: string[] = [];
    for (const name of program.needed ?? []) {
      libraries.push(join(folder, name));
      writeFileSync(libraries.at(-1) as string, await makeLibrary(name, 0));
    }
    const dynamic = ["-dynamic-linker", "/lib/ld-musl-x86_64.so.1", "--no-as-needed", ...libraries];
    await ran("ld", ["-o", output, object, ...(libraries.length === 0 ? ["-static"] : dynamic)]);
    return readFileSync(output);
  });
}
