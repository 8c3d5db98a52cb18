import { digestOf, requireDigest } from "../../archive/digest.ts";
import { type Limits, limitExceeded } from "../../archive/limits.ts";
import { ImgweighError, isImgweighError } from "../../errors.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { algorithmOf, type Digest, isDigest } from "../../oci/digest.ts";
import { type ManifestContent, readManifestContent } from "../manifest-content.ts";
import type { ByteRange } from "../source.ts";
import { failedAnswer, readBody } from "./answer.ts";
import { createAuthorizer } from "./authorizer.ts";
import { downloadBlob } from "./blob-download.ts";
import type { HttpResponse } from "./http-client.ts";
import type { RegistryPlace } from "./place.ts";
import {
  type Asked,
  answerFailed,
  connectionFailed,
  isCertificateFailure,
  isTimeout,
  unauthorized,
} from "./registry-failure.ts";
import { type Attempts, attemptsOf, insist, type Session } from "./session.ts";

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

/** Times that a request is sent with something new to let it in. */
const MAX_RENEWALS = 2;

export function openRepository(session: Session, limits: Limits): Repository {
  const { place, client, signal, secrets } = session;
  const authorizer = createAuthorizer(session);
  const name = `${place.name}/${place.repository}`;
  let base: URL | null = null;

  const addressOf = (scheme: "https" | "http"): URL => new URL(`${scheme}://${place.authority}`);

  async function sendTo(origin: URL, path: string, headers: Readonly<Record<string, string>>, attempts: Attempts) {
    const url = new URL(`/v2/${place.repository}/${path}`, origin);
    for (let renewals = 0; ; renewals++) {
      const authorization = await authorizer.current(origin);
      const all = authorization === null ? headers : { ...headers, authorization };
      const response = await insist(attempts, () => client.send({ method: "GET", url, headers: all, signal }));
      // A server that a redirect led to has no say in what the registry is shown.
      if (response.status !== 401 || response.elsewhere !== null || renewals === MAX_RENEWALS) return response;
      if (!(await authorizer.answer(response.header("www-authenticate") ?? "", authorization, origin))) return response;
      response.discard();
    }
  }

  /** An answer over TLS; null where the server does not seem to speak it. */
  async function probe(path: string, headers: Readonly<Record<string, string>>): Promise<HttpResponse | null> {
    try {
      return await sendTo(addressOf("https"), path, headers, { ...attemptsOf(session, false), forgives: () => false });
    } catch (error) {
      if (signal.aborted || isImgweighError(error) || isCertificateFailure(error) || isTimeout(error)) throw error;
      return null;
    }
  }

  /** The first request finds out whether the registry speaks TLS, where it need not. */
  async function send(path: string, headers: Readonly<Record<string, string>>): Promise<HttpResponse> {
    if (base !== null) return sendTo(base, path, headers, attemptsOf(session, true));
    const secured = place.plainHttp ? await probe(path, headers) : null;
    const origin = addressOf(place.plainHttp && secured === null ? "http" : "https");
    const response = secured ?? (await sendTo(origin, path, headers, attemptsOf(session, false)));
    base = origin;
    return response;
  }

  /** An answer with one of the statuses hoped for. */
  async function ask(asked: Asked, path: string, headers: Readonly<Record<string, string>>, hoped: readonly number[]) {
    let response: HttpResponse;
    try {
      response = await send(path, headers);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw isImgweighError(error) ? error : connectionFailed(place, error);
    }
    if (hoped.includes(response.status)) return response;
    const answer = await failedAnswer(response);
    signal.throwIfAborted();
    if (answer.elsewhere !== null || (answer.status !== 401 && answer.status !== 403)) {
      throw answerFailed(asked, answer, secrets);
    }
    const { credentials, troubles } = await session.credentials();
    throw unauthorized(asked, answer, { known: credentials !== null, troubles }, secrets);
  }

  /** A whole small body. What breaks off in the middle is asked for again. */
  async function read(asked: Asked, path: string, headers: Readonly<Record<string, string>>, limit: number) {
    const attempts = attemptsOf(session, true);
    for (;;) {
      const response = await ask(asked, path, headers, [200]);
      try {
        const body = await readBody(response, limit);
        if (body === null) throw limitExceeded(limits, "maxJsonBytes", asked.what);
        return { response, body };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (isImgweighError(error)) throw error;
        if (!attempts.forgives(error) || !(await attempts.again(null, isTimeout(error))))
          throw connectionFailed(place, error);
      }
    }
  }

  /** What a descriptor embeds, else what the registry gives out for it. */
  async function bytesOf({ digest, size, data }: Descriptor, what: string, path: string, accept: string) {
    if (size > limits.maxJsonBytes) throw limitExceeded(limits, "maxJsonBytes", what);
    const asked: Asked = { place, what, absent: "LAYER_MISSING" };
    const embedded = data === null ? null : Buffer.from(data, "base64");
    const body = embedded ?? (await read(asked, `${path}/${digest}`, { accept }, limits.maxJsonBytes)).body;
    if (body.length !== size) {
      throw new ImgweighError("DIGEST_MISMATCH", `${what} has ${body.length} bytes, but the image declares ${size}`, {
        hint: "the registry holds something else than was pushed; push the image again",
      });
    }
    requireDigest(digestOf(body, algorithmOf(digest)), digest, what);
    return body;
  }

  return {
    place,
    async manifest(reference) {
      const what = `the manifest of ${name}${isDigest(reference) ? "@" : ":"}${reference}`;
      const asked: Asked = { place, what, absent: "IMAGE_NOT_FOUND" };
      const { response, body } = await read(asked, `manifests/${reference}`, { accept: ACCEPT }, limits.maxJsonBytes);
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
        ask(asked, `blobs/${blob.digest}`, headers, [200, 206]);
      return downloadBlob({ session, asked, size: blob.size, range, open });
    },
  };
}
