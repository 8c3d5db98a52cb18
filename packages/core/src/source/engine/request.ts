import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { engineFailed, failure } from "./engine-failure.ts";
import type { Call } from "./session.ts";

/** Bytes of one answer; a few kilobytes in practice. */
const MAX_ANSWER_BYTES = 2 ** 22;

export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * Sends a request and resolves with the answer's head. dockerode's own methods are passed by: some send neither the
 * query nor the signal (`Image.get`, `Image.inspect`), and none hands out a body that is to be bounded.
 */
function send({ session, leash }: Call, { method, path, query = {} }: Request): Promise<IncomingMessage> {
  const request = {
    method,
    path: `${path}?`,
    // An empty body: otherwise the query is sent a second time, as JSON.
    options: { _query: query, _body: {} },
    abortSignal: leash.signal,
    isStream: true,
    statusCodes: { 200: true, 400: "bad request", 404: "not found", 500: "server error" },
  };
  return new Promise((resolve, reject) => {
    session.docker.modem.dial(request, (error, response) => {
      if (error) reject(error);
      else resolve(response as IncomingMessage);
    });
  });
}

type OnHead = (headers: IncomingHttpHeaders) => void;

/** The body of an answer. Failures of the connection come out in our own words, and the socket goes in any case. */
export async function* bodyOf(
  call: Call,
  request: Request,
  onHead?: OnHead,
): AsyncGenerator<Uint8Array, void, undefined> {
  let response: IncomingMessage | null = null;
  try {
    response = await send(call, request);
    onHead?.(response.headers);
    for await (const chunk of response) yield chunk as Uint8Array;
    if (!response.complete) throw engineFailed(call, "its answer ended early");
    call.signal.throwIfAborted();
  } catch (cause) {
    throw failure(call, cause);
  } finally {
    response?.destroy();
    call.leash.release();
  }
}

/** The whole body of an answer. @throws {ImgweighError} ENGINE_FAILED, ENGINE_UNREACHABLE */
export async function answerTo(call: Call, request: Request, onHead?: OnHead): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(call, request, onHead)) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw engineFailed(call, `its answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** JSON that the engine sent. @throws {ImgweighError} ENGINE_FAILED where it is no object */
export function parseObject(call: Call, text: string, what: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw engineFailed(call, `${what} is not a JSON object: ${JSON.stringify(text.slice(0, 200))}`);
}

/** JSON that the engine sent. @throws {ImgweighError} ENGINE_FAILED where it is no list */
export function parseList(call: Call, text: string, what: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw engineFailed(call, `${what} is not a JSON list: ${JSON.stringify(text.slice(0, 200))}`);
}

/** What a line of JSON in a stream says went wrong; null where it says nothing. */
export function errorIn(line: JsonObject): string | null {
  const detail = line["errorDetail"];
  return (isObject(detail) ? asText(detail["message"]) : null) ?? asText(line["error"]);
}
