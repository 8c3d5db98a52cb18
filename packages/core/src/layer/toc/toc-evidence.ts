import { capturedBytesGuard } from "../../archive/limits.ts";
import type { ImagePath } from "../../image-path.ts";
import { Captures } from "../capture.ts";
import { type ExtractedArchive, type ExtractedBinary, type ExtractorId, Extractors } from "../extractors.ts";
import { FileParts, type FilePiece } from "../file-parts.ts";
import { type CapturedFile, type EntryColumns, entryLink, entryPath, KIND } from "../layer-index.ts";
import type { ReadLayerOptions } from "../read-layer.ts";
import { type ChunkReaderOptions, readChunks, storedBytes } from "./toc-contents.ts";
import type { TocChunk, TocEntry } from "./toc-entries.ts";
import type { ReadBlobAt } from "./toc-table.ts";

/** What was looked into, beyond the table itself. */
export interface TocEvidence {
  readonly captures: readonly CapturedFile[];
  readonly binaries: readonly ExtractedBinary[];
  readonly archives: readonly ExtractedArchive[];
  /** Files that may have had something to say and were not, or not all of them, read. */
  readonly unread: readonly number[];
}

/** Files this small are read as a whole at once: asking for parts of them would cost more. */
const WHOLE_BYTES = 2 ** 16;
/** What tells the kind of a file, and what a capture request can ask for as its first bytes. */
const HEAD_BYTES = 64;
/** More files than this are not looked into, small ones and others apart: scripts and binaries, for the most part. */
const MAX_PROBED = 256;
const SMALL_BYTES = 2 ** 12;
/** What does not begin to run cannot matter for its first bytes; to look at every file would be to read every file. */
const ANY_EXECUTE = 0o111;
/** A file's facts lie in a few places, each told by the one before: headers, section table, what it points to. */
const MAX_ROUNDS = 8;
/** Chunks looked at for what one file asks in one round: a crafted one may ask for all of them time and again. */
const MAX_LOOKS = 100_000;

/** A file to be looked into, and the bytes of the blob that reading all of it would take. */
interface Candidate {
  readonly entry: number;
  readonly cost: number;
}

/** A file that may be a binary or archive, as far as it has been read. */
interface Probe {
  readonly entry: number;
  readonly size: number;
  readonly chunks: readonly TocChunk[];
  /** Where each chunk begins in the file. */
  readonly starts: Float64Array;
  readonly contents: Map<TocChunk, Buffer>;
  wanted: readonly TocChunk[];
  settled: boolean;
}

/** Reads by ranges what capture requests and extractors ask for. What it reads depends on the table and the blob alone. */
export class TocEvidenceReader {
  readonly #read: ReadBlobAt;
  readonly #entries: readonly TocEntry[];
  readonly #columns: EntryColumns;
  readonly #chunkOptions: ChunkReaderOptions;
  readonly #captures: Captures;
  readonly #extractors: Extractors;
  readonly #maxFileBytes: number;
  readonly #unread: number[] = [];
  /** Hard links in order, by the file that they lead to. */
  readonly #links: ReadonlyMap<number, readonly ImagePath[]>;

  constructor(
    read: ReadBlobAt,
    entries: readonly TocEntry[],
    columns: EntryColumns,
    compression: ChunkReaderOptions["compression"],
    { captures, extractors = [], limits, where }: ReadLayerOptions,
  ) {
    this.#read = read;
    this.#entries = entries;
    this.#columns = columns;
    this.#chunkOptions = { compression, limits, where };
    this.#maxFileBytes = limits.maxCapturedFileBytes;
    this.#captures = new Captures(captures, limits.maxCapturedFileBytes, capturedBytesGuard(limits, where));
    this.#extractors = new Extractors(extractors, limits.maxCapturedFileBytes);
    this.#links = linksByFile(columns);
  }

  /**
   * @param allowance bytes of the blob to read at most, files that are asked for by name not included: those are
   *   always read
   */
  async collect(allowance: number): Promise<TocEvidence> {
    const named = await this.#readNamed();
    await this.#probe(allowance - named.bytes, named.entries);
    const byEntry = (a: { entry: number }, b: { entry: number }): number => a.entry - b.entry;
    return {
      captures: [...this.#captures.finish()].sort(byEntry),
      binaries: [...this.#extractors.binaries].sort(byEntry),
      archives: [...this.#extractors.archives].sort(byEntry),
      unread: this.#unread.sort((a, b) => a - b),
    };
  }

  async #readNamed(): Promise<{ bytes: number; entries: ReadonlySet<number> }> {
    const wanted = new Map<number, readonly TocChunk[]>();
    for (let entry = 0; entry < this.#columns.count; entry++) {
      if (this.#columns.kinds[entry] !== KIND.regular) continue;
      const size = this.#columns.sizes[entry] as number;
      const bytes = this.#pathsOf(entry).map((path) => this.#captures.wantedByName(path, size) ?? -1);
      const most = Math.max(...bytes);
      if (most < 0) continue;
      wanted.set(entry, leading(this.#chunksOf(entry), Math.max(most, this.#captures.mostByMagic(size) ?? 0)));
    }
    const chunks = [...wanted.values()].flat();
    const contents = await readChunks(this.#read, chunks, this.#chunkOptions);
    for (const [entry, own] of wanted) this.#capture(entry, own, contents);
    return { bytes: storedBytes(chunks), entries: new Set(wanted.keys()) };
  }

  #chunksOf(entry: number): readonly TocChunk[] {
    return this.#entries[entry]?.chunks ?? [];
  }

  #capture(entry: number, chunks: readonly TocChunk[], contents: ReadonlyMap<TocChunk, Buffer>): void {
    this.#captures.begin(entry, entryPath(this.#columns, entry), this.#columns.sizes[entry] as number);
    for (const chunk of chunks) this.#captures.data(contents.get(chunk) as Buffer);
    this.#captures.end();
    const [own, ...links] = this.#pathsOf(entry);
    for (const link of links) this.#captures.link(link, own as ImagePath);
  }

  /** The path of a file, and those of hard links to it. */
  #pathsOf(entry: number): readonly ImagePath[] {
    return [entryPath(this.#columns, entry), ...(this.#links.get(entry) ?? [])];
  }

  /** The name by which a file may be an archive: its own, or a link's. */
  #tellingPath(entry: number): ImagePath {
    const paths = this.#pathsOf(entry);
    const size = this.#columns.sizes[entry] as number;
    return paths.find((path) => this.#extractors.mayWant(path, 0, size)) ?? (paths[0] as ImagePath);
  }

  /** Looks into what may be a binary or archive, the cheapest first, as far as the allowance goes. */
  async #probe(allowance: number, captured: ReadonlySet<number>): Promise<void> {
    const probes = this.#candidates(captured);
    let bytesLeft = allowance;
    let memoryLeft = this.#maxFileBytes;
    for (let round = 0; round < MAX_ROUNDS && probes.some(({ settled }) => !settled); round++) {
      const wanted: TocChunk[] = [];
      for (const probe of probes) {
        if (probe.settled) continue;
        const bytes = storedBytes(probe.wanted);
        const memory = probe.wanted.reduce((sum, { length }) => sum + length, 0);
        if (bytes > bytesLeft || memory > memoryLeft) {
          this.#giveUp(probe);
          continue;
        }
        bytesLeft -= bytes;
        memoryLeft -= memory;
        for (const chunk of probe.wanted) wanted.push(chunk);
      }
      const contents = await readChunks(this.#read, wanted, this.#chunkOptions);
      for (const probe of probes) if (!probe.settled) this.#advance(probe, contents, captured);
    }
    for (const probe of probes) if (!probe.settled) this.#giveUp(probe);
  }

  #candidates(captured: ReadonlySet<number>): Probe[] {
    const small: Candidate[] = [];
    const large: Candidate[] = [];
    const { kinds, modes, sizes, count } = this.#columns;
    for (let entry = 0; entry < count; entry++) {
      const size = sizes[entry] as number;
      if (kinds[entry] !== KIND.regular || size === 0) continue;
      const mode = modes[entry] as number;
      const byMagic = (mode & ANY_EXECUTE) !== 0 && !captured.has(entry) && this.#captures.mostByMagic(size) !== null;
      if (!byMagic && !this.#extractors.mayWant(this.#tellingPath(entry), mode, size)) continue;
      (size < SMALL_BYTES ? small : large).push({ entry, cost: storedBytes(this.#chunksOf(entry)) });
    }
    for (const list of [small, large]) {
      list.sort((a, b) => a.cost - b.cost || a.entry - b.entry);
      for (const { entry } of list.splice(MAX_PROBED)) this.#unread.push(entry);
    }
    return [...small, ...large].map(({ entry, cost }) => {
      const chunks = this.#chunksOf(entry);
      const wanted = cost <= WHOLE_BYTES ? chunks : leading(chunks, HEAD_BYTES);
      const size = sizes[entry] as number;
      return { entry, size, chunks, starts: startsOf(chunks), contents: new Map(), wanted, settled: false };
    });
  }

  /** Takes up what was read; the file says what it is, or where else to look. */
  #advance(probe: Probe, read: ReadonlyMap<TocChunk, Buffer>, captured: ReadonlySet<number>): void {
    for (const chunk of probe.wanted) probe.contents.set(chunk, read.get(chunk) as Buffer);
    const missing = new Set<TocChunk>();
    let looks = MAX_LOOKS;
    const parts = this.#partsOf(probe, (start, end) => {
      for (let i = chunkAt(probe, start); looks > 0 && i < probe.chunks.length; i++, looks--) {
        if ((probe.starts[i] as number) >= end) break;
        const chunk = probe.chunks[i] as TocChunk;
        if (!probe.contents.has(chunk)) missing.add(chunk);
      }
    });
    const head = this.#headOf(probe);
    const kind = this.#extractors.kindOf(this.#tellingPath(probe.entry), head);
    const kept = captured.has(probe.entry) ? null : this.#captures.wantedByMagic(head, probe.size);
    const leadingChunks = kept === null ? [] : leading(probe.chunks, kept);
    for (const chunk of leadingChunks) if (!probe.contents.has(chunk)) missing.add(chunk);
    if (kind !== null) this.#lookInto(kind, parts);
    if (missing.size > 0) {
      probe.wanted = [...missing];
      return;
    }
    if (kind !== null) this.#extractors.extract(probe.entry, kind, parts);
    if (kept !== null) this.#capture(probe.entry, leadingChunks, probe.contents);
    probe.settled = true;
  }

  /** Only to learn what is missing. */
  #lookInto(kind: ExtractorId, parts: FileParts): void {
    new Extractors([kind], 0).extract(0, kind, parts);
  }

  /** What its beginning says is better than nothing. */
  #giveUp(probe: Probe): void {
    probe.settled = true;
    this.#unread.push(probe.entry);
    const kind = this.#extractors.kindOf(this.#tellingPath(probe.entry), this.#headOf(probe));
    if (kind !== null)
      this.#extractors.extract(
        probe.entry,
        kind,
        this.#partsOf(probe, () => {}),
      );
  }

  /** Its first bytes, as far as they are at hand. */
  #headOf(probe: Probe): Buffer {
    return this.#partsOf(probe, () => {}).upTo(0, HEAD_BYTES);
  }

  /** Neighbouring chunks make one piece. */
  #partsOf({ size, chunks, contents }: Probe, onMissing: (start: number, end: number) => void): FileParts {
    const pieces: { at: number; parts: Buffer[]; end: number }[] = [];
    let at = 0;
    for (const chunk of chunks) {
      const bytes = contents.get(chunk);
      const last = pieces.at(-1);
      if (bytes !== undefined && last?.end === at) {
        last.parts.push(bytes);
        last.end += bytes.length;
      } else if (bytes !== undefined) {
        pieces.push({ at, parts: [bytes], end: at + bytes.length });
      }
      at += chunk.length;
    }
    const joined: FilePiece[] = pieces.map((piece) => ({ at: piece.at, bytes: Buffer.concat(piece.parts) }));
    return FileParts.ofPieces(size, joined, onMissing);
  }
}

/** A link to a link leads to the file. */
function linksByFile(columns: EntryColumns): ReadonlyMap<number, readonly ImagePath[]> {
  const links = new Map<number, ImagePath[]>();
  if (!columns.kinds.includes(KIND.hardLink)) return links;
  const files = new Map<ImagePath, number>();
  for (let entry = 0; entry < columns.count; entry++) {
    const path = entryPath(columns, entry);
    const kind = columns.kinds[entry];
    const file =
      kind === KIND.regular ? entry : kind === KIND.hardLink ? files.get(entryLink(columns, entry)) : undefined;
    if (file === undefined) {
      files.delete(path);
      continue;
    }
    files.set(path, file);
    if (kind === KIND.regular) continue;
    const own = links.get(file);
    if (own === undefined) links.set(file, [path]);
    else own.push(path);
  }
  return links;
}

function startsOf(chunks: readonly TocChunk[]): Float64Array {
  const starts = new Float64Array(chunks.length);
  for (let i = 1; i < chunks.length; i++) starts[i] = (starts[i - 1] as number) + (chunks[i - 1] as TocChunk).length;
  return starts;
}

/** The chunk that holds an offset of the file. */
function chunkAt({ starts }: Probe, offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** The chunks that hold a file's first `bytes`. */
function leading(chunks: readonly TocChunk[], bytes: number): readonly TocChunk[] {
  const found: TocChunk[] = [];
  let at = 0;
  for (const chunk of chunks) {
    if (at >= bytes) break;
    found.push(chunk);
    at += chunk.length;
  }
  return found;
}
