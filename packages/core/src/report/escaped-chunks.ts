import { escapeJson } from "../escape.ts";

/** Length that a chunk is filled up to, UTF-16 code units: what a pipe holds, and short-lived to the garbage collector. */
export const CHUNK_LENGTH = 65_536;

/** Parts of a JSON text, each of whole tokens, put together and escaped chunk by chunk, with a line feed at the end. */
export function* escapedChunks(parts: Iterable<string>): Generator<string, void, undefined> {
  let chunk = "";
  for (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield escapeJson(chunk);
    chunk = "";
  }
  yield `${escapeJson(chunk)}\n`;
}
