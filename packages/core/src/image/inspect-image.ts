import { alignHistory, type Confidence } from "../dockerfile/align-history.ts";
import { type TocLocation, tocLocation } from "../layer/toc/toc-location.ts";
import { claimedCompression } from "../oci/media-type.ts";
import type { Platform } from "../oci/platform.ts";
import { type ResolveOptions, resolveSource } from "../source/resolve-source.ts";
import type { DeclaredLayer, ImageDescription, ImageSource, SourceKind } from "../source/source.ts";
import type { Warning } from "../warning.ts";
import { type DescribeOptions, describePlatforms } from "./describe-image.ts";

/** The version of {@link Inspection}, as its schema has it. */
export const INSPECTION_VERSION = 1;

/** A layer as manifest and config declare it; nothing of it was read. */
export interface DeclaredLayerRow {
  /** 0-based, bottom first. */
  readonly index: number;
  readonly diffId: string | null;
  /** Digest of the blob; null where nothing declares one. */
  readonly digest: string | null;
  readonly mediaType: string | null;
  /** The Dockerfile instruction, as the history tells it. */
  readonly instruction: string | null;
  /** How sure it is that the instruction made the layer. */
  readonly confidence: Confidence;
  /** Bytes of the blob, as the manifest has them; null where the layer is a plain tar, or nothing declares a size. */
  readonly blobBytes: number | null;
  /** The format of a table of contents by which the layer can be listed without being downloaded. */
  readonly listedBy: TocLocation["format"] | null;
}

/** How an image is found and chosen, to be inspected. */
export interface InspectOptions extends DescribeOptions, ResolveOptions {}

/** What manifest and config say of an image: plain JSON data. */
export interface Inspection {
  readonly schemaVersion: typeof INSPECTION_VERSION;
  readonly image: {
    readonly reference: string | null;
    /** Digest of the manifest. */
    readonly digest: string | null;
    readonly configDigest: string | null;
    readonly platform: Platform | null;
  };
  readonly source: { readonly kind: SourceKind };
  /** What a pull transfers; null where a layer's size is not known. */
  readonly sizes: { readonly blobBytes: number | null };
  readonly layers: readonly DeclaredLayerRow[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
}

/** An image for several platforms. */
export interface Inspections {
  readonly schemaVersion: typeof INSPECTION_VERSION;
  /** In the source's order of platforms. */
  readonly images: readonly Inspection[];
}

/**
 * Looks at an image's manifest and config and at no layer: of a registry that takes two requests, three where an index
 * has to be asked first. (A stream, such as an engine's, has to flow past all the same.)
 *
 * @param image a source, or what {@link resolveSource} makes one of
 * @throws {ImgweighError} as opening the source does; on an abort `signal.reason` itself
 * @example
 * const { sizes, layers } = await inspectImage("registry:alpine:3.20");
 */
export async function inspectImage(image: string | ImageSource, options: InspectOptions = {}): Promise<Inspection> {
  const [description] = await describePlatforms(sourceOf(image, options), options, false);
  return inspectionOf(description);
}

/**
 * The same for every platform that the source has of the image.
 *
 * @throws {ImgweighError} as {@link inspectImage}
 */
export async function inspectPlatforms(
  image: string | ImageSource,
  options: InspectOptions = {},
): Promise<Inspections> {
  const descriptions = await describePlatforms(sourceOf(image, options), options, true);
  return { schemaVersion: INSPECTION_VERSION, images: descriptions.map(inspectionOf) };
}

function sourceOf(image: string | ImageSource, options: InspectOptions): ImageSource {
  return typeof image === "string" ? resolveSource(image, options) : image;
}

function inspectionOf(description: ImageDescription): Inspection {
  const { kind, reference, manifestDigest, configDigest, platform, config, annotations, warnings } = description;
  const history = alignHistory(config.history, description.layers.length);
  const layers = description.layers.map((layer, index): DeclaredLayerRow => {
    const origin = history.layers[index];
    return {
      index,
      diffId: layer.diffId,
      digest: layer.digest,
      mediaType: layer.mediaType,
      instruction: origin?.instruction?.text ?? null,
      confidence: origin?.confidence ?? "none",
      blobBytes: transferBytes(layer),
      listedBy: tocLocation(layer.annotations)?.format ?? null,
    };
  });
  return {
    schemaVersion: INSPECTION_VERSION,
    image: { reference, digest: manifestDigest, configDigest, platform },
    source: { kind },
    sizes: { blobBytes: sumOf(layers.map(({ blobBytes }) => blobBytes)) },
    layers,
    annotations: sortedRecord(annotations),
    labels: sortedRecord(config.labels),
    warnings: history.mismatch === null ? warnings : [...warnings, mismatch(history.mismatch)],
  };
}

/** A plain tar is stored as it is in archives, and compressed on its way to a registry. */
function transferBytes({ mediaType, size }: DeclaredLayer): number | null {
  return mediaType !== null && claimedCompression(mediaType) === "none" ? null : size;
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function mismatch(message: string): Warning {
  return { code: "history-mismatch", message, layer: null, path: null };
}

function sortedRecord(map: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
