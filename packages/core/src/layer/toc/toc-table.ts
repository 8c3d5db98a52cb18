import { digestOf } from "../../archive/digest.ts";
import { inflateStretch } from "../../archive/inflate-stretch.ts";
import { type Limits, limitExceeded } from "../../archive/limits.ts";
import { parseNumber, parseString, TAR_BLOCK } from "../../archive/tar-header.ts";
import { algorithmOf } from "../../oci/digest.ts";
import { asObject, parseJson } from "../../oci/json.ts";
import { FOOTER_BYTES, readFooter } from "./estargz-footer.ts";
import { type EstargzToc, type TocLocation, type ZstdChunkedToc, zstdDataEnd } from "./toc-location.ts";
import { UnusableToc } from "./unusable-toc.ts";

/** Positioned reads of a blob, wherever it lies. */
export type ReadBlobAt = (offset: number, length: number) => Promise<Uint8Array>;

/** A table of contents as it lies in the blob, its digest checked. */
export interface TocTable {
  /** Its `entries`, not looked at yet. */
  readonly entries: readonly unknown[];
  readonly json: Buffer;
  /** Where the blob's data ends: all behind it is tables and footer. */
  readonly dataEnd: number;
}

/** What a table is stored in that its digest is not taken over: gzip's and tar's own bytes. */
interface StoredTable {
  readonly json: Buffer;
  readonly dataEnd: number;
}

/** The file that holds the table in an eStargz layer's tar. */
export const TOC_NAME = "stargz.index.json";

/**
 * Reads a layer's table of contents by ranges, one request for zstd:chunked and two for eStargz, and holds it against
 * the digest that the manifest gives.
 *
 * @throws {ImgweighError} LIMIT_EXCEEDED, and whatever reading throws
 * @throws {UnusableToc}
 */
export async function readTable(
  read: ReadBlobAt,
  blobBytes: number,
  location: TocLocation,
  limits: Limits,
  where: string,
): Promise<TocTable> {
  const { json, dataEnd } =
    location.format === "estargz"
      ? await readEstargz(read, blobBytes, location, limits, where)
      : await readZstdChunked(read, blobBytes, location, limits, where);
  const table = asObject(parseJson(json, "the table of contents"), "the table of contents");
  const entries = table["entries"];
  if (!Array.isArray(entries)) throw new UnusableToc("its table of contents lists nothing");
  if (entries.length > limits.maxEntries) throw limitExceeded(limits, "maxEntries", where);
  return { entries, json, dataEnd };
}

function boundTable(bytes: number, limits: Limits, where: string): void {
  if (bytes > limits.maxTocBytes) throw limitExceeded(limits, "maxTocBytes", where);
}

/** The last member but one of the blob: a tar entry whose content is the table. */
async function readEstargz(
  read: ReadBlobAt,
  blobBytes: number,
  { digest }: EstargzToc,
  limits: Limits,
  where: string,
): Promise<StoredTable> {
  if (blobBytes < FOOTER_BYTES) throw new UnusableToc("it is too short for a footer");
  const footer = readFooter(Buffer.from(await read(blobBytes - FOOTER_BYTES, FOOTER_BYTES)));
  if (footer === null) throw new UnusableToc("it has no eStargz footer");
  const storedBytes = blobBytes - footer.footerBytes - footer.tocOffset;
  if (storedBytes <= 0) throw new UnusableToc("its footer points outside of it");
  boundTable(storedBytes, limits, where);
  const stored = await read(footer.tocOffset, storedBytes);
  const most = limits.maxTocBytes + 4 * TAR_BLOCK;
  const { bytes: tar, more } = await inflateStretch(stored, "gzip", most, limits, where);
  if (more) boundTable(Number.POSITIVE_INFINITY, limits, where);
  const json = contentOfToc(tar);
  if (digestOf(json, algorithmOf(digest)) !== digest)
    throw new UnusableToc("its table of contents has not the digest that the manifest gives");
  return { json, dataEnd: footer.tocOffset };
}

function contentOfToc(tar: Buffer): Buffer {
  const bytes = tar.length < TAR_BLOCK ? null : parseNumber(tar, 124, 12);
  if (bytes === null || bytes < 0 || parseString(tar, 0, 100) !== TOC_NAME || TAR_BLOCK + bytes > tar.length)
    throw new UnusableToc("there is no table of contents where its footer says");
  return tar.subarray(TAR_BLOCK, TAR_BLOCK + bytes);
}

async function readZstdChunked(
  read: ReadBlobAt,
  blobBytes: number,
  location: ZstdChunkedToc,
  limits: Limits,
  where: string,
): Promise<StoredTable> {
  const { offset, storedBytes, bytes, digest } = location;
  if (storedBytes === 0 || offset + storedBytes > blobBytes)
    throw new UnusableToc("its table of contents is said to lie outside of it");
  boundTable(Math.max(bytes, storedBytes), limits, where);
  const stored = await read(offset, storedBytes);
  if (digestOf(stored, algorithmOf(digest)) !== digest)
    throw new UnusableToc("its table of contents has not the digest that the manifest gives");
  const { bytes: json, more } = await inflateStretch(stored, "zstd", bytes, limits, where);
  if (more || json.length !== bytes)
    throw new UnusableToc("its table of contents has not the length that the manifest gives");
  return { json, dataEnd: zstdDataEnd(location) };
}
