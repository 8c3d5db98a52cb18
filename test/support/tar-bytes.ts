/**
 * Tar archives byte by byte, for tests: everything a real writer makes, and what none should. Shares nothing with the
 * reader under test.
 */

const BLOCK = 512;

/** The typeflag of each kind of entry; any other single character may be given as it is. */
const FLAGS = {
  file: "0",
  link: "1",
  symlink: "2",
  char: "3",
  block: "4",
  dir: "5",
  fifo: "6",
  contiguous: "7",
} as const;

export type Bytes = string | Uint8Array;

/** How the holes of a sparse file are written: GNU's old type `S`, or one of its three PAX forms. */
export type SparseForm = "gnu" | "pax-0.0" | "pax-0.1" | "pax-1.0";

export interface Sparse {
  readonly form: SparseForm;
  /** The logical size. */
  readonly size: number;
  /** What is stored, by offset, in ascending order. */
  readonly fragments: readonly (readonly [offset: number, data: Bytes])[];
}

export interface TarEntry {
  /** Text is written as UTF-8; bytes as they are. */
  readonly name: Bytes;
  /** `file` where absent; a single character is the typeflag itself. */
  readonly type?: keyof typeof FLAGS | (string & {});
  readonly content?: Bytes;
  readonly link?: Bytes;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  /** What the size field says instead of the content's length. */
  readonly size?: number | bigint;
  /** The size in base-256 even where octal would do. */
  readonly base256?: boolean;
  /** How a name or link too long for the header is written; GNU's `L` and `K` entries where absent. */
  readonly long?: "gnu" | "pax" | "prefix";
  /** Records of a PAX header of this entry, in order. */
  readonly pax?: readonly (readonly [key: string, value: Bytes])[];
  readonly sparse?: Sparse;
  /** Bytes written over the header at an offset, after everything but the checksum. */
  readonly raw?: readonly (readonly [offset: number, bytes: Bytes])[];
  /** The checksum field as it is to stand; `signed` is the sum that some old writers made. */
  readonly checksum?: Bytes | "signed";
}

export interface TarEnd {
  /** Zero blocks at the end; two is what the format asks for. */
  readonly endBlocks?: number;
  /** Bytes behind them. */
  readonly trailing?: Bytes;
}

export function bytesOf(bytes: Bytes): Buffer {
  return typeof bytes === "string" ? Buffer.from(bytes, "utf8") : Buffer.from(bytes);
}

/** `length` bytes that do not compress well, and are always the same for the same seed. */
export function filler(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

type Extra = Omit<TarEntry, "name" | "content" | "type">;

/** A regular file; a number as content is that many filler bytes. */
export function file(name: Bytes, content: Bytes | number = "", extra: Extra = {}): TarEntry {
  return { name, content: typeof content === "number" ? filler(content) : content, ...extra };
}

export function dir(name: Bytes, extra: Extra = {}): TarEntry {
  return { name: Buffer.concat([bytesOf(name), Buffer.from("/")]), type: "dir", ...extra };
}

export function symlink(name: Bytes, target: Bytes, extra: Extra = {}): TarEntry {
  return { name, type: "symlink", link: target, ...extra };
}

export function hardlink(name: Bytes, target: Bytes, extra: Extra = {}): TarEntry {
  return { name, type: "link", link: target, ...extra };
}

/** Hides `path` of the layers below. */
export function whiteout(path: string, extra: Extra = {}): TarEntry {
  const slash = path.lastIndexOf("/") + 1;
  return { name: `${path.slice(0, slash)}.wh.${path.slice(slash)}`, ...extra };
}

/** Hides everything that the layers below have in `directory`. */
export function opaque(directory: string, extra: Extra = {}): TarEntry {
  return { name: directory === "" ? ".wh..wh..opq" : `${directory}/.wh..wh..opq`, ...extra };
}

function padded(bytes: Buffer): Buffer {
  const over = bytes.length % BLOCK;
  return over === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(BLOCK - over)]);
}

function octal(value: number, width: number): Buffer {
  return Buffer.from(`${value.toString(8).padStart(width - 1, "0")}\0`, "latin1");
}

/** The big-endian two's complement that GNU marks by a first byte of 0x80 (0xff where negative). */
export function base256(value: number | bigint, width = 12): Buffer {
  const bytes = Buffer.alloc(width);
  let rest = BigInt(value);
  for (let i = width - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  bytes[0] = value < 0 ? 0xff : 0x80 | (bytes[0] as number);
  return bytes;
}

function number(value: number | bigint, width: number, forced = false): Buffer {
  const fits = value >= 0 && BigInt(value) < 8n ** BigInt(width - 1);
  return fits && !forced ? octal(Number(value), width) : base256(value, width);
}

interface HeaderFields {
  readonly name: Buffer;
  readonly prefix?: Buffer;
  readonly flag: string;
  readonly link?: Buffer;
  readonly size: number | bigint;
  readonly entry: TarEntry;
  readonly magic?: string;
  readonly raw?: readonly (readonly [number, Bytes])[];
}

function header({ name, prefix, flag, link, size, entry, magic, raw }: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0, 0, 100);
  octal(entry.mode ?? (flag === "5" ? 0o755 : 0o644), 8).copy(block, 100);
  number(entry.uid ?? 0, 8).copy(block, 108);
  number(entry.gid ?? 0, 8).copy(block, 116);
  number(size, 12, entry.base256).copy(block, 124);
  number(entry.mtime ?? 0, 12).copy(block, 136);
  block.write(flag, 156, "latin1");
  link?.copy(block, 157, 0, 100);
  block.write(magic ?? "ustar\x0000", 257, "latin1");
  prefix?.copy(block, 345, 0, 155);
  for (const [offset, bytes] of raw ?? []) bytesOf(bytes).copy(block, offset);
  checksum(block, entry.checksum);
  return block;
}

function checksum(block: Buffer, wanted: TarEntry["checksum"]): void {
  if (wanted !== undefined && wanted !== "signed") {
    bytesOf(wanted).copy(block, 148, 0, 8);
    return;
  }
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += wanted === "signed" && byte > 127 ? byte - 256 : byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
}

/** PAX records: `length key=value\n`, the length counting itself. */
export function paxRecords(records: readonly (readonly [key: string, value: Bytes])[]): Buffer {
  return Buffer.concat(
    records.map(([key, value]) => {
      const body = Buffer.concat([Buffer.from(` ${key}=`), bytesOf(value), Buffer.from("\n")]);
      let length = body.length + String(body.length).length;
      length = body.length + String(length).length;
      return Buffer.concat([Buffer.from(String(length)), body]);
    }),
  );
}

/** An extension entry: GNU `L` or `K`, PAX `x` or `g`. */
export function extension(flag: string, name: string, body: Uint8Array, claimed: number = body.length): Buffer {
  const fields = header({ name: Buffer.from(name), flag, size: claimed, entry: { name: "" } });
  return Buffer.concat([fields, padded(Buffer.from(body))]);
}

/** A PAX header that holds for every entry after it. */
export function globalPax(records: readonly (readonly [key: string, value: Bytes])[]): Buffer {
  return extension("g", "pax_global_header", paxRecords(records));
}

/** Splits at a slash so that the tail fits the name field and the head the prefix field. */
function splitName(name: Buffer): { prefix: Buffer; name: Buffer } {
  for (let at = Math.min(155, name.length - 1); at > 0; at--) {
    if (name[at] === 0x2f && name.length - at - 1 <= 100) {
      return { prefix: name.subarray(0, at), name: name.subarray(at + 1) };
    }
  }
  throw new Error("the name cannot be split for the prefix field");
}

/** One entry with everything that belongs to it. */
export function entryBytes(entry: TarEntry): Buffer {
  if (entry.sparse !== undefined) return sparseBytes(entry, entry.sparse);
  const flag = flagOf(entry);
  const content = bytesOf(entry.content ?? "");
  const before: Buffer[] = [];
  const records = [...(entry.pax ?? [])];
  let name = bytesOf(entry.name);
  let prefix: Buffer | undefined;
  if (name.length > 100) {
    if (entry.long === "prefix") ({ prefix, name } = splitName(name));
    else if (entry.long === "pax") records.unshift(["path", name]);
    else before.push(extension("L", "././@LongLink", Buffer.concat([name, Buffer.alloc(1)])));
  }
  const link = entry.link === undefined ? undefined : bytesOf(entry.link);
  if (link !== undefined && link.length > 100) {
    if (entry.long === "pax") records.unshift(["linkpath", link]);
    else before.push(extension("K", "././@LongLink", Buffer.concat([link, Buffer.alloc(1)])));
  }
  if (records.length > 0) before.push(extension("x", "PaxHeaders/entry", paxRecords(records)));
  const block = header({
    name,
    flag,
    size: entry.size ?? content.length,
    entry,
    ...(prefix === undefined ? {} : { prefix }),
    ...(link === undefined ? {} : { link }),
    ...(entry.raw === undefined ? {} : { raw: entry.raw }),
  });
  return Buffer.concat([...before, block, padded(content)]);
}

function flagOf(entry: TarEntry): string {
  const type = entry.type ?? "file";
  return type in FLAGS ? FLAGS[type as keyof typeof FLAGS] : type;
}

function sparseBytes(entry: TarEntry, sparse: Sparse): Buffer {
  const parts = sparse.fragments.map(([offset, data]) => ({ offset, data: bytesOf(data) }));
  const data = Buffer.concat(parts.map((part) => part.data));
  const map = parts.flatMap((part) => [part.offset, part.data.length]);
  const name = bytesOf(entry.name);
  if (sparse.form === "gnu") return gnuSparse(entry, sparse.size, map, data);
  const head = [...(entry.pax ?? [])];
  if (sparse.form === "pax-1.0") {
    const text = Buffer.from([parts.length, ...map].map((n) => `${n}\n`).join(""));
    const stored = Buffer.concat([padded(text), data]);
    head.push(["GNU.sparse.major", "1"], ["GNU.sparse.minor", "0"], ["GNU.sparse.name", name]);
    head.push(["GNU.sparse.realsize", String(sparse.size)]);
    return plainWithPax(entry, "./GNUSparseFile.1/sparse", head, stored);
  }
  head.push(["GNU.sparse.size", String(sparse.size)], ["GNU.sparse.numblocks", String(parts.length)]);
  if (sparse.form === "pax-0.1") {
    head.push(["GNU.sparse.name", name], ["GNU.sparse.map", map.join(",")]);
    return plainWithPax(entry, "./GNUSparseFile.1/sparse", head, data);
  }
  for (const part of parts) {
    head.push(["GNU.sparse.offset", String(part.offset)], ["GNU.sparse.numbytes", String(part.data.length)]);
  }
  return plainWithPax(entry, entry.name, head, data);
}

function plainWithPax(entry: TarEntry, name: Bytes, pax: [string, Bytes][] | TarEntry["pax"], content: Buffer): Buffer {
  const { sparse: _, ...rest } = entry;
  return entryBytes({ ...rest, name, pax: pax ?? [], content });
}

function gnuSparse(entry: TarEntry, size: number, map: readonly number[], data: Buffer): Buffer {
  const fragments = Buffer.concat(map.map((value) => number(value, 12)));
  const raw: (readonly [number, Bytes])[] = [
    [386, fragments.subarray(0, 96)],
    [482, Buffer.from([fragments.length > 96 ? 1 : 0])],
    [483, number(size, 12)],
    ...(entry.raw ?? []),
  ];
  const name = bytesOf(entry.name);
  const block = header({ name, flag: "S", size: entry.size ?? data.length, entry, magic: "ustar  \0", raw });
  const extensions: Buffer[] = [];
  for (let at = 96; at < fragments.length; at += 504) {
    const more = Buffer.alloc(BLOCK);
    fragments.copy(more, 0, at, at + 504);
    more[504] = at + 504 < fragments.length ? 1 : 0;
    extensions.push(more);
  }
  return Buffer.concat([block, ...extensions, padded(data)]);
}

/** A whole tar; raw bytes may stand between entries. */
export function tarBytes(entries: readonly (TarEntry | Uint8Array)[], end: TarEnd = {}): Buffer {
  return Buffer.concat([
    ...entries.map((entry) => (entry instanceof Uint8Array ? Buffer.from(entry) : entryBytes(entry))),
    Buffer.alloc((end.endBlocks ?? 2) * BLOCK),
    bytesOf(end.trailing ?? ""),
  ]);
}
