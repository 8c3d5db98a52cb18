import { inflateSmall } from "../archive/inflate-small.ts";
import type { GoBuildInfo } from "./elf-facts.ts";
import { type ElfFile, PF, PT } from "./elf-file.ts";

const GO_MAGIC = Buffer.from("\xff Go buildinf:", "latin1");
const GO_HEADER_BYTES = 32;
/** Where Go looks in a file without sections (debug/buildinfo, `searchMagic` of Go ≤ 1.22). */
const GO_SEARCHED_BYTES = 2 ** 16;
const FLAG_BIG_ENDIAN = 1;
const FLAG_INLINE = 2;
/** Around the module list stand 16 bytes each, for those who search a core dump (runtime/debug, `modinfo`). */
const SENTINEL_BYTES = 16;

// Kubernetes' own lists have some 30 kB.
const MAX_GO_BYTES = 2 ** 20;
const MAX_RUST_BYTES = 2 ** 22;

/** `.go.buildinfo` in both forms of Go's debug/buildinfo: strings behind the header (Go ≥ 1.18), and pointers to them. */
export function readGoBuildInfo(elf: ElfFile): GoBuildInfo | null {
  const info = findBuildInfo(elf);
  if (info.length < GO_HEADER_BYTES || !info.subarray(0, GO_MAGIC.length).equals(GO_MAGIC)) return null;
  const pointerSize = info[14] as number;
  const flags = info[15] as number;
  const [version, modules] = (flags & FLAG_INLINE) !== 0 ? inlineStrings(info) : pointedStrings(elf, info, pointerSize);
  if (version === null || version.length === 0) return null;
  return { version: version.toString("utf8"), modules: modules === null ? "" : moduleLines(modules) };
}

function findBuildInfo(elf: ElfFile): Buffer {
  const section = elf.section(".go.buildinfo");
  if (section !== undefined) return elf.contents(section, MAX_GO_BYTES);
  if (elf.sections.length > 0) return Buffer.alloc(0);
  const data = elf.segments.find(
    ({ type, flags }) => type === PT.load && (flags & (PF.write | PF.execute)) === PF.write,
  );
  if (data === undefined) return Buffer.alloc(0);
  const at = elf.contents(data, GO_SEARCHED_BYTES).indexOf(GO_MAGIC);
  return at < 0 ? Buffer.alloc(0) : elf.parts.upTo(data.offset + at, Math.min(data.length - at, MAX_GO_BYTES));
}

/** Two strings, each behind its length as a varint. */
function inlineStrings(info: Buffer): [Buffer | null, Buffer | null] {
  let at = GO_HEADER_BYTES;
  const next = (): Buffer | null => {
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = info[at++];
      if (byte === undefined) return null;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      if (at + length > info.length) return null;
      at += length;
      return info.subarray(at - length, at);
    }
    return null;
  };
  const version = next();
  return [version, version === null ? null : next()];
}

/** Two addresses of Go string headers: address and length of the text. Relocated (PIE) binaries have none in the file. */
function pointedStrings(elf: ElfFile, info: Buffer, pointerSize: number): [Buffer | null, Buffer | null] {
  const bigEndian = ((info[15] as number) & FLAG_BIG_ENDIAN) !== 0;
  if (pointerSize * 8 !== elf.bits || bigEndian === elf.little) return [null, null];
  const follow = (at: number): Buffer | null => {
    const header = elf.atAddress(elf.word(info, at), 2 * pointerSize);
    if (header.length < 2 * pointerSize) return null;
    const length = elf.word(header, pointerSize);
    if (length > MAX_GO_BYTES) return null;
    const text = elf.atAddress(elf.word(header, 0), length);
    return text.length === length ? text : null;
  };
  return [follow(16), follow(16 + pointerSize)];
}

function moduleLines(bytes: Buffer): string {
  const end = bytes.length - SENTINEL_BYTES;
  if (end <= SENTINEL_BYTES || bytes[end - 1] !== 0x0a) return "";
  return bytes.toString("utf8", SENTINEL_BYTES, end);
}

/** The dependency list of cargo-auditable: JSON, compressed with zlib (its PARSING.md). */
export function readRustDependencies(elf: ElfFile): string | null {
  const section = elf.section(".dep-v0");
  if (section === undefined) return null;
  const bytes = elf.parts.bytes(section.offset, section.length);
  return bytes === null ? null : (inflateSmall(bytes, "zlib", MAX_RUST_BYTES)?.toString("utf8") ?? null);
}
