import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import type { buildConnector, Dispatcher } from "undici";
import { untilAborted } from "../../archive/byte-stream.ts";
import { ImgweighError } from "../../errors.ts";
import { unreadable } from "../opened-file.ts";
import type { Patience } from "./patience.ts";
import { isLoopback } from "./place.ts";
import { proxyFor } from "./proxy.ts";

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

export interface HttpClientOptions {
  /** A PEM file of authorities to trust beside the usual ones. */
  readonly caFile: string | null;
  readonly proxy: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Servers (`host[:port]`) whose certificate is not checked, and that may lead from TLS to plain HTTP. */
  readonly isInsecure: (authority: string) => boolean;
  readonly patience: Patience;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
// Of a body that nobody wants so much is read, so that the connection can be used again.
const DISCARDED_BYTES = 2 ** 16;

/** A body that comes slower than this is a server that holds on to its clients. */
const SLOWEST_BYTES_A_SECOND = 1024;

type Undici = typeof import("undici");

interface Route {
  readonly proxy: string | null;
  readonly verify: boolean;
}

async function readAuthorities(path: string | null): Promise<readonly string[] | undefined> {
  if (path === null) return undefined;
  const own = await readFile(path, "utf8").catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  // Given authorities take the place of the usual ones.
  return [...rootCertificates, own];
}

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

/** What every connection of a client is made with. */
interface Connections {
  readonly undici: Undici;
  readonly patience: Patience;
  readonly ca: readonly string[] | undefined;
  /** All that stand or are being made: the library lets go of the latter only when they stand. */
  readonly sockets: Set<Socket>;
}

function tlsOptions({ patience, ca }: Connections, verify: boolean): buildConnector.BuildOptions {
  return { rejectUnauthorized: verify, timeout: patience.connectMs, ...(ca && { ca: [...ca] }) };
}

type Connector = buildConnector.connector;

/** The connector, keeping its sockets in sight. */
function tracked(connector: Connector, sockets: Set<Socket>): Connector {
  return (options, callback) => {
    // One that makes connections returns the socket that it is connecting, which its types do not say.
    const socket: unknown = connector(options, callback);
    if (!(socket instanceof Socket)) return;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
}

function directDispatcher(connections: Connections, verify: boolean): Dispatcher {
  const { undici, sockets } = connections;
  const connector = undici.buildConnector(tlsOptions(connections, verify));
  return new undici.Agent({ connect: tracked(connector, sockets) });
}

function proxyDispatcher(connections: Connections, uri: URL, verify: boolean): Dispatcher {
  const { undici, patience, sockets } = connections;
  const { username, password } = uri;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const poolOf = (origin: URL | string, options: object): Dispatcher => {
    const { connect } = options as { readonly connect: Connector };
    return new undici.Pool(origin, { connect: tracked(connect, sockets), headersTimeout: patience.answerMs });
  };
  return new undici.ProxyAgent({
    uri: uri.origin,
    // Plain HTTP goes through a proxy as it is: most proxies tunnel to port 443 only.
    proxyTunnel: false,
    proxyTls: tlsOptions(connections, true),
    requestTls: tlsOptions(connections, verify),
    clientFactory: poolOf,
    factory: poolOf,
    ...(username !== "" && { token: `Basic ${Buffer.from(pair).toString("base64")}` }),
  });
}

function dispatcherFor(connections: Connections, { proxy, verify }: Route): Dispatcher {
  if (proxy === null) return directDispatcher(connections, verify);
  let uri: URL;
  try {
    uri = new URL(proxy);
  } catch {
    throw badProxy("is no address");
  }
  if (uri.protocol !== "http:" && uri.protocol !== "https:") throw badProxy(`has the scheme ${uri.protocol}`);
  return proxyDispatcher(connections, uri, verify);
}

function badProxy(why: string): ImgweighError {
  return new ImgweighError("REGISTRY_UNREACHABLE", `the proxy ${why}`, {
    hint: "write http://HOST:PORT into HTTPS_PROXY and HTTP_PROXY",
  });
}

/** A client; nothing is connected to yet. @throws {ImgweighError} FILE_UNREADABLE */
export async function openHttpClient(options: HttpClientOptions): Promise<HttpClient> {
  const { patience } = options;
  const ca = await readAuthorities(options.caFile);
  const undici: Undici = await import("undici");
  const connections: Connections = { undici, patience, ca, sockets: new Set() };
  const dispatchers = new Map<string, Dispatcher>();

  function dispatcher(url: URL): Dispatcher {
    const route: Route = { proxy: proxyFor(url, options.env, options.proxy), verify: !options.isInsecure(url.host) };
    const key = JSON.stringify(route);
    const known = dispatchers.get(key) ?? dispatcherFor(connections, route);
    dispatchers.set(key, known);
    return known;
  }

  async function sendOnce({ method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    signal.throwIfAborted();
    // The client's own limits begin when a connection stands, and a proxy may never let one stand.
    const head = new AbortController();
    const tooLong = new TooSlow(0, patience.connectMs + patience.answerMs);
    const timer = setTimeout(() => head.abort(tooLong), patience.connectMs + patience.answerMs);
    const forward = (): void => head.abort(signal.reason);
    signal.addEventListener("abort", forward, { once: true });
    try {
      const asking = undici.request(url, {
        method,
        headers: { ...headers, "accept-encoding": "identity", "user-agent": "imgweigh" },
        body: body ?? null,
        dispatcher: dispatcher(url),
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

  return {
    send,
    async close() {
      const closing = [...dispatchers.values()].map((one) => one.destroy());
      for (const socket of connections.sockets) socket.destroy();
      await Promise.all(closing);
    },
  };
}
