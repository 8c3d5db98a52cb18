import { ImgweighError } from "../errors.ts";
import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { asList, asText, asTextMap, isObject, type JsonObject } from "./json.ts";
import { isSchema1Type } from "./media-type.ts";

/** An image manifest (image-spec manifest.md), or Docker's schema 2. */
export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: ReadonlyMap<string, string>;
  readonly artifactType: string | null;
  /** Whether it speaks of another manifest, as signatures, SBOMs and attestations do. */
  readonly hasSubject: boolean;
}

/**
 * @throws {ImgweighError} UNSUPPORTED_MEDIA_TYPE for Docker schema 1, ARCHIVE_MALFORMED where it is no manifest.
 */
export function readManifest(object: JsonObject, where: string): Manifest {
  if (object["schemaVersion"] === 1 || isSchema1Type(asText(object["mediaType"]) ?? "")) {
    throw new ImgweighError("UNSUPPORTED_MEDIA_TYPE", `${where} is a Docker schema 1 manifest`, {
      hint: "pull and push the image again with a current tool; schema 1 has been out of use since 2017",
    });
  }
  return {
    config: readDescriptor(object["config"], `the config of ${where}`),
    layers: asList(object["layers"], `the layers of ${where}`).map((layer, i) =>
      readDescriptor(layer, `layer ${i} of ${where}`),
    ),
    annotations: asTextMap(object["annotations"]),
    artifactType: asText(object["artifactType"]),
    hasSubject: isObject(object["subject"]),
  };
}
