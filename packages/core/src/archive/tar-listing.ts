import type { FileHandle } from "node:fs/promises";
import { readAt } from "./byte-stream.ts";
import type { Limits } from "./limits.ts";
import { TYPE } from "./tar-header.ts";
import { TarScanner, type TarVisitor } from "./tar-scanner.ts";

/** One entry of an archive on disk. */
export interface ListedEntry {
  /** UTF-8, which is what the JSON that refers to names is written in. */
  readonly name: string;
  readonly type: "file" | "link" | "other";
  readonly linkName: string | null;
  /** Where its contents stand in the file. */
  readonly offset: number;
  readonly size: number;
}

// Headers of small neighbouring entries come with one read; between large ones little is read in vain.
const LIST_READ_BYTES = 2 ** 14;

function utf8(byteString: string): string {
  return Buffer.from(byteString, "latin1").toString("utf8");
}

/**
 * Lists a tar on disk by its headers alone, seeking over contents.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, LIMIT_EXCEEDED
 */
export async function listTar(
  handle: FileHandle,
  fileBytes: number,
  limits: Limits,
  signal: AbortSignal,
  where: string,
): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  let pending: Omit<ListedEntry, "offset"> | null = null;
  const visitor: TarVisitor = {
    entry(entry) {
      const isLink = entry.type === TYPE.symlink || entry.type === TYPE.hardLink;
      pending = {
        name: utf8(entry.name),
        type: entry.type === TYPE.regular ? "file" : isLink ? "link" : "other",
        linkName: isLink ? utf8(entry.linkName) : null,
        size: entry.size,
      };
      return false;
    },
    data() {},
    entryEnd(offset, missing) {
      if (pending === null) return;
      const padded = Math.ceil(pending.size / 512) * 512;
      entries.push({ ...pending, offset: offset + missing - padded });
      pending = null;
    },
    loneZeroBlock() {},
  };
  const scanner = new TarScanner(visitor, limits, where);
  while (scanner.offset < fileBytes && !scanner.terminated) {
    signal.throwIfAborted();
    const block = await readAt(handle, scanner.offset, Math.min(LIST_READ_BYTES, fileBytes - scanner.offset));
    if (block.length === 0) break;
    pushSkipping(scanner, block, fileBytes);
  }
  if (!scanner.terminated) scanner.finish();
  return entries;
}

/** Gives the scanner what it needs of a chunk, and lets it jump over contents that reach beyond. */
function pushSkipping(scanner: TarScanner, chunk: Buffer, fileBytes: number): void {
  const end = scanner.offset + chunk.length;
  scanner.push(chunk);
  // Beyond the file's end there is nothing to skip to: the entry is cut short, and finish() will say so.
  const skip = scanner.skippable;
  if (skip > 0 && end + skip <= fileBytes) scanner.skip(skip);
}
