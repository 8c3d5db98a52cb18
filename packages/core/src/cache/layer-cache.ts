import { createHash } from "node:crypto";
import { endianness } from "node:os";
import type { Limits } from "../archive/limits.ts";
import { messageOf } from "../errors.ts";
import type { CaptureRequest } from "../layer/capture.ts";
import type { ExtractorId } from "../layer/extractors.ts";
import { LAYER_INDEX_VERSION, type LayerIndex } from "../layer/layer-index.ts";
import type { ReadLayer } from "../layer/read-layer.ts";
import type { Digest } from "../oci/digest.ts";
import { hostPlatform } from "../oci/platform.ts";
import { dropEntryFile, type EntryKind, readEntryFile, writeEntryFile } from "./entry-files.ts";
import { decodeEntry, type Entry, encodeEntry } from "./entry-format.ts";
import { imageMeta, type KnownImage, type LayerDigests, readImageMeta, readLayerDigests } from "./image-entry.ts";
import { blobEntry, layerEntry, readBlobEntry, readLayerEntry } from "./layer-entry.ts";
import { pruneEntries } from "./upkeep.ts";

/** Changes when the format of a file of the cache does; {@link LAYER_INDEX_VERSION} when its meaning does. */
const CACHE_FORMAT = 1;

/** Ten million entries with short names; what is larger is not worth its place, or no entry. */
const LARGEST_ENTRY_BYTES = 2 ** 30;

/** What a layer that is read depends on, beside its bytes. */
export interface ReadingTerms {
  readonly captures: readonly CaptureRequest[];
  readonly extractors: readonly ExtractorId[];
  readonly limits: Limits;
}

export interface LayerCacheOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly terms: ReadingTerms;
  /** false: nothing is looked up (`--verify`). */
  readonly reads: boolean;
  /** false: nothing is written (`--no-verify`). */
  readonly writes: boolean;
  /** Told once that the directory cannot be used, and why. */
  readonly onTrouble: (message: string) => void;
}

/** Limits that decide whether a layer is read at all, and what is kept of it. */
const LAYER_LIMITS = [
  "maxEntries",
  "maxPathBytes",
  "maxHeaderBytes",
  "maxInflateRatio",
  "maxSparseBytes",
  "maxTocBytes",
  "maxCapturedFileBytes",
  "maxCapturedBytes",
] as const satisfies readonly (keyof Limits)[];

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

function termsOf({ captures, extractors, limits }: ReadingTerms): string {
  const requests = captures.map(({ id, version, names, prefixes, suffixes, parents = [], magic, maxBytes }) => [
    id,
    version,
    names,
    prefixes,
    suffixes,
    parents,
    magic,
    maxBytes,
  ]);
  return hashOf([requests, [...extractors].sort(), LAYER_LIMITS.map((name) => limits[name])]);
}

/**
 * Layers that were read before, on disk: a {@link LayerIndex} by diffID and by what was asked of it, the record of a
 * blob by the blob's digest, and what was verified of local files and of images that streamed past. Whatever is damaged
 * or odd counts as absent and is removed. No method fails: a cache that cannot be used is told of once.
 */
export class LayerCache {
  readonly #options: LayerCacheOptions;
  readonly #terms: string;
  readonly #largestEntry: number;
  readonly #writing = new Set<Promise<void>>();
  #wrote = false;
  #unusable = false;

  constructor(options: LayerCacheOptions) {
    this.#options = options;
    this.#terms = termsOf(options.terms);
    this.#largestEntry = Math.min(options.maxBytes, LARGEST_ENTRY_BYTES);
  }

  /** A layer by its blob, where both were read before and belong together. */
  async findLayer({ blob, diffId }: LayerDigests): Promise<ReadLayer | null> {
    return this.#findPair(this.#layerKey("tar", diffId), this.#blobKey("tar", blob), diffId);
  }

  keepLayer(read: ReadLayer): void {
    const { index, blob } = read;
    if (index.diffId === null || blob.digest === null) return;
    this.#keepPair(this.#layerKey("tar", index.diffId), this.#blobKey("tar", blob.digest), read);
  }

  /**
   * A layer of which only the table of contents was read, by whatever names the blob and its table. Kept apart: it is no
   * substitute for one that was read as a whole, nor the other way round, or a result would depend on the cache.
   */
  async findListing(name: string): Promise<ReadLayer | null> {
    return this.#findPair(this.#layerKey("toc", name), this.#blobKey("toc", name), null);
  }

  keepListing(name: string, read: ReadLayer): void {
    this.#keepPair(this.#layerKey("toc", name), this.#blobKey("toc", name), read);
  }

  /** What a blob in a local file was when its place had this stamp. */
  async findStamped(stamp: string, declared: DeclaredAlgorithms): Promise<LayerDigests | null> {
    const key = this.#key("file", [stamp, declared.blob, declared.diffId]);
    return this.#find("file", key, ({ meta }) => readLayerDigests(meta));
  }

  keepStamped(stamp: string, declared: DeclaredAlgorithms, { blob, diffId }: LayerDigests): void {
    this.#keep("file", this.#key("file", [stamp, declared.blob, declared.diffId]), {
      meta: { blob, diffId },
      columns: {},
    });
  }

  /** What an image was that streamed past under this stamp. */
  async findImage(stamp: string): Promise<KnownImage | null> {
    return this.#find("image", this.#imageKey(stamp), ({ meta }) => readImageMeta(meta));
  }

  keepImage(stamp: string, image: KnownImage): void {
    this.#keep("image", this.#imageKey(stamp), { meta: imageMeta(image), columns: {} });
  }

  /** Waits for what is being written, and keeps the cache within its bound. */
  async settle(): Promise<void> {
    await Promise.all(this.#writing);
    if (!this.#wrote || this.#unusable) return;
    this.#wrote = false;
    await pruneEntries(this.#options.directory, this.#options.maxBytes).catch((error: unknown) => this.#giveUp(error));
  }

  #key(kind: string, parts: readonly unknown[]): string {
    return JSON.stringify([kind, CACHE_FORMAT, LAYER_INDEX_VERSION, ...parts]);
  }

  #layerKey(by: "tar" | "toc", name: string): string {
    // Columns are stored as this machine has them in memory.
    return this.#key("layer", [by, name, this.#terms, endianness()]);
  }

  #blobKey(by: "tar" | "toc", name: string): string {
    return this.#key("blob", [by, name, this.#terms, endianness()]);
  }

  #imageKey(stamp: string): string {
    // Limits bound the documents that describe it; which platform is chosen depends on the machine.
    return this.#key("image", [stamp, this.#options.terms.limits, hostPlatform()]);
  }

  async #findPair(layerKey: string, blobKey: string, diffId: Digest | null): Promise<ReadLayer | null> {
    const index = await this.#find("layer", layerKey, (entry) => soundLayer(entry, diffId));
    if (index === null) return null;
    const blob = await this.#find("blob", blobKey, (entry) => readBlobEntry(entry, index));
    return blob === null ? null : { index, blob };
  }

  #keepPair(layerKey: string, blobKey: string, { index, blob }: ReadLayer): void {
    this.#keep("layer", layerKey, layerEntry(index));
    this.#keep("blob", blobKey, blobEntry(blob, index.diffId));
  }

  async #find<T>(kind: EntryKind, key: string, read: (entry: Entry) => T | null): Promise<T | null> {
    const { directory, reads } = this.#options;
    if (!reads || this.#unusable) return null;
    const name = fileName(kind, key);
    try {
      const bytes = await readEntryFile(directory, name, this.#largestEntry);
      if (bytes === null) return null;
      const entry = decodeEntry(key, bytes);
      const found = entry === null ? null : read(entry);
      if (found === null) await dropEntryFile(directory, name);
      return found;
    } catch (error) {
      this.#giveUp(error);
      return null;
    }
  }

  #keep(kind: EntryKind, key: string, entry: Entry): void {
    const { directory, writes } = this.#options;
    if (!writes || this.#unusable) return;
    const parts = encodeEntry(key, entry);
    if (parts.reduce((sum, { length }) => sum + length, 0) > this.#largestEntry) return;
    const written = writeEntryFile(directory, fileName(kind, key), parts)
      .then(() => {
        this.#wrote = true;
      })
      .catch((error: unknown) => this.#giveUp(error))
      .finally(() => this.#writing.delete(written));
    this.#writing.add(written);
  }

  /** A disk that is full or may not be written to stays so for the rest of the run. */
  #giveUp(error: unknown): void {
    if (this.#unusable) return;
    this.#unusable = true;
    this.#options.onTrouble(messageOf(error));
  }
}

/** Algorithms of the digests that the image declares; they decide which ones were computed. */
export interface DeclaredAlgorithms {
  readonly blob: string;
  readonly diffId: string;
}

function fileName(kind: EntryKind, key: string): string {
  return `${createHash("sha256").update(key).digest("hex")}.${kind}`;
}

function soundLayer(entry: Entry, diffId: Digest | null): LayerIndex | null {
  const index = readLayerEntry(entry);
  return index !== null && index.diffId === diffId ? index : null;
}
