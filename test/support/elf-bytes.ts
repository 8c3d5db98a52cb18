/** ELF files byte by byte, for tests: of any width and byte order. Shares nothing with the reader under test. */

export interface ElfSpec {
  readonly bits: 32 | 64;
  readonly little: boolean;
  readonly machine: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly soname?: string;
  readonly runpath?: string;
  /** Needed versions by library. */
  readonly versions?: Readonly<Record<string, readonly string[]>>;
  /** Sections by name, with their lengths. */
  readonly sections?: Readonly<Record<string, number>>;
  /** Go's version and module lines. */
  readonly goBuildInfo?: readonly [version: string, modules: string];
  /** As Go before 1.18 stored them. */
  readonly pointers?: boolean;
}

/** Addresses of the program are offsets of the file plus this. */
const BASE = 0x10000;

class Writer {
  readonly #bits: number;
  readonly #little: boolean;
  readonly #parts: Buffer[] = [];
  length: number;

  constructor(bits: number, little: boolean, start: number) {
    this.#bits = bits;
    this.#little = little;
    this.length = start;
  }

  number(bytes: number, value: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    if (this.#little) buffer.writeUIntLE(value, 0, Math.min(bytes, 6));
    else buffer.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
    return buffer;
  }

  half = (value: number): Buffer => this.number(2, value);
  u32 = (value: number): Buffer => this.number(4, value);
  word = (value: number): Buffer => this.number(this.#bits / 8, value);

  /** Appends, and tells where. */
  add(...parts: readonly Buffer[]): { offset: number; length: number } {
    const bytes = Buffer.concat(parts);
    const place = { offset: this.length, length: bytes.length };
    this.#parts.push(bytes);
    this.length += bytes.length;
    return place;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function stringTable(): { at(text: string): number; bytes(): Buffer } {
  let text = "\0";
  return {
    at(name) {
      text += `${name}\0`;
      return text.length - name.length - 1;
    },
    bytes: () => Buffer.from(text, "latin1"),
  };
}

const varint = (value: number): Buffer =>
  value < 0x80 ? Buffer.from([value]) : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), varint(value >>> 7)]);

function goSection(out: Writer, spec: ElfSpec, [version, modules]: readonly [string, string]) {
  const sentinel = "#".repeat(16);
  const texts = [version, sentinel + modules + sentinel].map((text) => Buffer.from(text));
  const header = (flags: number): Buffer =>
    Buffer.concat([Buffer.from("\xff Go buildinf:", "latin1"), Buffer.from([spec.bits / 8, flags])]);
  if (!spec.pointers) {
    return out.add(header(2), Buffer.alloc(16), ...texts.flatMap((text) => [varint(text.length), text]));
  }
  const headers = texts.map((text) => out.add(out.word(BASE + out.add(text).offset), out.word(text.length)));
  const pointers = headers.map(({ offset }) => out.word(BASE + offset));
  return out.add(header(spec.little ? 0 : 1), ...pointers, Buffer.alloc(16));
}

function versionNeeds(out: Writer, names: ReturnType<typeof stringTable>, spec: ElfSpec) {
  const libraries = Object.entries(spec.versions ?? {});
  const records = libraries.flatMap(([library, versions], i) => {
    const last = i === libraries.length - 1;
    const need = [out.half(1), out.half(versions.length), out.u32(names.at(library)), out.u32(16)];
    const aux = versions.flatMap((version, j) => [
      out.u32(0),
      out.half(0),
      out.half(j + 2),
      out.u32(names.at(version)),
      out.u32(j === versions.length - 1 ? 0 : 16),
    ]);
    return [...need, out.u32(last ? 0 : 16 + 16 * versions.length), ...aux];
  });
  return out.add(...records);
}

function dynamicSection(out: Writer, spec: ElfSpec) {
  const names = stringTable();
  const needs = versionNeeds(out, names, spec);
  const tags: [number, number][] = (spec.needed ?? []).map((name) => [1, names.at(name)]);
  if (spec.soname !== undefined) tags.push([14, names.at(spec.soname)]);
  if (spec.runpath !== undefined) tags.push([29, names.at(spec.runpath)]);
  const strings = out.add(names.bytes());
  tags.push([5, BASE + strings.offset], [10, strings.length], [0x6ffffffb, 0x08000000]);
  if (needs.length > 0) tags.push([0x6ffffffe, BASE + needs.offset]);
  return out.add(...[...tags, [0, 0] as const].flatMap(([tag, value]) => [out.word(tag), out.word(value)]));
}

export function elfBytes(spec: ElfSpec): Buffer {
  const wide = spec.bits === 64;
  const headerBytes = wide ? 64 : 52;
  const out = new Writer(spec.bits, spec.little, headerBytes);
  const interpreter = spec.interpreter === undefined ? null : out.add(Buffer.from(`${spec.interpreter}\0`));
  const dynamic = dynamicSection(out, spec);
  const sections = Object.entries(spec.sections ?? {}).map(([name, length]) => ({
    name,
    ...out.add(Buffer.alloc(length)),
  }));
  if (spec.goBuildInfo !== undefined)
    sections.push({ name: ".go.buildinfo", ...goSection(out, spec, spec.goBuildInfo) });

  const sectionNames = stringTable();
  const named = [...sections, { name: ".shstrtab", offset: 0, length: 0 }].map((section) => ({
    ...section,
    nameAt: sectionNames.at(section.name),
  }));
  Object.assign(named.at(-1) as object, out.add(sectionNames.bytes()));
  const header = ({ nameAt, offset, length }: { nameAt: number; offset: number; length: number }, type: number) => [
    out.u32(nameAt),
    out.u32(type),
    ...[0, 0, offset, length].map(out.word),
    out.u32(0),
    out.u32(0),
    ...[1, 0].map(out.word),
  ];
  const empty = header({ nameAt: 0, offset: 0, length: 0 }, 0);
  const sectionTable = out.add(...empty, ...named.flatMap((section) => header(section, 1)));

  const segments: [type: number, place: { offset: number; length: number }][] = [[2, dynamic]];
  if (interpreter !== null) segments.push([3, interpreter]);
  segments.push([1, { offset: 0, length: out.length }]);
  const segmentTable = out.add(
    ...segments.flatMap(([type, { offset, length }]) => {
      const rest = [BASE + offset, BASE + offset, length, length].map(out.word);
      return wide
        ? [out.u32(type), out.u32(6), out.word(offset), ...rest, out.word(8)]
        : [out.u32(type), out.word(offset), ...rest, out.u32(6), out.word(8)];
    }),
  );
  const start = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, spec.little ? 1 : 2, 1, ...new Array<number>(9).fill(0)]),
    out.half(3),
    out.half(spec.machine),
    out.u32(1),
    out.word(0),
    out.word(segmentTable.offset),
    out.word(sectionTable.offset),
    out.u32(0),
    ...[headerBytes, wide ? 56 : 32, segments.length, wide ? 64 : 40, named.length + 1, named.length].map(out.half),
  ]);
  return Buffer.concat([start, out.finish()]);
}
