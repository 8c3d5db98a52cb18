import { ImgweighError } from "../errors.ts";
import { type Descriptor, readDescriptor } from "./descriptor.ts";
import { asList, asText, asTextMap, type JsonObject } from "./json.ts";
import { isConfigType, isSchema1Type } from "./media-type.ts";

/** An image manifest (image-spec manifest.md), or Docker's schema 2. */
export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: ReadonlyMap<string, string>;
  readonly artifactType: string | null;
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
  };
}

/** What kind of artifact this is instead of an image (a chart, a signature, an SBOM, an attestation); null for an image. */
export function artifactKind(manifest: Manifest): string | null {
  const config = manifest.config.mediaType;
  if (manifest.artifactType !== null && !(config && isConfigType(config))) return manifest.artifactType;
  if (config !== null && !isConfigType(config)) return config;
  // BuildKit's older attestations carry a plausible image config, but statements instead of layers.
  const [first] = manifest.layers;
  return first?.mediaType?.includes("in-toto") ? first.mediaType : null;
}
