import { ImgweighError, isImgweighError } from "../../errors.ts";
import type { ByteRange } from "../source.ts";
import type { HttpResponse } from "./http-client.ts";
import { type Asked, connectionFailed, isTimeout } from "./registry-failure.ts";
import { type Attempts, attemptsOf, type Session } from "./session.ts";

export interface BlobDownload {
  readonly session: Session;
  readonly asked: Asked;
  /** Bytes of the whole blob, as declared. */
  readonly size: number;
  readonly range: ByteRange;
  /** Asks for the blob: an answer with the status 200 or 206. */
  readonly open: (headers: Readonly<Record<string, string>>) => Promise<HttpResponse>;
}

/** After so much has come through, what broke off before is forgotten. */
const FORGIVING_BYTES = 2 ** 20;

function failed({ asked }: BlobDownload, why: string, reason: string): ImgweighError {
  return new ImgweighError("REGISTRY_FAILED", `${asked.place.name} did not give out ${asked.what}: ${why}`, {
    hint: "this is a fault of the registry, or of a proxy in front of it",
    details: { registry: asked.place.name, repository: asked.place.repository, reason },
  });
}

function otherSize({ asked, size }: BlobDownload, actual: string): ImgweighError {
  return new ImgweighError("DIGEST_MISMATCH", `${asked.what} has ${actual} bytes, but the image declares ${size}`, {
    hint: "the registry holds something else than was pushed; push the image again",
    details: { registry: asked.place.name, declaredBytes: size },
  });
}

/** Where the body of an answer begins within the blob. @throws {ImgweighError} where it is not what was asked for */
function beginningOf(download: BlobDownload, response: HttpResponse, at: number): number {
  const { size, range } = download;
  if (response.status === 200) {
    const length = response.header("content-length");
    if (length !== null && Number(length) !== size) throw otherSize(download, length);
    if (range.offset > 0) throw failed(download, "it gives out whole blobs only", "no-ranges");
    return 0;
  }
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.header("content-range") ?? "") ?? [];
  if (total !== undefined && total !== "*" && Number(total) !== size) throw otherSize(download, total);
  if (Number(first) !== at) throw failed(download, "it sends another part than was asked for", "wrong-range");
  return at;
}

/** The bytes of an answer from `at` to the end of the range; those before are passed over. */
async function* wantedBytes(
  download: BlobDownload,
  response: HttpResponse,
  at: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { size, range } = download;
  const end = range.offset + range.length;
  let position = beginningOf(download, response, at);
  for await (const chunk of response.body) {
    const wanted = chunk.subarray(Math.max(0, at - position), Math.max(0, end - position));
    position += chunk.length;
    if (position > size) throw otherSize(download, `more than ${size}`);
    if (wanted.length > 0) yield wanted;
    // Of a whole blob the end is waited for: more bytes than declared would be somebody else's blob.
    if (position >= end && end < size) return;
  }
}

function headersFor({ size, range }: BlobDownload, at: number): Readonly<Record<string, string>> {
  const end = range.offset + range.length;
  return at === 0 && end === size ? {} : { range: `bytes=${at}-${end - 1}` };
}

/** Whether there is a point in going on after an error. */
async function goesOn(attempts: Attempts, error: unknown): Promise<boolean> {
  return attempts.forgives(error) && attempts.again(null, isTimeout(error));
}

/**
 * A part of a blob, exactly as long as asked for. A connection that breaks off is followed by another that asks for the
 * rest only (RFC 9110, section 14.2); a token that ran out meanwhile is renewed by `open`.
 */
export async function* downloadBlob(download: BlobDownload): AsyncGenerator<Uint8Array, void, undefined> {
  const { session, asked, range } = download;
  const { signal } = session;
  const attempts = attemptsOf(session, true);
  const end = range.offset + range.length;
  let at = range.offset;
  let forgivenAt = at + FORGIVING_BYTES;
  while (at < end) {
    const response = await download.open(headersFor(download, at));
    let broken: unknown = null;
    try {
      for await (const chunk of wantedBytes(download, response, at)) {
        at += chunk.length;
        if (at >= forgivenAt) {
          attempts.succeeded();
          forgivenAt = at + FORGIVING_BYTES;
        }
        yield chunk;
      }
    } catch (error) {
      // What has not been read of it is not wanted any more.
      response.discard();
      if (signal.aborted) throw signal.reason;
      if (isImgweighError(error)) throw error;
      broken = error;
    }
    if (at === end) return;
    broken ??= new BrokenOff(`its answer ended ${end - at} bytes early`);
    if (!(await goesOn(attempts, broken))) throw connectionFailed(asked.place, broken);
  }
}

/** An answer that ended in good order, and too soon. */
class BrokenOff extends Error {
  readonly code = "ECONNRESET";
}
