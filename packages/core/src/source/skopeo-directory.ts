import { digestOf } from "../archive/digest.ts";
import { ImgweighError } from "../errors.ts";
import { readConfig } from "../oci/config.ts";
import { type Digest, hexOf } from "../oci/digest.ts";
import { parseJson } from "../oci/json.ts";
import { missing, readSmallFile } from "./archive-contents.ts";
import { chooseImages } from "./choose-image.ts";
import type { DirectoryFiles } from "./directory-files.ts";
import { type Found, findOut, requireDiffIds } from "./listed-image.ts";
import { readManifestContent } from "./manifest-content.ts";
import { declareLayer, requireBlob } from "./oci-index.ts";
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
  const digest = digestOf(manifestBytes);
  const look = () => lookAt(files, manifestBytes, digest);
  const listed = { digest, place: null, platform: null, look: () => findOut(look) };
  const group = { names: [], digest: null, images: [listed], inner: false };
  const [description] = await chooseImages([group], { kind: "dir", where, context, warnings: [] });
  return localImage(description, context, {
    blobBytes: (layer) => files.blobBytes(layer),
    read: (layer, range) => files.readBlob(layer, range),
    open: (layer) => files.openBlob(layer),
    stamp: (layer) => files.stampOf(layer),
    close: async () => {},
  });
}

async function lookAt(files: DirectoryFiles, bytes: Uint8Array, digest: Digest): Promise<Found> {
  const { where } = files;
  const content = readManifestContent(bytes, null, `manifest.json of ${where}`);
  if (content.is === "artifact") return content;
  if (content.is === "index") {
    throw new ImgweighError("UNSUPPORTED_MEDIA_TYPE", `${where} holds an index of several images`, {
      hint: "copy one platform with skopeo copy, or all of them to oci:DIRECTORY",
    });
  }
  const { manifest } = content;
  const configDigest = manifest.config.digest;
  const configBytes = await readSmallFile(files, hexOf(configDigest));
  if (configBytes === null) throw missing(`the config ${configDigest}`, where);
  requireBlob(configBytes, manifest.config, `the config of ${where}`);
  const config = readConfig(parseJson(configBytes, configDigest), `the config of ${where}`);
  requireDiffIds(config, manifest.layers.length, where);
  const layers: DeclaredLayer[] = [];
  for (const [i, layer] of manifest.layers.entries()) {
    const key = hexOf(layer.digest);
    await files.locate(key);
    layers.push(declareLayer(layer, key, config.diffIds[i] as Digest));
  }
  const { annotations } = manifest;
  const image = { manifestDigest: digest, configDigest, platform: config.platform, config, annotations, layers };
  return { is: "image", image };
}
