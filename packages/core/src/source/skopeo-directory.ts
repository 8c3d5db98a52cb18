import { digestOf, requireDigest } from "../archive/digest.ts";
import { ImgweighError } from "../errors.ts";
import { readConfig } from "../oci/config.ts";
import { algorithmOf, type Digest, hexOf } from "../oci/digest.ts";
import { asObject, parseJson } from "../oci/json.ts";
import { artifactKind, readManifest } from "../oci/manifest.ts";
import { missing, readSmallFile } from "./archive-contents.ts";
import type { DirectoryFiles } from "./directory-files.ts";
import { chooseImage, requireDiffIds } from "./image-candidate.ts";
import { requireReadableLayer } from "./oci-index.ts";
import { localImage } from "./open-contents.ts";
import type { DeclaredLayer, RandomAccessImage, SourceContext } from "./source.ts";

/**
 * skopeo's `dir:` (containers-transports(5)): `manifest.json` is the manifest itself, blobs are files named by their
 * digest's hex.
 *
 * @throws {ImgweighError} NOT_AN_IMAGE, LAYER_MISSING, DIGEST_MISMATCH, ARCHIVE_MALFORMED, UNSUPPORTED_MEDIA_TYPE
 */
export async function openSkopeoDirectory(files: DirectoryFiles, context: SourceContext): Promise<RandomAccessImage> {
  const { where } = files;
  const manifestBytes = await readSmallFile(files, "manifest.json");
  if (manifestBytes === null)
    throw new ImgweighError("NOT_AN_IMAGE", `${where} has no manifest.json, so skopeo did not write it`);
  const parsed = asObject(parseJson(manifestBytes, "manifest.json"), `manifest.json of ${where}`);
  if (Array.isArray(parsed["manifests"])) {
    throw new ImgweighError("UNSUPPORTED_MEDIA_TYPE", `${where} holds an index of several images`, {
      hint: "copy one platform with skopeo copy, or all of them to oci:DIRECTORY",
    });
  }
  const manifest = readManifest(parsed, `manifest.json of ${where}`);
  const artifact = artifactKind(manifest);
  if (artifact !== null)
    throw new ImgweighError("NOT_AN_IMAGE", `${where} holds an artifact (${artifact}), not a container image`);
  const configDigest = manifest.config.digest;
  const configBytes = await readSmallFile(files, hexOf(configDigest));
  if (configBytes === null) throw missing(`the config ${configDigest}`, where);
  requireDigest(digestOf(configBytes, algorithmOf(configDigest)), configDigest, `the config of ${where}`);
  const config = readConfig(parseJson(configBytes, configDigest), `the config of ${where}`);
  requireDiffIds(config, manifest.layers.length, where);
  const layers: DeclaredLayer[] = [];
  for (const [i, layer] of manifest.layers.entries()) {
    requireReadableLayer(layer);
    const key = hexOf(layer.digest);
    await files.locate(key);
    layers.push({
      key,
      digest: layer.digest,
      size: layer.size,
      mediaType: layer.mediaType,
      diffId: config.diffIds[i] as Digest,
      annotations: layer.annotations,
    });
  }
  const candidate = {
    names: [],
    group: "",
    manifestDigest: digestOf(manifestBytes),
    configDigest,
    platform: config.platform,
    config,
    annotations: manifest.annotations,
    layers,
  };
  const description = chooseImage([candidate], { kind: "dir", where, context, warnings: [] });
  return localImage(description, context, {
    blobBytes: (layer) => files.blobBytes(layer),
    read: (layer, range) => files.readBlob(layer, range),
    open: (layer) => files.openBlob(layer),
    stamp: (layer) => files.stampOf(layer),
    close: async () => {},
  });
}
