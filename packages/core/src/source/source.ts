import type { FileRange } from "../archive/file-range.ts";
import type { Limits } from "../archive/limits.ts";
import type { ImageConfig } from "../oci/config.ts";
import type { Digest, DigestAlgorithm } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { OnProgress } from "../progress.ts";
import type { Warning } from "../warning.ts";

/** Where an image comes from. */
export type SourceKind =
  | "docker"
  | "podman"
  | "registry"
  | "docker-archive"
  | "oci-archive"
  | "oci-layout"
  | "dir"
  | "tar"
  | "demo";

/** What every source is opened with. */
export interface SourceContext {
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** The platform asked for; null takes the only one there is, else this machine's. */
  readonly platform: Platform | null;
  /** Every platform of the image that is meant (`--all-platforms`), as far as the source has them. */
  readonly allPlatforms?: boolean;
  /** Which image of a source that holds several (`--image`): a name, an image or manifest digest. */
  readonly image: string | null;
  readonly pull: PullPolicy;
}

/** When an engine pulls an image; with `never` no registry is asked at all. */
export type PullPolicy = "missing" | "always" | "never";

/** One layer as the manifest declares it, before its blob is read. */
export interface DeclaredLayer {
  /** What the source calls the blob; two layers with one key are one blob. */
  readonly key: string;
  /** Digest of the blob as stored; null where nothing declares one (a classic docker-archive). */
  readonly digest: Digest | null;
  /** Bytes of the blob as stored; null where nothing declares them. */
  readonly size: number | null;
  readonly mediaType: string | null;
  /** Digest of the uncompressed layer, from the config; null for a root file system tar. */
  readonly diffId: Digest | null;
  /** Of the layer's descriptor: seekable formats say there where their table of contents is. Empty where there are none. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Of a non-distributable layer: where its publisher gives it out. Absent for all others. */
  readonly urls?: readonly string[];
}

/** Everything of an image but its layers' contents. */
export interface ImageDescription {
  readonly kind: SourceKind;
  /** The name the image goes by; null where it has none. */
  readonly reference: string | null;
  readonly manifestDigest: Digest | null;
  readonly configDigest: Digest | null;
  readonly platform: Platform | null;
  readonly config: ImageConfig;
  /** Of the manifest; empty where there is none. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Bottom layer first. */
  readonly layers: readonly DeclaredLayer[];
  readonly warnings: readonly Warning[];
}

/** A place that images come from. Nothing is touched before `open`. */
export interface ImageSource {
  /** @throws {ImgweighError} by what the source is; see the files beside this one */
  open(context: SourceContext): Promise<OpenSource>;
}

/** An opened source has one of two shapes; `image/read-layers.ts` reads both. */
export type OpenSource = RandomAccessImage | BlobStream;

/**
 * *Random access*: files, directories, registries. The description comes first; blobs may be asked for in any order,
 * concurrently, or never.
 */
export interface RandomAccessImage {
  readonly shape: "random-access";
  readonly description: ImageDescription;
  /** The same image for other platforms, where all were asked for; their blobs are got from here too. */
  readonly siblings?: readonly ImageDescription[];
  /** Blobs lie on a local disk: contents may be skipped (`--no-verify`). */
  readonly local: boolean;
  /** Bytes of a layer's blob as stored. @throws {ImgweighError} LAYER_MISSING */
  blobBytes(layer: DeclaredLayer): number;
  /** A layer's blob as stored. Ending the iteration early releases what it holds. @throws {ImgweighError} LAYER_MISSING */
  blob(layer: DeclaredLayer, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The same where it lies in a local file, for threads to read by themselves. @throws {ImgweighError} LAYER_MISSING, FILE_UNREADABLE */
  openBlob?(layer: DeclaredLayer): Promise<OpenBlob>;
  /**
   * What tells, without reading it, that a local blob is the one that was read before; null where nothing does. Blobs
   * that are not local are what their digests say.
   */
  stamp?(layer: DeclaredLayer): Promise<string | null>;
  close(): Promise<void>;
}

/** A blob in a local file that is open until it is closed. */
export interface OpenBlob {
  readonly range: FileRange;
  close(): Promise<void>;
}

/** A part of a blob, in bytes of it as stored. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * *Stream*: engines, stdin, compressed archives. Blobs come once, in storage order, and the manifest possibly last, so
 * everything that looks like a layer is handed out, and `describe` says afterwards which ones the image consists of.
 */
export interface BlobStream {
  readonly shape: "stream";
  /**
   * Each blob that may be a layer, once. A body is read to its end or left before the next one is asked for.
   * Ending the iteration early releases the stream.
   */
  blobs(): AsyncIterable<StreamedBlob>;
  /** After `blobs()` has ended: the image; its layers' keys are those of the blobs that were handed out. */
  describe(): Promise<ImageDescription>;
  /** After `blobs()` has ended: the same image for other platforms, where all were asked for. */
  siblings?(): Promise<readonly ImageDescription[]>;
  /**
   * What tells, before anything is read, that the same bytes will come as under an equal stamp before; null where nothing
   * does. May be asked again after the last blob.
   */
  stamp?(): Promise<string | null>;
  /** Releases what is held by a stream that may never have been read. */
  close?(): Promise<void>;
}

/** A blob that comes by, and may be a layer. */
export interface StreamedBlob {
  readonly key: string;
  /** Bytes of the blob; null where nothing says how many will come. */
  readonly size: number | null;
  /** The algorithm by which the blob is named, where it is. */
  readonly algorithm: DigestAlgorithm;
  /** Whether the image may declare sha512 diffIDs, by what has come so far. */
  readonly mayBeSha512?: boolean;
  readonly body: AsyncIterable<Uint8Array>;
}
