import { type Digest, isDigest } from "../oci/digest.ts";
import { isObject } from "../oci/json.ts";
import type { ImageDescription } from "../source/source.ts";
import { isCount, isFlag, isText, listOf, orNull, shape } from "./shape.ts";

/** Which blob holds a layer, and what it inflates to. */
export interface LayerDigests {
  readonly blob: Digest;
  readonly diffId: Digest;
}

/** An image that streamed past, as far as it is not its layers' contents. */
export interface KnownImage {
  readonly description: ImageDescription;
  /** Of each layer of the description; null where the layers were not read. */
  readonly digests: readonly LayerDigests[] | null;
}

const isTextOrNull = orNull(isText);
const isDigestOrNull = orNull(isDigest);
const isNamedPlatform = shape({ os: isText, architecture: isText, variant: isTextOrNull });
const isPlatform = orNull(
  (value) =>
    isNamedPlatform(value) && (!isObject(value) || value["osVersion"] === undefined || isText(value["osVersion"])),
);
// A map as JSON has it: pairs, in order.
const isMap = listOf((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isText));

const isHistory = shape({
  createdBy: isTextOrNull,
  comment: isTextOrNull,
  author: isTextOrNull,
  created: isTextOrNull,
  emptyLayer: isFlag,
});
const isLayer = shape({
  key: isText,
  digest: isDigestOrNull,
  size: orNull(isCount),
  mediaType: isTextOrNull,
  diffId: isDigestOrNull,
  annotations: isMap,
});
const isDescription = shape({
  kind: isText,
  reference: isTextOrNull,
  manifestDigest: isDigestOrNull,
  configDigest: isDigestOrNull,
  platform: isPlatform,
  config: shape({ platform: isPlatform, diffIds: listOf(isDigest), history: listOf(isHistory), labels: isMap }),
  annotations: isMap,
  layers: listOf(isLayer),
  warnings: listOf(shape({ code: isText, message: isText, layer: orNull(isCount), path: isTextOrNull })),
});

const isDigests = shape({ blob: isDigest, diffId: isDigest });

const MAPS = new Set(["labels", "annotations"]);

/** What goes into the cache as JSON. */
export function imageMeta(image: KnownImage): unknown {
  return JSON.parse(JSON.stringify(image, (_, value: unknown) => (value instanceof Map ? [...value] : value)));
}

/** The image that JSON of the cache describes; null where it has another form. */
export function readImageMeta(meta: unknown): KnownImage | null {
  if (!isObject(meta) || !isDescription(meta["description"]) || !orNull(listOf(isDigests))(meta["digests"]))
    return null;
  const image = JSON.parse(JSON.stringify(meta), (key, value: unknown) =>
    MAPS.has(key) ? new Map(value as [string, string][]) : value,
  ) as KnownImage;
  const { description, digests } = image;
  return digests === null || digests.length === description.layers.length ? image : null;
}

export function readLayerDigests(meta: unknown): LayerDigests | null {
  return isDigests(meta) ? (meta as LayerDigests) : null;
}
