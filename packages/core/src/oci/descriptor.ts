import { ImgweighError } from "../errors.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { asObject, asText, asTextMap } from "./json.ts";
import { type Platform, readPlatform } from "./platform.ts";

/** A content descriptor (image-spec descriptor.md). */
export interface Descriptor {
  readonly mediaType: string | null;
  readonly digest: Digest;
  /** Bytes of the blob. */
  readonly size: number;
  readonly annotations: ReadonlyMap<string, string>;
  readonly platform: Platform | null;
  readonly artifactType: string | null;
  /** The blob itself, embedded (base64); may stand in for a blob that the source does not hold. */
  readonly data: string | null;
  /** Where else the blob may be had (non-distributable layers). */
  readonly urls: readonly string[];
}

/** @throws {ImgweighError} ARCHIVE_MALFORMED */
export function readDescriptor(value: unknown, where: string): Descriptor {
  const object = asObject(value, where);
  const size = object["size"];
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} has no valid size`);
  }
  return {
    mediaType: asText(object["mediaType"]),
    digest: parseDigest(object["digest"], `the digest of ${where}`),
    size,
    annotations: asTextMap(object["annotations"]),
    platform: readPlatform(object["platform"]),
    artifactType: asText(object["artifactType"]),
    data: asText(object["data"]),
    urls: Array.isArray(object["urls"]) ? object["urls"].filter((url) => typeof url === "string") : [],
  };
}
