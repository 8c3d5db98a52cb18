import { type FileHandle, open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readRange } from "../archive/byte-stream.ts";
import { type Limits, limitExceeded } from "../archive/limits.ts";
import type { ArchiveContents } from "./archive-contents.ts";
import { missingLayer } from "./archive-contents.ts";
import { fileStamp } from "./file-stamp.ts";
import { unreadable } from "./opened-file.ts";
import type { ByteRange, DeclaredLayer, OpenBlob } from "./source.ts";

/** Files of a layout directory. Names come from checked digests and constants, so they stay inside it. */
export class DirectoryFiles implements ArchiveContents {
  readonly where: string;
  readonly limits: Limits;
  readonly #sizes = new Map<string, number>();

  constructor(directory: string, limits: Limits) {
    this.where = directory;
    this.limits = limits;
  }

  async locate(name: string): Promise<string | null> {
    if (this.#sizes.has(name)) return name;
    try {
      const found = await stat(join(this.where, name));
      if (!found.isFile()) return null;
      this.#sizes.set(name, found.size);
      return name;
    } catch (cause) {
      if (isAbsent(cause)) return null;
      throw unreadable(join(this.where, name), cause);
    }
  }

  async read(located: string): Promise<Buffer> {
    const bytes = await readFile(join(this.where, located));
    // It may have grown since its size was asked.
    if (bytes.length > this.limits.maxJsonBytes)
      throw limitExceeded(this.limits, "maxJsonBytes", `${located} of ${this.where}`);
    return bytes;
  }

  sizeOf(located: string): number {
    return this.#sizes.get(located) ?? 0;
  }

  blobBytes(layer: DeclaredLayer): number {
    const size = this.#sizes.get(layer.key);
    if (size === undefined) throw missingLayer(layer, this.where);
    return size;
  }

  /** What tells that a layer's blob is still the one that was read before. */
  async stampOf(layer: DeclaredLayer): Promise<string | null> {
    const path = join(this.where, layer.key);
    const found = await stat(path, { bigint: true }).catch(() => null);
    return found === null ? null : fileStamp(path, found);
  }

  async openBlob(layer: DeclaredLayer): Promise<OpenBlob> {
    const length = this.blobBytes(layer);
    const { path, handle } = await this.#open(layer);
    return { range: { fd: handle.fd, offset: 0, length, where: path }, close: () => handle.close() };
  }

  async #open(layer: DeclaredLayer): Promise<{ readonly path: string; readonly handle: FileHandle }> {
    const path = join(this.where, layer.key);
    const handle = await open(path, "r").catch((cause: unknown) => {
      throw unreadable(path, cause);
    });
    return { path, handle };
  }

  async *readBlob(layer: DeclaredLayer, range: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    const { path, handle } = await this.#open(layer);
    try {
      yield* readRange(handle, range.offset, range.length, path);
    } finally {
      await handle.close();
    }
  }
}

function isAbsent(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}
