import type { HttpResponse } from "./http-client.ts";
import type { FailedAnswer } from "./registry-failure.ts";
import { retryAfterOf } from "./session.ts";

/** Bytes of an error that are looked at. */
const MAX_ERROR_BYTES = 2 ** 14;

/** A whole body of at most `limit` bytes; null where it is longer. */
export async function readBody(response: HttpResponse, limit: number): Promise<Buffer | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
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
