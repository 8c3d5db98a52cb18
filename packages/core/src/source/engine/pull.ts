import { isImgweighError, messageOf } from "../../errors.ts";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { formatPlatform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { OnProgress } from "../../progress.ts";
import { engineFailed, statusOf } from "./engine-failure.ts";
import { type PullTarget, pullFailed } from "./pull-failure.ts";
import { bodyOf, errorIn, parseObject, type Request } from "./request.ts";
import { type Call, callOn, type Session } from "./session.ts";

/** Bytes of one line of a pull's progress; a few hundred in practice. */
const MAX_LINE_BYTES = 2 ** 20;

/** The lines of a body, as they end; no more than one is held. */
async function* linesOf(call: Call, body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      yield Buffer.concat([...pending, chunk.subarray(start, end)])
        .toString("utf8")
        .trim();
      pending = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    if (length > MAX_LINE_BYTES)
      throw engineFailed(call, `a line of its progress is longer than ${MAX_LINE_BYTES} bytes`);
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  yield Buffer.concat(pending).toString("utf8").trim();
}

function bytesIn(detail: unknown, key: string): number | null {
  const value = isObject(detail) ? detail[key] : undefined;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

// Lines without an ID are about the whole image; the first one has the tag for an ID.
function tellProgress(line: JsonObject, onProgress: OnProgress): void {
  const layer = asText(line["id"]);
  const status = asText(line["status"]);
  if (layer === null || status === null || !/^[0-9a-f]{12,64}$/.test(layer) || status.startsWith("Pulling from"))
    return;
  const detail = line["progressDetail"];
  const total = bytesIn(detail, "total");
  onProgress({
    type: "pull",
    layer,
    status,
    currentBytes: bytesIn(detail, "current"),
    // An engine that does not know it says 0 or -1.
    totalBytes: total === 0 ? null : total,
  });
}

// The name goes as written, since engines differ in where they look for a short one. Without a tag they would pull every
// tag there is.
function pullQuery({ reference, platform }: PullTarget): Record<string, string> {
  const { tag, digest } = parseReference(reference);
  const tagged = reference.split("@", 1)[0] ?? reference;
  return {
    fromImage: tag === null ? tagged : tagged.slice(0, -tag.length - 1),
    tag: digest ?? tag ?? "latest",
    ...(platform !== null && { platform: formatPlatform(platform) }),
  };
}

/** @see Engine.pull */
export async function pull(
  session: Session,
  target: PullTarget,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> {
  signal.throwIfAborted();
  const request: Request = { method: "POST", path: "/images/create", query: pullQuery(target) };
  const call = callOn(session, `pull ${target.reference}`, signal, null);
  const body = bodyOf(call, request);
  try {
    for await (const text of linesOf(call, body)) {
      if (text === "") continue;
      const line = parseObject(call, text, "a line of its progress");
      const error = errorIn(line);
      if (error !== null) throw pullFailed(target, error);
      tellProgress(line, onProgress);
    }
  } catch (error) {
    // A pull that is refused before it begins has its reason in an ordinary answer.
    if (isImgweighError(error) && error.code === "ENGINE_FAILED" && statusOf(error.cause) !== null) {
      throw pullFailed(target, messageOf(error.cause), error.cause);
    }
    throw error;
  }
}
