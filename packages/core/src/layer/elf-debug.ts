import { type ElfFile, ET, type Section, SHF, SHT } from "./elf-file.ts";

const DEBUG_SECTION = /^(?:\.rela?)?\.(?:debug_|zdebug_|stab|gdb_index$|gnu_debugdata$|debug$|line$)/;

function isDebug(section: Section, relocatable: boolean): boolean {
  // Loaded sections stay: Rust has a `.debug_gdb_scripts` that a running program reads.
  if (section.type === SHT.nobits || Math.floor(section.flags / SHF.alloc) % 2 === 1) return false;
  if (section.name === ".symtab" || section.name === ".strtab" || section.name === ".symtab_shndx") return !relocatable;
  return DEBUG_SECTION.test(section.name);
}

/** Bytes of debugging information and symbol tables; a byte that two sections claim counts once. */
export function debugBytes(elf: ElfFile): number {
  const { size } = elf.parts;
  const ranges = elf.sections
    .filter((section) => isDebug(section, elf.type === ET.relocatable))
    .map(({ offset, length }) => ({ start: Math.min(offset, size), end: Math.min(offset + length, size) }))
    .sort((a, b) => a.start - b.start);
  let bytes = 0;
  let covered = 0;
  for (const { start, end } of ranges) {
    if (end <= covered) continue;
    bytes += end - Math.max(start, covered);
    covered = end;
  }
  return bytes;
}
