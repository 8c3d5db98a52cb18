import { ImgweighError } from "../../errors.ts";
import type { HttpResponse } from "./http-client.ts";
import type { FailedAnswer } from "./registry-failure.ts";
import { retryAfterOf, type Session } from "./session.ts";

/** Bytes of an error that are looked at. */
const MAX_ERROR_BYTES = 2 ** 14;

/** When a document that is asked for now has to be there: a server that drips one would be waited for all day. */
export interface Deadline {
  /** By the process's own clock, in milliseconds. */
  readonly at: number;
  readonly error: () => ImgweighError;
}

export function deadlineOf({ patience, place }: Session): Deadline {
  return {
    at: performance.now() + patience.documentMs,
    error: () =>
      new ImgweighError("REGISTRY_FAILED", `${place.name} took too long to send a document`, {
        hint: "ask it again later, or through a mirror (--registry-mirror)",
        details: { registry: place.name, milliseconds: patience.documentMs },
      }),
  };
}

/**
 * A whole body of at most `limit` bytes; null where it is longer.
 *
 * @throws {ImgweighError} REGISTRY_FAILED where it is not there in time
 */
export async function readBody(response: HttpResponse, limit: number, deadline: Deadline): Promise<Buffer | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (performance.now() > deadline.at) throw deadline.error();
    if (length > limit) return null;
    parts.push(chunk);
  }
  return Buffer.concat(parts, length);
}

async function beginningOf(response: HttpResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body) {
      parts.push(chunk);
      length += chunk.length;
      if (length >= MAX_ERROR_BYTES) break;
    }
  } catch {
    // Its status says enough.
  }
  return Buffer.concat(parts, length).subarray(0, MAX_ERROR_BYTES).toString("utf8");
}

/** What a failed answer says; its body is read. */
export async function failedAnswer(response: HttpResponse): Promise<FailedAnswer> {
  return {
    status: response.status,
    elsewhere: response.elsewhere,
    text: await beginningOf(response),
    retryAfterMs: retryAfterOf(response),
  };
}
