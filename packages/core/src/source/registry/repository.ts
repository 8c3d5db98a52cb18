import { digestOf, requireDigest } from "../../archive/digest.ts";
import { type Limits, limitExceeded } from "../../archive/limits.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { algorithmOf, type Digest, isDigest } from "../../oci/digest.ts";
import { type ManifestContent, readManifestContent } from "../manifest-content.ts";
import { requireBlob } from "../oci-index.ts";
import type { ByteRange } from "../source.ts";
import { downloadBlob } from "./blob-download.ts";
import { createExchange, type WholeAnswer } from "./exchange.ts";
import type { RegistryPlace } from "./place.ts";
import type { Asked } from "./registry-failure.ts";
import type { Session } from "./session.ts";

/** A manifest or index as a registry gave it out. */
export interface ManifestDocument {
  /** Of the bytes: checked against what was asked for, or else against what the registry says. */
  readonly digest: Digest;
  readonly content: ManifestContent;
}

/** A repository of a registry, read by the OCI distribution-spec ("Pull"). Every call may be made side by side with others. */
export interface Repository {
  readonly place: RegistryPlace;
  /** One request. @param reference a tag or a digest @throws {ImgweighError} IMAGE_NOT_FOUND, DIGEST_MISMATCH, REGISTRY_* */
  manifest(reference: string): Promise<ManifestDocument>;
  /** A manifest that an index names, digest and size verified; one request, or none where the descriptor embeds it. @throws {ImgweighError} LAYER_MISSING, DIGEST_MISMATCH, REGISTRY_* */
  indexedManifest(descriptor: Descriptor): Promise<ManifestDocument>;
  /** A small blob (a config), digest and size verified; one request, or none where the descriptor embeds it. @throws {ImgweighError} LAYER_MISSING, DIGEST_MISMATCH, REGISTRY_* */
  document(descriptor: Descriptor, what: string): Promise<Buffer>;
  /**
   * A blob as stored, or a part of it, of exactly the length declared. What breaks off is taken up where it ended. The
   * digest is the reader's to check.
   *
   * @throws {ImgweighError} LAYER_MISSING, DIGEST_MISMATCH where its size is not the declared one, REGISTRY_*; for a
   *   part, REGISTRY_FAILED with the detail `reason: "no-ranges"` where the registry gives out whole blobs only
   */
  blob(blob: { readonly digest: Digest; readonly size: number }, range?: ByteRange): AsyncIterable<Uint8Array>;
}

/** What manifests are taken (distribution-spec, "Pulling manifests"; image-spec media-types.md). */
const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

export function openRepository(session: Session, limits: Limits): Repository {
  const { place } = session;
  const exchange = createExchange(session);
  const name = `${place.name}/${place.repository}`;

  async function read(asked: Asked, path: string, accept: string): Promise<WholeAnswer & { readonly body: Buffer }> {
    const { response, body } = await exchange.read(asked, path, { accept }, limits.maxJsonBytes);
    if (body === null) throw limitExceeded(limits, "maxJsonBytes", asked.what);
    return { response, body };
  }

  /** What a descriptor embeds, else what the registry gives out for it. */
  async function bytesOf(
    { digest, size, data }: Descriptor,
    what: string,
    path: string,
    accept: string,
  ): Promise<Buffer> {
    if (size > limits.maxJsonBytes) throw limitExceeded(limits, "maxJsonBytes", what);
    const asked: Asked = { place, what, absent: "LAYER_MISSING" };
    const embedded = data === null ? null : Buffer.from(data, "base64");
    const body = embedded ?? (await read(asked, `${path}/${digest}`, accept)).body;
    requireBlob(body, { digest, size }, what);
    return body;
  }

  return {
    place,
    async manifest(reference) {
      const what = `the manifest of ${name}${isDigest(reference) ? "@" : ":"}${reference}`;
      const asked: Asked = { place, what, absent: "IMAGE_NOT_FOUND" };
      const { response, body } = await read(asked, `manifests/${reference}`, ACCEPT);
      const claimed = response.header("docker-content-digest");
      const declared = isDigest(reference) ? reference : isDigest(claimed) ? claimed : null;
      const digest = digestOf(body, declared === null ? "sha256" : algorithmOf(declared));
      if (declared !== null) requireDigest(digest, declared, what);
      const mediaType = response.header("content-type")?.split(";", 1)[0]?.trim() ?? null;
      return { digest, content: readManifestContent(body, mediaType, what) };
    },
    async indexedManifest(descriptor) {
      const { digest, mediaType } = descriptor;
      const what = `the manifest ${digest} of ${name}`;
      const body = await bytesOf(descriptor, what, "manifests", ACCEPT);
      return { digest, content: readManifestContent(body, mediaType, what) };
    },
    document: (descriptor, what) => bytesOf(descriptor, what, "blobs", "*/*"),
    blob(blob, range = { offset: 0, length: blob.size }) {
      const asked: Asked = { place, what: `the blob ${blob.digest} of ${name}`, absent: "LAYER_MISSING" };
      const open = (headers: Readonly<Record<string, string>>) =>
        exchange.ask(asked, `blobs/${blob.digest}`, headers, [200, 206]);
      return downloadBlob({ session, asked, size: blob.size, range, open });
    },
  };
}
