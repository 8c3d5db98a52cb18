import { inflateStretch } from "../../archive/inflate-stretch.ts";
import { isZeroBlock, TAR_BLOCK, TYPE } from "../../archive/tar-header.ts";
import { type ErrorCode, isImgweighError, messageOf } from "../../errors.ts";
import { hexOf } from "../../oci/digest.ts";
import { Captures } from "../capture.ts";
import { Extractors } from "../extractors.ts";
import { LAYER_INDEX_VERSION, type LayerIndex } from "../layer-index.ts";
import { LayerVisitor } from "../layer-visitor.ts";
import type { ReadLayer, ReadLayerOptions } from "../read-layer.ts";
import { type TocEntry, tocEntries } from "./toc-entries.ts";
import { type TocEvidence, TocEvidenceReader } from "./toc-evidence.ts";
import { TOC_COMPRESSION, type TocLocation } from "./toc-location.ts";
import { shareByToc } from "./toc-shares.ts";
import { type ReadBlobAt, readTable, TOC_NAME, type TocTable } from "./toc-table.ts";
import { UnusableToc } from "./unusable-toc.ts";

/** A layer that its table of contents stands for, or why it does not. */
export type TocReading = { readonly layer: ReadLayer } | { readonly unusable: string };

/** What may be read beyond the table without being asked for by name: 3 % of the blob, of small ones 1 MiB. */
const EVIDENCE_SHARE = 0.03;
const LEAST_EVIDENCE_BYTES = 2 ** 20;
/** Where the tar ends is looked up if that costs no more than this, or 1 % of the blob. */
const TAIL_SHARE = 0.01;
const LEAST_TAIL_BYTES = 2 ** 18;

/**
 * Lists a layer by its table of contents, which has the hash of every file, and reads what capture requests and
 * extractors ask for by further ranges. Everything that is read has a digest in the table, and the table one in the
 * manifest. `diffId` and `tarBytes` are null: nobody saw the tar.
 *
 * A table that is damaged, or silent on what must be known, is no error: the layer is to be read as any other.
 *
 * @param read positioned reads of the blob
 * @throws {ImgweighError} LIMIT_EXCEEDED, and whatever reading throws
 */
export async function readLayerByToc(
  read: ReadBlobAt,
  blobBytes: number,
  location: TocLocation,
  options: ReadLayerOptions,
): Promise<TocReading> {
  const reader = new WatchedReader(read);
  try {
    return { layer: await readWith(reader.read, blobBytes, location, options) };
  } catch (error) {
    if (error === reader.failure || !(error instanceof UnusableToc || isDamage(error))) throw error;
    return { unusable: messageOf(error) };
  }
}

const DAMAGE: readonly ErrorCode[] = ["ARCHIVE_MALFORMED", "ARCHIVE_TRUNCATED", "UNSUPPORTED_COMPRESSION"];

function isDamage(error: unknown): boolean {
  return isImgweighError(error) && DAMAGE.includes(error.code);
}

/** Tells failures to read from what was read being no good. */
class WatchedReader {
  failure: unknown = null;
  readonly #read: ReadBlobAt;

  constructor(read: ReadBlobAt) {
    this.#read = read;
  }

  readonly read: ReadBlobAt = async (offset, length) => {
    const bytes = await this.#read(offset, length).catch((error: unknown) => {
      this.failure ??= error;
      throw this.failure;
    });
    if (bytes.length !== length) throw new UnusableToc("it ends before its table of contents says so");
    return bytes;
  };
}

async function readWith(
  read: ReadBlobAt,
  blobBytes: number,
  location: TocLocation,
  options: ReadLayerOptions,
): Promise<ReadLayer> {
  const { limits, where } = options;
  const table = await readTable(read, blobBytes, location, limits, where);
  const entries = tocEntries(table, limits, where);
  const visitor = new LayerVisitor(new Captures([], 0), new Extractors([], 0), false);
  for (const { header, hash } of entries) {
    options.onBytes(header.size);
    visitor.list(header, hash);
  }
  // The table lists itself last, if at all, and that is not part of its digest.
  const shares = shareByToc(entries, table.dataEnd, blobBytes);
  if (location.format === "estargz" && (await tableIsEntry(read, entries, table, blobBytes, options)))
    entries.push(listTable(visitor, table, hexOf(location.digest)));
  const columns = visitor.columns.finish(true);
  const compression = TOC_COMPRESSION[location.format];
  const allowance = Math.max(LEAST_EVIDENCE_BYTES, Math.floor(blobBytes * EVIDENCE_SHARE));
  const evidence = await new TocEvidenceReader(read, entries, columns, compression, options).collect(
    allowance - (blobBytes - table.dataEnd),
  );
  const entryBytes = new Float64Array(columns.count);
  entryBytes.set(shares.entryBytes);
  return {
    index: tocIndex(visitor, columns, evidence),
    blob: { digest: null, compression, blobBytes, shares: { ...shares, entryBytes } },
  };
}

function tocIndex(visitor: LayerVisitor, entries: LayerIndex["entries"], evidence: TocEvidence): LayerIndex {
  const { captures, binaries, archives, unread } = evidence;
  const [first] = unread;
  const partial =
    first === undefined ? [] : ([{ code: "evidence-not-read", entry: first, count: unread.length }] as const);
  return {
    version: LAYER_INDEX_VERSION,
    diffId: null,
    tarBytes: null,
    contentBytes: visitor.contentBytes,
    terminated: true,
    entries,
    captures,
    binaries,
    archives,
    oddities: [...visitor.oddities, ...partial],
  };
}

/**
 * Whether the table of an eStargz layer is an entry of the tar, as its documentation has it, or lies behind the tar's
 * end, where writers put it that keep the original tar whole (BuildKit). What precedes it tells.
 */
async function tableIsEntry(
  read: ReadBlobAt,
  entries: readonly TocEntry[],
  { dataEnd }: TocTable,
  blobBytes: number,
  { limits, where }: ReadLayerOptions,
): Promise<boolean> {
  const chunks = entries.flatMap((entry) => entry.chunks);
  const last = chunks.reduce<(typeof chunks)[number] | null>(
    (found, chunk) =>
      found === null ||
      chunk.offset > found.offset ||
      (chunk.offset === found.offset && chunk.innerOffset > found.innerOffset)
        ? chunk
        : found,
    null,
  );
  const from = last?.offset ?? 0;
  if (dataEnd - from > Math.max(LEAST_TAIL_BYTES, blobBytes * TAIL_SHARE)) return true;
  if (dataEnd === from) return true;
  const most = limits.maxTocBytes;
  const { bytes, more } = await inflateStretch(await read(from, dataEnd - from), "gzip", most, limits, where);
  const contents = last === null ? 0 : last.innerOffset + last.length;
  const end = bytes.length;
  return more || end - contents < TAR_BLOCK || !isZeroBlock(bytes, end - TAR_BLOCK);
}

/** Its contents are at hand. */
function listTable(visitor: LayerVisitor, { json, dataEnd }: TocTable, sha256: string): TocEntry {
  const size = json.length;
  const header = {
    type: TYPE.regular,
    name: TOC_NAME,
    linkName: "",
    size,
    mode: 0,
    uid: 0,
    gid: 0,
    mtime: 0,
    start: 0,
    xattrs: "",
  };
  const hash = Buffer.from(sha256, "hex");
  visitor.list(header, hash);
  const place = { offset: dataEnd, end: dataEnd, innerOffset: 0 };
  return { header, hash, chunks: [{ ...place, length: size, digest: null, known: () => json }] };
}
