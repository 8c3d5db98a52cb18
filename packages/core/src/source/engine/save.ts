import { ImgweighError, isImgweighError, messageOf } from "../../errors.ts";
import { isObject } from "../../oci/json.ts";
import type { Platform } from "../../oci/platform.ts";
import { saying } from "../saying.ts";
import { engineFailed, statusOf } from "./engine-failure.ts";
import { platformJson } from "./inspect.ts";
import { bodyOf, errorIn, type Request } from "./request.ts";
import { type Call, callOn, type Leash, type Session } from "./session.ts";

const TAIL_BYTES = 4096;

/** The last bytes that went by, copied: whoever has the chunks may hand their memory to another thread. */
function tailOf(tail: Buffer, chunk: Uint8Array): Buffer {
  if (chunk.length >= TAIL_BYTES) return Buffer.from(chunk.subarray(-TAIL_BYTES));
  return Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
}

/** An engine that fails while it saves puts a line of JSON after the bytes it has sent, and ends as if all were well. */
function trailingError(tail: Buffer): string | null {
  if (tail.at(-1) !== 10) return null;
  const text = tail.toString("utf8");
  const start = text.lastIndexOf('{"errorDetail":');
  if (start < 0) return null;
  try {
    const line: unknown = JSON.parse(text.slice(start));
    return isObject(line) ? errorIn(line) : null;
  } catch {
    return null;
  }
}

async function* savedBytes(
  call: Call,
  request: Request,
  reference: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let tail: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of bodyOf(call, request)) {
      tail = tailOf(tail, chunk);
      yield chunk;
    }
  } catch (error) {
    if (!isImgweighError(error) || statusOf(error.cause) !== 404) throw error;
    const { kind } = call.session.endpoint;
    throw new ImgweighError(
      "IMAGE_NOT_FOUND",
      `${kind} has no image ${reference} any more: ${saying(messageOf(error.cause))}`,
      {
        hint: `see \`${kind} images\``,
        cause: error.cause,
      },
    );
  }
  const error = trailingError(tail);
  if (error !== null) throw engineFailed(call, error);
}

/**
 * An iterator whose `return` takes effect at once. A generator's own would wait for the chunk that is being awaited,
 * for ever if the engine hangs.
 */
export function save(
  session: Session,
  reference: string,
  platform: Platform | null,
  signal: AbortSignal,
): AsyncIterableIterator<Uint8Array> {
  const query = { names: reference, ...(platform !== null && { platform: platformJson(platform) }) };
  let bytes: AsyncGenerator<Uint8Array, void, undefined> | null = null;
  let leash: Leash | null = null;
  let ended = false;
  const begin = (): AsyncGenerator<Uint8Array, void, undefined> => {
    signal.throwIfAborted();
    const call = callOn(session, `save ${reference}`, signal, null);
    leash = call.leash;
    return savedBytes(call, { method: "GET", path: "/images/get", query }, reference);
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (ended) return { done: true, value: undefined };
      bytes ??= begin();
      try {
        return await bytes.next();
      } catch (error) {
        // What the cut below breaks is no failure: nobody is waiting for these bytes any more.
        if (ended && !signal.aborted) return { done: true, value: undefined };
        throw error;
      }
    },
    async return() {
      ended = true;
      leash?.cut();
      await bytes?.return();
      return { done: true, value: undefined };
    },
  };
}
