import { readGoBuildInfo, readRustDependencies } from "./elf-build-info.ts";
import { debugBytes } from "./elf-debug.ts";
import { isHollow, readDynamic } from "./elf-dynamic.ts";
import type { ElfFacts } from "./elf-facts.ts";
import { cString, ElfFile, ET, PT } from "./elf-file.ts";
import type { FileParts } from "./file-parts.ts";

const TYPES: Readonly<Record<number, ElfFacts["type"]>> = {
  [ET.relocatable]: "relocatable",
  [ET.executable]: "executable",
  [ET.shared]: "shared",
  [ET.core]: "core",
};

/** Names of `uname -m`, by `e_machine` (elf.h). Those with two entries are named by width or byte order. */
const MACHINES: Readonly<Record<number, string>> = {
  2: "sparc",
  3: "i386",
  4: "m68k",
  8: "mips",
  15: "parisc",
  18: "sparc",
  20: "ppc",
  21: "ppc64",
  22: "s390",
  40: "arm",
  42: "sh",
  43: "sparc64",
  50: "ia64",
  62: "x86_64",
  183: "aarch64",
  243: "riscv",
  247: "bpf",
  258: "loongarch",
  36902: "alpha",
};

function machineName({ machine, bits, little }: ElfFile): string {
  const name = MACHINES[machine] ?? `machine-${machine}`;
  if (name === "ppc64") return little ? "ppc64le" : name;
  if (name === "s390") return bits === 64 ? "s390x" : name;
  if (name === "mips") return bits === 64 ? "mips64" : name;
  return name === "riscv" || name === "loongarch" ? `${name}${bits}` : name;
}

const MAX_INTERPRETER_BYTES = 4096;

function readInterpreter(elf: ElfFile): string | null {
  const segment = elf.segments.find(({ type }) => type === PT.interp);
  if (segment === undefined || isHollow(elf, ".interp")) return null;
  const bytes = elf.contents(segment, MAX_INTERPRETER_BYTES);
  return cString(bytes, 0, bytes.length);
}

/**
 * What an ELF file says of itself (elf(5)); null where it is none. Reads nothing that is not named here, and takes
 * whatever lies outside of the file, or of the parts of it that are at hand, for absent.
 */
export function readElf(parts: FileParts): ElfFacts | null {
  const elf = ElfFile.open(parts);
  if (elf === null) return null;
  const { needed, soname, runpath, pie, neededVersions } = readDynamic(elf);
  return {
    type: TYPES[elf.type] ?? "other",
    machine: machineName(elf),
    bits: elf.bits,
    interpreter: readInterpreter(elf),
    needed,
    soname,
    runpath,
    pie,
    neededVersions,
    debugBytes: debugBytes(elf),
    goBuildInfo: readGoBuildInfo(elf),
    rustDependencies: readRustDependencies(elf),
  };
}
