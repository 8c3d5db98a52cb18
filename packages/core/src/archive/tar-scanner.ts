import { ImgweighError } from "../errors.ts";
import { type Limits, limitExceeded } from "./limits.ts";
import { type PaxRecords, type PaxSparse, parsePax, sparseForm } from "./pax.ts";
import { DataMap, readGnuFragments, type SparseMap, sparseMap } from "./sparse.ts";
import { hasValidChecksum, isZeroBlock, parseName, parseNumber, parseString, TAR_BLOCK, TYPE } from "./tar-header.ts";

/** What an entry's header says, PAX and GNU extensions applied. The object is reused: copy what is to be kept. */
export interface TarEntry {
  /** A type flag of {@link TYPE}; old and contiguous regular files, and sparse ones, show as `regular`. */
  type: number;
  /** Byte string, as stored. */
  name: string;
  linkName: string;
  /** Logical bytes: of a sparse file with its holes; 0 for anything but regular files. */
  size: number;
  mode: number;
  uid: number;
  gid: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Offset in the tar of its first header block, extension headers included. */
  start: number;
  /** Extended attributes, `NAME=value` in order of name, one after the other; empty where there are none. */
  xattrs: string;
}

export interface TarVisitor {
  /** An entry begins. Returns whether its contents are wanted. */
  entry(entry: TarEntry): boolean;
  /** Contents of the current regular file, in order, holes as zeros. The bytes are only lent. */
  data(bytes: Uint8Array): void;
  /** Whether the rest of the current contents is not wanted after all; asked after each part. */
  satisfied?(): boolean;
  /** The current entry has ended, padding included, at this offset of the tar; so many bytes of padding were not there. */
  entryEnd(offset: number, missing: number): void;
  /** A single zero block stands between entries. */
  loneZeroBlock(offset: number): void;
}

const State = { Header: 0, Extension: 1, GnuSparse: 2, DataMap: 3, Body: 4, Padding: 5, Trailer: 6 } as const;

const ZEROS = new Uint8Array(2 ** 16);

/** Header-only types carry no data whatever their size field says (Go's archive/tar, `isHeaderOnly`; engines read with it). */
function isHeaderOnly(type: number): boolean {
  return type >= TYPE.hardLink && type <= TYPE.fifo;
}

/**
 * Reads one tar from chunks pushed into it, synchronously. It follows Go's archive/tar, which engines unpack with:
 * PAX, GNU long names, base-256 numbers, all four sparse forms; global PAX headers are skipped, and whatever comes
 * after the end-of-archive blocks is trailer. Names are never decoded.
 */
export class TarScanner {
  /** Bytes pushed or skipped so far. */
  offset = 0;
  /** Both end-of-archive blocks were seen. */
  terminated = false;
  /** Where they end. */
  end = 0;

  readonly #visitor: TarVisitor;
  readonly #limits: Limits;
  readonly #where: string;
  readonly #entry: TarEntry = {
    type: 0,
    name: "",
    linkName: "",
    size: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    mtime: 0,
    start: 0,
    xattrs: "",
  };

  #state: number = State.Header;
  /** Bytes of the current unit (header, extension, body, padding) still to come. */
  #missing: number = TAR_BLOCK;
  /** Collects a unit that arrives in several chunks. */
  #partial: Buffer[] = [];
  #entries = 0;
  #zeroBlocks = 0;
  /** Offset of the first header block of the entry being put together; -1 between entries. */
  #start = -1;

  #extensionType = 0;
  #pax: PaxRecords | null = null;
  #longName: string | null = null;
  #longLink: string | null = null;

  #wanted = false;
  #storedSize = 0;
  #fragments: number[] = [];
  #map = new DataMap();
  #sparse: SparseMap | null = null;
  #fragment = 0;
  #logical = 0;
  #sparseBytes = 0;

  constructor(visitor: TarVisitor, limits: Limits, where: string) {
    this.#visitor = visitor;
    this.#limits = limits;
    this.#where = where;
  }

  /** @throws {ImgweighError} ARCHIVE_MALFORMED, LIMIT_EXCEEDED */
  push(chunk: Uint8Array): void {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < buffer.length) {
      if (this.#state === State.Trailer) {
        this.offset += buffer.length - at;
        return;
      }
      const take = Math.min(this.#missing, buffer.length - at);
      const end = at + take;
      this.offset += take;
      this.#missing -= take;
      if (this.#state === State.Body) this.#body(buffer.subarray(at, end));
      else if (this.#state !== State.Padding) this.#collect(buffer, at, end);
      at = end;
      if (this.#missing === 0 && (this.#state === State.Body || this.#state === State.Padding))
        this.#bodyOrPaddingEnd();
    }
  }

  /** How many of the next bytes nobody needs: contents that are not wanted, and padding. */
  get skippable(): number {
    if (this.#state === State.Padding) return this.#missing;
    return this.#state === State.Body && !this.#wanted ? this.#missing : 0;
  }

  /** Goes on as if `bytes` (at most {@link skippable}) had been pushed. */
  skip(bytes: number): void {
    this.offset += bytes;
    this.#missing -= bytes;
    if (this.#missing === 0) this.#bodyOrPaddingEnd();
  }

  /**
   * The tar has ended. The last entry may lack its padding: Go's writer adds it with what follows, and its reader, which
   * engines unpack with, does not miss it.
   *
   * @throws {ImgweighError} ARCHIVE_TRUNCATED inside an entry.
   */
  finish(): void {
    if (this.#state === State.Padding) {
      this.#start = -1;
      this.#visitor.entryEnd(this.offset, this.#missing);
      this.#expect(State.Header, TAR_BLOCK);
    }
    const atBoundary = this.#state === State.Trailer || (this.#state === State.Header && this.#missing === TAR_BLOCK);
    if (atBoundary && this.#start < 0) return;
    throw new ImgweighError(
      "ARCHIVE_TRUNCATED",
      `${this.#where} is cut short inside an entry, after ${this.offset} bytes`,
      {
        hint: "it was not written or copied to its end; make it again",
      },
    );
  }

  #collect(buffer: Buffer, at: number, end: number): void {
    if (this.#missing > 0) {
      this.#partial.push(Buffer.from(buffer.subarray(at, end)));
      return;
    }
    if (this.#partial.length === 0) {
      this.#unit(buffer, at, end);
      return;
    }
    this.#partial.push(buffer.subarray(at, end));
    const whole = Buffer.concat(this.#partial);
    this.#partial = [];
    this.#unit(whole, 0, whole.length);
  }

  /** A whole header block, extension, or sparse map block has arrived. */
  #unit(buffer: Buffer, at: number, end: number): void {
    if (this.#state === State.Header) this.#header(buffer, at);
    else if (this.#state === State.Extension) this.#extension(buffer.subarray(at, end));
    else if (this.#state === State.GnuSparse) this.#gnuSparse(buffer, at);
    else this.#dataMap(buffer.subarray(at, end));
  }

  #expect(state: number, bytes: number): void {
    this.#state = state;
    this.#missing = bytes;
  }

  #malformed(what: string): ImgweighError {
    return new ImgweighError("ARCHIVE_MALFORMED", `${this.#where}: ${what} at offset ${this.offset - TAR_BLOCK}`);
  }

  #header(block: Buffer, at: number): void {
    this.#missing = TAR_BLOCK;
    if (block[at] === 0 && isZeroBlock(block, at)) {
      if (this.#start >= 0) throw this.#malformed("an extension header without an entry");
      if (++this.#zeroBlocks === 2) {
        this.terminated = true;
        this.end = this.offset;
        this.#state = State.Trailer;
      }
      return;
    }
    if (!hasValidChecksum(block, at)) throw this.#malformed("no valid tar header");
    if (this.#zeroBlocks === 1) this.#visitor.loneZeroBlock(this.offset - 2 * TAR_BLOCK);
    this.#zeroBlocks = 0;
    const type = block[at + 156] as number;
    const size = parseNumber(block, at + 124, 12);
    if (size === null || size < 0) throw this.#malformed("an entry with no valid size");
    const start = this.offset - TAR_BLOCK;
    if (this.#start < 0 && type !== TYPE.paxGlobal) this.#start = start;
    if (type === TYPE.pax || type === TYPE.paxGlobal || type === TYPE.gnuLongName || type === TYPE.gnuLongLink) {
      this.#beginExtension(type, size);
    } else {
      this.#fillEntry(block, at, type, size);
    }
  }

  #beginExtension(type: number, size: number): void {
    if (size > this.#limits.maxHeaderBytes)
      throw limitExceeded(this.#limits, "maxHeaderBytes", `${this.#where}: a name or PAX header`);
    this.#extensionType = type;
    this.#storedSize = size;
    if (size === 0) return;
    this.#expect(State.Extension, Math.ceil(size / TAR_BLOCK) * TAR_BLOCK);
  }

  #extension(padded: Buffer): void {
    const body = padded.subarray(0, this.#storedSize);
    if (this.#extensionType === TYPE.pax) this.#pax = parsePax(body);
    else if (this.#extensionType === TYPE.gnuLongName) this.#longName = parseString(body, 0, body.length);
    else if (this.#extensionType === TYPE.gnuLongLink) this.#longLink = parseString(body, 0, body.length);
    this.#expect(State.Header, TAR_BLOCK);
  }

  #fillEntry(block: Buffer, at: number, type: number, headerSize: number): void {
    const entry = this.#entry;
    const pax = this.#pax;
    if (++this.#entries > this.#limits.maxEntries) throw limitExceeded(this.#limits, "maxEntries", this.#where);
    const sparse = pax?.sparse === undefined ? null : sparseForm(pax.sparse);
    const sparseName = sparse === null ? undefined : pax?.sparse?.name;
    entry.name = sparseName ?? this.#longName ?? pax?.path ?? parseName(block, at);
    entry.linkName = this.#longLink ?? pax?.linkpath ?? parseString(block, at + 157, 100);
    if (entry.name.length > this.#limits.maxPathBytes || entry.linkName.length > this.#limits.maxPathBytes) {
      throw limitExceeded(this.#limits, "maxPathBytes", `${this.#where}: a path`);
    }
    entry.mode = (parseNumber(block, at + 100, 8) ?? 0) & 0o7777;
    entry.uid = pax?.uid ?? parseNumber(block, at + 108, 8) ?? 0;
    entry.gid = pax?.gid ?? parseNumber(block, at + 116, 8) ?? 0;
    entry.mtime = pax?.mtime ?? parseNumber(block, at + 136, 12) ?? 0;
    entry.start = this.#start;
    entry.xattrs = pax?.xattrs === undefined ? "" : pax.xattrs.sort().join("\n");
    this.#sparse = null;
    if (type === TYPE.oldRegular) entry.type = entry.name.endsWith("/") ? TYPE.directory : TYPE.regular;
    else if (type === TYPE.contiguous || type === TYPE.gnuSparse) entry.type = TYPE.regular;
    else entry.type = type;
    this.#storedSize = isHeaderOnly(entry.type) ? 0 : (pax?.size ?? headerSize);
    // A dump directory, unlike others, has data: the names in it.
    if (type === TYPE.gnuDumpDir) entry.type = TYPE.directory;
    entry.size = entry.type === TYPE.regular ? this.#storedSize : 0;

    if (type === TYPE.gnuSparse) this.#beginGnuSparse(block, at);
    else if (entry.type === TYPE.regular && sparse !== null) this.#beginPaxSparse(pax?.sparse ?? {}, sparse);
    else this.#beginBody();
  }

  #beginGnuSparse(block: Buffer, at: number): void {
    const realSize = parseNumber(block, at + 483, 12);
    if (realSize === null || realSize < 0) throw this.#malformed("a sparse file with no valid size");
    this.#entry.size = realSize;
    this.#fragments = [];
    readGnuFragments(block, at + 386, 4, this.#fragments);
    if (block[at + 482] === 0) this.#beginSparseBody(0);
    else this.#expect(State.GnuSparse, TAR_BLOCK);
  }

  #gnuSparse(block: Buffer, at: number): void {
    readGnuFragments(block, at, 21, this.#fragments);
    this.#boundFragments();
    if (block[at + 504] === 0) this.#beginSparseBody(0);
    else this.#missing = TAR_BLOCK;
  }

  #beginPaxSparse(sparse: PaxSparse, form: "header" | "data"): void {
    this.#entry.size = sparse.realSize ?? this.#storedSize;
    if (form === "header") {
      this.#fragments = sparse.map ?? [];
      this.#boundFragments();
      this.#beginSparseBody(0);
    } else {
      if (this.#storedSize < TAR_BLOCK) throw this.#malformed("a sparse file without its map");
      this.#map = new DataMap();
      this.#expect(State.DataMap, TAR_BLOCK);
    }
  }

  #dataMap(block: Buffer): void {
    if (this.#map.push(block)) {
      this.#fragments = this.#map.fragments;
      this.#beginSparseBody(this.#map.length);
      return;
    }
    if (this.#map.length + TAR_BLOCK > this.#storedSize) throw this.#malformed("a sparse file whose map does not end");
    if (this.#map.length >= this.#limits.maxHeaderBytes)
      throw limitExceeded(this.#limits, "maxHeaderBytes", `${this.#where}: a sparse map`);
    this.#missing = TAR_BLOCK;
  }

  #boundFragments(): void {
    if (this.#fragments.length * 12 > this.#limits.maxHeaderBytes) {
      throw limitExceeded(this.#limits, "maxHeaderBytes", `${this.#where}: a sparse map`);
    }
  }

  #beginSparseBody(mapBytes: number): void {
    this.#storedSize -= mapBytes;
    this.#sparse = sparseMap(this.#fragments, this.#entry.size, this.#storedSize);
    this.#fragment = 0;
    this.#logical = 0;
    this.#sparseBytes += this.#entry.size - this.#storedSize;
    if (this.#sparseBytes > this.#limits.maxSparseBytes) {
      throw limitExceeded(this.#limits, "maxSparseBytes", `${this.#where}: the holes of sparse files`);
    }
    this.#beginBody();
  }

  #beginBody(): void {
    this.#pax = null;
    this.#longName = null;
    this.#longLink = null;
    this.#wanted = this.#visitor.entry(this.#entry);
    this.#expect(State.Body, this.#storedSize);
    if (this.#storedSize === 0) this.#bodyOrPaddingEnd();
  }

  #body(bytes: Buffer): void {
    if (!this.#wanted || this.#entry.type !== TYPE.regular) return;
    if (this.#sparse === null) this.#visitor.data(bytes);
    else this.#sparseData(bytes, this.#sparse);
    if (this.#visitor.satisfied?.()) this.#wanted = false;
  }

  #sparseData(bytes: Buffer, { fragments }: SparseMap): void {
    let at = 0;
    while (at < bytes.length) {
      const offset = fragments[this.#fragment] as number;
      const end = offset + (fragments[this.#fragment + 1] as number);
      this.#hole(offset);
      const take = Math.min(end - this.#logical, bytes.length - at);
      if (take > 0) this.#visitor.data(bytes.subarray(at, at + take));
      this.#logical += take;
      at += take;
      if (this.#logical === end) this.#fragment += 2;
    }
  }

  /** Zeros up to a logical offset. */
  #hole(until: number): void {
    while (this.#logical < until) {
      const take = Math.min(ZEROS.length, until - this.#logical);
      this.#visitor.data(ZEROS.subarray(0, take));
      this.#logical += take;
    }
  }

  #bodyOrPaddingEnd(): void {
    if (this.#state === State.Body) {
      if (this.#sparse !== null && this.#wanted) this.#hole(this.#sparse.realSize);
      const padding = (TAR_BLOCK - (this.#storedSize % TAR_BLOCK)) % TAR_BLOCK;
      if (padding > 0) {
        this.#expect(State.Padding, padding);
        return;
      }
    }
    this.#start = -1;
    this.#visitor.entryEnd(this.offset, 0);
    this.#expect(State.Header, TAR_BLOCK);
  }
}
