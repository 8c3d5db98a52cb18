import type { FileParts } from "./file-parts.ts";

/** A program header (elf(5), `Elf64_Phdr`). */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file. */
  readonly length: number;
}

/** A section header (elf(5), `Elf64_Shdr`). */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly length: number;
}

export const PT = { load: 1, dynamic: 2, interp: 3 } as const;
export const PF = { execute: 1, write: 2 } as const;
export const SHT = { nobits: 8 } as const;
export const SHF = { alloc: 2 } as const;
export const ET = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;

// More than any linker writes; a table must lie within the file besides.
const MAX_SEGMENTS = 10_000;
const MAX_SECTIONS = 200_000;
const MAX_SECTION_NAME_BYTES = 256;
/** `e_phnum` where the number does not fit; it is then in the first section header. */
const PN_XNUM = 0xffff;

/** Text up to the first zero; null where none comes within `maxBytes`. */
export function cString(bytes: Buffer, at: number, maxBytes: number): string | null {
  if (!(at >= 0 && at < bytes.length)) return null;
  const end = bytes.subarray(at, at + maxBytes + 1).indexOf(0);
  return end < 0 ? null : bytes.toString("latin1", at, at + end);
}

/** The headers of an ELF file of either width and byte order. Whatever lies outside of the file reads as absent. */
export class ElfFile {
  readonly parts: FileParts;
  readonly bits: 32 | 64;
  readonly little: boolean;
  readonly type: number;
  readonly machine: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];

  /** null where the bytes are not an ELF header (elf(5), `e_ident`). */
  static open(parts: FileParts): ElfFile | null {
    const header = parts.upTo(0, 64);
    if (header.length < 52 || header.readUInt32BE(0) !== 0x7f454c46) return null;
    const [width, order] = [header[4], header[5]];
    if ((width !== 1 && width !== 2) || (order !== 1 && order !== 2)) return null;
    if (width === 2 && header.length < 64) return null;
    return new ElfFile(parts, header, width === 2 ? 64 : 32, order === 1);
  }

  private constructor(parts: FileParts, header: Buffer, bits: 32 | 64, little: boolean) {
    this.parts = parts;
    this.bits = bits;
    this.little = little;
    this.type = this.u16(header, 16);
    this.machine = this.u16(header, 18);
    // e_ehsize, after it e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
    const counts = bits === 64 ? 52 : 40;
    const table = new SectionTable(this, {
      offset: this.word(header, bits === 64 ? 40 : 32),
      entrySize: this.u16(header, counts + 6),
      count: this.u16(header, counts + 8),
      names: this.u16(header, counts + 10),
    });
    this.sections = table.read();
    const segments = this.u16(header, counts + 4);
    this.segments = this.#readSegments(
      this.word(header, bits === 64 ? 32 : 28),
      this.u16(header, counts + 2),
      segments === PN_XNUM ? (table.first?.info ?? 0) : segments,
    );
  }

  u16(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  u32(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  /** An address, offset or size. Beyond 2^53 it is not exact, and beyond any file. */
  word(bytes: Buffer, at: number): number {
    if (this.bits === 32) return this.u32(bytes, at);
    const [low, high] = this.little ? [at, at + 4] : [at + 4, at];
    return this.u32(bytes, high) * 2 ** 32 + this.u32(bytes, low);
  }

  section(name: string): Section | undefined {
    return this.sections.find((section) => section.name === name && section.type !== SHT.nobits);
  }

  /** As much of a section's or segment's bytes as is at hand, at most `maxBytes`. */
  contents({ offset, length }: { offset: number; length: number }, maxBytes: number): Buffer {
    return this.parts.upTo(offset, Math.min(length, maxBytes));
  }

  /** As many bytes at an address of the running program as the file has there, at most `maxBytes`. */
  atAddress(address: number, maxBytes: number): Buffer {
    const segment = this.segments.find(
      ({ type, address: start, length }) => type === PT.load && address >= start && address < start + length,
    );
    if (segment === undefined) return Buffer.alloc(0);
    const skipped = address - segment.address;
    return this.parts.upTo(segment.offset + skipped, Math.min(segment.length - skipped, maxBytes));
  }

  #readSegments(offset: number, entrySize: number, count: number): Segment[] {
    const wide = this.bits === 64;
    if (offset === 0 || entrySize < (wide ? 56 : 32)) return [];
    const segments: Segment[] = [];
    for (let i = 0; i < Math.min(count, MAX_SEGMENTS); i++) {
      const entry = this.parts.bytes(offset + i * entrySize, wide ? 56 : 32);
      if (entry === null) break;
      segments.push({
        type: this.u32(entry, 0),
        flags: this.u32(entry, wide ? 4 : 24),
        offset: this.word(entry, wide ? 8 : 4),
        address: this.word(entry, wide ? 16 : 8),
        length: this.word(entry, wide ? 32 : 16),
      });
    }
    return segments;
  }
}

interface TablePlace {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
  /** Index of the section that holds the names. */
  readonly names: number;
}

interface SectionHeader extends Omit<Section, "name"> {
  readonly nameAt: number;
  readonly link: number;
  readonly info: number;
}

/** SHN_XINDEX: the index is in the first section header instead. */
const SHN_XINDEX = 0xffff;

class SectionTable {
  /** The first header, which holds the numbers that did not fit elsewhere (elf(5), `e_shnum`). */
  readonly first: SectionHeader | null;
  readonly #elf: ElfFile;
  readonly #place: TablePlace;

  constructor(elf: ElfFile, place: TablePlace) {
    this.#elf = elf;
    this.#place = place;
    this.first = place.offset === 0 ? null : this.#header(0);
  }

  read(): Section[] {
    if (this.first === null) return [];
    const { count, names } = this.#place;
    const total = Math.min(count === 0 ? this.first.length : count, MAX_SECTIONS);
    const nameTable = this.#header(names === SHN_XINDEX ? this.first.link : names);
    const nameBytes = nameTable === null ? Buffer.alloc(0) : this.#elf.parts.upTo(nameTable.offset, nameTable.length);
    const sections: Section[] = [];
    for (let i = 1; i < total; i++) {
      const header = this.#header(i);
      if (header === null) break;
      const { type, flags, offset, length, nameAt } = header;
      const name = cString(nameBytes, nameAt, MAX_SECTION_NAME_BYTES) ?? "";
      sections.push({ name, type, flags, offset, length });
    }
    return sections;
  }

  #header(index: number): SectionHeader | null {
    const elf = this.#elf;
    const wide = elf.bits === 64;
    const { offset, entrySize } = this.#place;
    if (entrySize < (wide ? 64 : 40)) return null;
    const entry = elf.parts.bytes(offset + index * entrySize, wide ? 64 : 40);
    if (entry === null) return null;
    return {
      nameAt: elf.u32(entry, 0),
      type: elf.u32(entry, 4),
      flags: elf.word(entry, 8),
      offset: elf.word(entry, wide ? 24 : 16),
      length: elf.word(entry, wide ? 32 : 20),
      link: elf.u32(entry, wide ? 40 : 24),
      info: elf.u32(entry, wide ? 44 : 28),
    };
  }
}
