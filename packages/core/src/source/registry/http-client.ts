import type { Dispatcher } from "undici";
import { untilAborted } from "../../archive/byte-stream.ts";
import { ImgweighError } from "../../errors.ts";
import { type ConnectionOptions, openConnections } from "./connections.ts";
import { isLoopback } from "./place.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** The server that answered, where redirects led to another than was asked. */
  readonly elsewhere: string | null;
  /** Value of a header, by lower-case name; several of one name are joined by commas. */
  header(name: string): string | null;
  /** The body as it comes; ending the iteration early closes the connection. @throws whatever breaks it off */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of a body that nobody wants. */
  discard(): void;
}

/** Sends requests and follows redirects; what breaks off is thrown as it is. */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes every connection. */
  close(): Promise<void>;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
// Of a body that nobody wants so much is read, so that the connection can be used again.
const DISCARDED_BYTES = 2 ** 16;

/** A body that comes slower than this is a server that holds on to its clients. */
const SLOWEST_BYTES_A_SECOND = 1024;

/** An answer that is none: the redirect leads where no request may go. */
function badRedirect(from: URL, why: string): ImgweighError {
  return new ImgweighError("REGISTRY_FAILED", `${from.host} redirects ${why}`, {
    hint: "this is a fault of the registry, or of a proxy in front of it",
    details: { registry: from.host },
  });
}

/** The request that a redirect asks for. Credentials are for the server that asked for them, so no other gets them. */
function redirected(request: HttpRequest, location: string, isInsecure: (authority: string) => boolean): HttpRequest {
  const { url } = request;
  let next: URL;
  try {
    next = new URL(location, url);
  } catch {
    throw badRedirect(url, "to something that is no address");
  }
  if (next.protocol !== "https:" && next.protocol !== "http:") throw badRedirect(url, `to ${next.protocol}`);
  const downgrade = url.protocol === "https:" && next.protocol === "http:";
  const allowed = isInsecure(url.host) || isInsecure(next.host) || isLoopback(url.hostname);
  if (downgrade && !allowed) throw badRedirect(url, "from TLS to plain HTTP");
  next.username = "";
  next.password = "";
  next.hash = "";
  if (next.origin === url.origin) return { ...request, url: next };
  const { authorization: _, ...headers } = request.headers;
  return { ...request, url: next, headers };
}

/** The chunks of a body, as long as they come at a bearable rate. Only time spent waiting for the server counts. */
async function* atBearableRate(
  body: AsyncIterable<Uint8Array>,
  idleMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let waitedMs = 0;
  let bytes = 0;
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const began = performance.now();
      const next = await iterator.next();
      waitedMs += performance.now() - began;
      if (next.done) return;
      bytes += next.value.length;
      if (waitedMs > idleMs) {
        if (bytes < (SLOWEST_BYTES_A_SECOND * waitedMs) / 1000) throw new TooSlow(bytes, waitedMs);
        waitedMs = 0;
        bytes = 0;
      }
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** A server that sends hardly anything. */
class TooSlow extends Error {
  readonly code = "ETIMEDOUT";

  constructor(bytes: number, waitedMs: number) {
    super(`only ${bytes} bytes came in ${Math.round(waitedMs / 1000)} s`);
  }
}

/** A client; nothing is connected to yet. @throws {ImgweighError} FILE_UNREADABLE */
export async function openHttpClient(options: ConnectionOptions): Promise<HttpClient> {
  const { patience } = options;
  const connections = await openConnections(options);

  async function sendOnce({ method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    signal.throwIfAborted();
    // The client's own limits begin when a connection stands, and a proxy may never let one stand.
    const head = new AbortController();
    const tooLong = new TooSlow(0, patience.connectMs + patience.answerMs);
    const timer = setTimeout(() => head.abort(tooLong), patience.connectMs + patience.answerMs);
    const forward = (): void => head.abort(signal.reason);
    signal.addEventListener("abort", forward, { once: true });
    try {
      const asking = connections.undici.request(url, {
        method,
        headers: { ...headers, "accept-encoding": "identity", "user-agent": "imgweigh" },
        body: body ?? null,
        dispatcher: connections.dispatcherFor(url),
        headersTimeout: patience.answerMs,
        bodyTimeout: patience.idleMs,
        signal: head.signal,
      });
      // By itself it listens to the signal only when a connection stands.
      const answer = await untilAborted(asking, head.signal);
      // A body may break off before anybody reads it; who reads it is told all the same.
      answer.body.on("error", () => {});
      answer.body.once("close", () => signal.removeEventListener("abort", forward));
      return responseOf(answer);
    } catch (error) {
      signal.removeEventListener("abort", forward);
      if (signal.aborted) throw signal.reason;
      throw head.signal.aborted ? head.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  function responseOf({ statusCode, headers, body }: Dispatcher.ResponseData): HttpResponse {
    return {
      status: statusCode,
      elsewhere: null,
      header(name) {
        const value = headers[name];
        return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
      },
      body: atBearableRate(body, patience.idleMs),
      discard() {
        body.dump({ limit: DISCARDED_BYTES }).catch(() => {});
      },
    };
  }

  async function send(request: HttpRequest): Promise<HttpResponse> {
    let current = request;
    for (let redirects = 0; ; redirects++) {
      const response = await sendOnce(current);
      const location = REDIRECTS.has(response.status) ? response.header("location") : null;
      if (location === null || request.method !== "GET") {
        return current.url.origin === request.url.origin ? response : { ...response, elsewhere: current.url.host };
      }
      response.discard();
      if (redirects === MAX_REDIRECTS) throw badRedirect(current.url, `more than ${MAX_REDIRECTS} times`);
      current = redirected(current, location, options.isInsecure);
    }
  }

  return { send, close: () => connections.close() };
}
