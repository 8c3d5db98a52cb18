import { cString, type ElfFile, PT, SHT } from "./elf-file.ts";

/** What the dynamic section says (elf(5), `Elf64_Dyn`; version needs: LSB "Symbol Versioning"). */
export interface Dynamic {
  readonly needed: readonly string[];
  readonly soname: string | null;
  readonly runpath: string | null;
  readonly pie: boolean;
  readonly neededVersions: readonly string[];
}

const DT = {
  null: 0,
  needed: 1,
  strtab: 5,
  strsz: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  flags1: 0x6ffffffb,
  verneed: 0x6ffffffe,
} as const;
const DF_1_PIE = 0x08000000;

// Real ones have some dozens of each; a name is a path at most.
const MAX_DYNAMIC_BYTES = 2 ** 18;
const MAX_VERSION_BYTES = 2 ** 18;
const MAX_VERSIONS = 4096;
const MAX_NAME_BYTES = 4096;
/** All names of one file together: strings of a crafted file may overlap, and so be more than the file. */
const MAX_TEXT_BYTES = 2 ** 16;

const NONE: Dynamic = { needed: [], soname: null, runpath: null, pie: false, neededVersions: [] };

export function readDynamic(elf: ElfFile): Dynamic {
  const segment = elf.segments.find(({ type }) => type === PT.dynamic);
  // A file with only debugging information keeps the program headers of the file that it was split from.
  if (segment === undefined || isHollow(elf, ".dynamic")) return NONE;
  const entries = readEntries(elf, elf.contents(segment, MAX_DYNAMIC_BYTES));
  const first = (tag: number): number | undefined => entries.find((entry) => entry.tag === tag)?.value;
  const strings = new Strings(elf.atAddress(first(DT.strtab) ?? -1, first(DT.strsz) ?? 0));
  const named = (tag: number): string | null => strings.at(first(tag) ?? -1);
  return {
    needed: entries
      .filter(({ tag }) => tag === DT.needed)
      .map(({ value }) => strings.at(value))
      .filter((name) => name !== null),
    soname: named(DT.soname),
    runpath: named(DT.runpath) ?? named(DT.rpath),
    pie: (Number(BigInt(first(DT.flags1) ?? 0) & 0xffffffffn) & DF_1_PIE) !== 0,
    neededVersions: readVersions(elf, elf.atAddress(first(DT.verneed) ?? -1, MAX_VERSION_BYTES), strings),
  };
}

/** The section is there, but its bytes are in another file. */
export function isHollow(elf: ElfFile, name: string): boolean {
  return elf.sections.some((section) => section.name === name && section.type === SHT.nobits);
}

function readEntries(elf: ElfFile, bytes: Buffer): { tag: number; value: number }[] {
  const step = elf.bits / 4;
  const entries: { tag: number; value: number }[] = [];
  for (let at = 0; at + step <= bytes.length; at += step) {
    const tag = elf.word(bytes, at);
    if (tag === DT.null) break;
    entries.push({ tag, value: elf.word(bytes, at + step / 2) });
  }
  return entries;
}

class Strings {
  readonly #bytes: Buffer;
  #left = MAX_TEXT_BYTES;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  at(offset: number): string | null {
    const text = cString(this.#bytes, offset, Math.min(MAX_NAME_BYTES, this.#left));
    this.#left -= text?.length ?? 0;
    return text;
  }
}

/** Names of `Elf64_Vernaux` of all `Elf64_Verneed`. Their links only lead forward, so that there is an end. */
function readVersions(elf: ElfFile, bytes: Buffer, strings: Strings): string[] {
  const names = new Map<number, string>();
  let visits = 0;
  for (let need = 0; need + 16 <= bytes.length && visits < MAX_VERSIONS; visits++) {
    let aux = need + elf.u32(bytes, need + 8);
    for (let i = elf.u16(bytes, need + 2); i > 0 && aux + 16 <= bytes.length && visits < MAX_VERSIONS; i--, visits++) {
      const nameAt = elf.u32(bytes, aux + 8);
      const name = names.has(nameAt) ? null : strings.at(nameAt);
      if (name !== null) names.set(nameAt, name);
      const next = elf.u32(bytes, aux + 12);
      if (next === 0) break;
      aux += next;
    }
    const next = elf.u32(bytes, need + 12);
    if (next === 0) break;
    need += next;
  }
  return [...new Set(names.values())].sort(compareVersionNames);
}

/** `GLIBC_2.4` before `GLIBC_2.34`: words as words, numbers as numbers. */
function compareVersionNames(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split(/(\d{1,9})/)) as [string[], string[]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    if (x === y) continue;
    if (i % 2 === 1 && Number(x) !== Number(y)) return Number(x) - Number(y);
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
