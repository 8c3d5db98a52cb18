import { type ByteStream, readAt, readRange } from "../archive/byte-stream.ts";
import { decompressed } from "../archive/decompress.ts";
import { SNIFF_BYTES, sniff } from "../archive/sniff.ts";
import { tarEntries } from "../archive/tar-entries.ts";
import { type ListedEntry, listTar } from "../archive/tar-listing.ts";
import { ImgweighError } from "../errors.ts";
import { normalizePath } from "../image-path.ts";
import { type ArchiveContents, followLinks, missingLayer } from "./archive-contents.ts";
import type { ArchiveKind } from "./archive-images.ts";
import { requireTar, streamArchive } from "./archive-stream.ts";
import { isRootfs, type LookedAt } from "./archive-verdict.ts";
import { openContents } from "./open-contents.ts";
import { counting, headOf, type OpenedFile, openFile, partOf, stampOf, wholeFile } from "./opened-file.ts";
import { openRootfsFile } from "./rootfs-tar.ts";
import type { DeclaredLayer, ImageSource, OpenSource, RandomAccessImage, SourceContext } from "./source.ts";

/**
 * A saved image in a file: docker-archive or oci-archive, plain or as a whole compressed with gzip or zstd. A plain one
 * is read where it lies, in any order; a compressed one streams.
 *
 * @param expected the format a prefix asked for; null takes what is there, a root file system included
 */
export function archiveFile(path: string, expected: "docker-archive" | "oci-archive" | null): ImageSource {
  return {
    open: async (context) => {
      const file = await openFile(path);
      try {
        return await openArchive(file, expected, context);
      } catch (error) {
        await file.handle.close();
        throw error;
      }
    },
  };
}

/** @throws {ImgweighError} NOT_AN_IMAGE, UNSUPPORTED_COMPRESSION, ARCHIVE_* */
async function openArchive(
  file: OpenedFile,
  expected: ArchiveKind | null,
  context: SourceContext,
): Promise<OpenSource> {
  const content = sniff(await headOf(file, SNIFF_BYTES));
  if (content === "none") return openPlain(file, expected, context);
  if (content === "gzip" || content === "zstd") return openCompressed(file, content, expected, context);
  if (content === "empty") throw new ImgweighError("NOT_AN_IMAGE", `${file.path} is empty`);
  if (content === "xz" || content === "bzip2") {
    throw new ImgweighError("UNSUPPORTED_COMPRESSION", `${file.path} is compressed with ${content}`, {
      hint: `inflate it first: ${content === "xz" ? "xz" : "bzip2"} -dc ${file.path} | imgweigh analyze -`,
    });
  }
  throw new ImgweighError("NOT_AN_IMAGE", `${file.path} is not a tar archive (plain, gzip or zstd)`);
}

async function openPlain(file: OpenedFile, expected: ArchiveKind | null, context: SourceContext): Promise<OpenSource> {
  const entries = await listTar(file.handle, file.bytes, context.limits, context.signal, file.path);
  if (expected === null && (await isRootfs(asStreamed(entries, file), context.limits)))
    return openRootfsFile(file, context);
  return openListed(file, new Map(entries.map((entry) => [normalizePath(entry.name).path, entry])), expected, context);
}

async function openCompressed(
  file: OpenedFile,
  compression: "gzip" | "zstd",
  expected: ArchiveKind | null,
  context: SourceContext,
): Promise<OpenSource> {
  const inflate = (input: ByteStream) =>
    requireTar(decompressed(input, compression, context.limits, file.path), file.path);
  // Which of the two it is only its entries tell. The file can be read twice, so they are looked at first.
  if (expected === null) {
    const beginning = inflate(readRange(file.handle, 0, file.bytes, file.path));
    if (await isRootfs(tarEntries(beginning, context.limits, file.path), context.limits))
      return openRootfsFile(file, context);
  }
  const input = counting(wholeFile(file, context.signal), (bytes) =>
    context.onProgress({ type: "read", bytes, totalBytes: file.bytes }),
  );
  const stream = streamArchive(inflate(input), { kind: null, expected, reference: null, where: file.path, context });
  return {
    ...stream,
    stamp: async () => {
      const stamp = await stampOf(file);
      return stamp === null ? null : JSON.stringify([stamp, expected, context.image, context.platform]);
    },
    close: () => file.handle.close(),
  };
}

/** The entries of a tar on disk as they would stream past. */
async function* asStreamed(entries: readonly ListedEntry[], file: OpenedFile): AsyncGenerator<LookedAt> {
  for (const { name, offset, size } of entries)
    yield { name, size, body: readRange(file.handle, offset, size, file.path) };
}

function openListed(
  file: OpenedFile,
  entries: ReadonlyMap<string, ListedEntry>,
  expected: ArchiveKind | null,
  context: SourceContext,
): Promise<RandomAccessImage> {
  const entry = (layer: DeclaredLayer): ListedEntry => {
    const found = entries.get(layer.key);
    if (found === undefined) throw missingLayer(layer, file.path);
    return found;
  };
  const contents: ArchiveContents = {
    where: file.path,
    limits: context.limits,
    locate: async (name) => followLinks(entries, name),
    async read(located) {
      const { offset, size } = entries.get(located) ?? { offset: 0, size: 0 };
      return readAt(file.handle, offset, size);
    },
    sizeOf: (located) => entries.get(located)?.size ?? 0,
  };
  return openContents(contents, expected, context, {
    blobBytes: (layer) => entry(layer).size,
    read: (layer, { offset, length }) => readRange(file.handle, entry(layer).offset + offset, length, file.path),
    open: async (layer) => {
      const { offset, size } = entry(layer);
      return partOf(file, { offset, length: size });
    },
    stamp: async (layer) => {
      const stamp = await stampOf(file);
      return stamp === null ? null : JSON.stringify([stamp, layer.key]);
    },
    close: () => file.handle.close(),
  });
}
