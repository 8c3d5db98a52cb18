import { Agent as HttpAgent, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type Dockerode from "dockerode";
import type { DockerOptions } from "dockerode";
import { ImgweighError, isImgweighError, messageOf } from "../../errors.ts";
import { asText, isObject, type JsonObject } from "../../oci/json.ts";
import { formatPlatform, type Platform, readPlatform } from "../../oci/platform.ts";
import { parseReference } from "../../oci/reference.ts";
import type { OnProgress } from "../../progress.ts";
import type { EngineEndpoint, EngineKind, TcpTransport } from "./endpoint.ts";

/** How long an engine may take to answer a question about an image; pulling and saving have no limit. */
export const ANSWER_TIMEOUT_MS = 20_000;

/** Bytes of one answer, and of one line of a pull's progress. Both are a few kilobytes in practice. */
const MAX_ANSWER_BYTES = 2 ** 22;
const MAX_LINE_BYTES = 2 ** 20;

/** What the engine knows of an image without handing it over. */
export interface EngineImage {
  /** As the engine writes it, mostly `sha256:…`. */
  readonly id: string;
  readonly platform: Platform | null;
}

export interface EngineOptions {
  /** Default {@link ANSWER_TIMEOUT_MS}. */
  readonly answerTimeoutMs?: number | undefined;
}

/** An engine that has answered once. It holds no connection between calls, so there is nothing to close. */
export interface Engine {
  readonly endpoint: EngineEndpoint;
  /**
   * The image of that name or ID; null where the engine has none. An engine that keeps several platforms of an image
   * under one name is asked for `platform`; others answer with what they have, so the result is still to be compared.
   *
   * @throws {ImgweighError} ENGINE_UNREACHABLE, ENGINE_FAILED
   */
  inspect(reference: string, platform: Platform | null, signal: AbortSignal): Promise<EngineImage | null>;
  /**
   * Makes the engine pull the image, each layer's progress being told as it goes.
   *
   * @throws {ImgweighError} PULL_FAILED, PLATFORM_MISMATCH, REFERENCE_INVALID, ENGINE_UNREACHABLE, ENGINE_FAILED
   */
  pull(reference: string, platform: Platform | null, signal: AbortSignal, onProgress: OnProgress): Promise<void>;
  /**
   * The image as the engine's `save` writes it. Nothing is asked for before the first byte is, and ending the
   * iteration early closes the connection, also while the engine is silent.
   *
   * @throws {ImgweighError} IMAGE_NOT_FOUND, ENGINE_UNREACHABLE, ENGINE_FAILED — also where the stream ends early
   */
  save(reference: string, platform: Platform | null, signal: AbortSignal): AsyncIterableIterator<Uint8Array>;
}

interface Session {
  readonly endpoint: EngineEndpoint;
  readonly docker: Dockerode;
  readonly answerTimeoutMs: number;
}

interface Call {
  readonly session: Session;
  /** What is being done, for the message of its failure: "inspect alpine". */
  readonly doing: string;
  /** The caller's signal, whose reason is what an abort throws. */
  readonly signal: AbortSignal;
  readonly leash: Leash;
}

interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** Ends one request: when the caller aborts, when time is up, or when its holder lets go. */
class Leash {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;
  expired = false;

  constructor(parent: AbortSignal, limitMs: number | null) {
    this.#parent = parent;
    if (limitMs !== null) this.#timer = setTimeout(this.#expire, limitMs);
    parent.addEventListener("abort", this.cut, { once: true });
    if (parent.aborted) this.cut();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly cut = (): void => this.#controller.abort();

  readonly #expire = (): void => {
    this.expired = true;
    this.cut();
  };

  /** Forgets the timer and the caller's signal, which may outlive many requests. */
  release(): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener("abort", this.cut);
  }
}

// --- failures -------------------------------------------------------------------------------------------------------

/** No one answers, or not in a way that lets a conversation begin. */
const UNREACHABLE_CODES =
  /^(?:ECONNREFUSED|ENOENT|ENOTSOCK|EACCES|EPERM|ENOTFOUND|EAI_\w+|E(?:HOST|NET)(?:UNREACH|DOWN)|ETIMEDOUT|(?:ERR_TLS|ERR_SSL|ERR_OSSL|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)_\w+|EPROTO)$/;
const TLS_CODES = /^(?:EPROTO$|ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;

const START_HINTS: Readonly<Record<EngineKind, string>> = {
  docker: "is Docker running? Start it (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST",
  podman: "is Podman's service running? Start it (`systemctl --user start podman.socket`), or set CONTAINER_HOST",
};
const DENIED_HINTS: Readonly<Record<EngineKind, string>> = {
  docker: "this user may not use Docker's socket: join the group (`sudo usermod -aG docker $USER`), then log in again",
  podman: "this user may not use that socket: start your own (`systemctl --user start podman.socket`)",
};

function unreachableHint(kind: EngineKind, code: string): string {
  if (code === "EACCES" || code === "EPERM") return DENIED_HINTS[kind];
  if (TLS_CODES.test(code))
    return "check the certificates (DOCKER_CERT_PATH, or the docker context's) and whether that port speaks TLS";
  if (code === "ENOTFOUND" || code.startsWith("EAI_")) return "check the host name in the engine's address";
  return START_HINTS[kind];
}

function codeOf(cause: unknown): string {
  const code = isErrorLike(cause) ? cause["code"] : undefined;
  return typeof code === "string" ? code : "";
}

function statusOf(cause: unknown): number | null {
  const status = isErrorLike(cause) ? cause["statusCode"] : undefined;
  return typeof status === "number" ? status : null;
}

function isErrorLike(cause: unknown): cause is JsonObject {
  return typeof cause === "object" && cause !== null;
}

/** What the engine said, fit to be shown: its words alone, without credentials of registries and signed addresses. */
function saying(text: string): string {
  return text
    .slice(0, 4000)
    .replace(/^\(HTTP code \d+\) [a-z ]* - /, "")
    .replace(/\/\/[^/\s@]+@/g, "//")
    .replace(/(https?:\/\/[^\s"'?]+)\?[^\s"']*/g, "$1?…")
    .trim()
    .slice(0, 1000);
}

function unreachable({ endpoint }: Session, why: string, code: string, cause: unknown): ImgweighError {
  const { kind, address, chosenBy } = endpoint;
  return new ImgweighError("ENGINE_UNREACHABLE", `${kind} does not answer at ${address} (${chosenBy}): ${why}`, {
    hint: unreachableHint(kind, code),
    details: { engine: kind, address, reason: code === "" ? null : code },
    cause,
  });
}

function engineFailed({ session, doing }: Call, why: string, cause?: unknown): ImgweighError {
  const { kind, address } = session.endpoint;
  return new ImgweighError("ENGINE_FAILED", `${kind} could not ${doing}: ${saying(why)}`, {
    hint: `look at the engine's own log, and try the same with \`${kind}\``,
    details: { engine: kind, address, status: statusOf(cause) },
    cause,
  });
}

/** What to throw for anything that went wrong during a call; on an abort the caller's own reason. */
function failure(call: Call, cause: unknown): unknown {
  const { session, signal, leash } = call;
  if (signal.aborted) return signal.reason;
  if (isImgweighError(cause)) return cause;
  if (leash.expired) {
    const seconds = session.answerTimeoutMs / 1000;
    return unreachable(session, `no answer within ${seconds} s to: ${call.doing}`, "ETIMEDOUT", cause);
  }
  const code = codeOf(cause);
  if (UNREACHABLE_CODES.test(code)) return unreachable(session, messageOf(cause) || code, code, cause);
  const brokenOff = statusOf(cause) === null && /^(?:ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/.test(code);
  return engineFailed(call, brokenOff ? `the connection broke off (${code})` : messageOf(cause) || code, cause);
}

// --- one request ----------------------------------------------------------------------------------------------------

// A connection for each request, closed with it: a pooled one would keep the process alive after the last answer.
function connectionOptions({ transport }: EngineEndpoint): DockerOptions & { agent: HttpAgent } {
  if (transport.type === "socket") {
    return {
      protocol: "http",
      socketPath: transport.path,
      host: undefined,
      agent: new HttpAgent({ keepAlive: false }),
    };
  }
  const protocol = transport.tls === null ? "http" : "https";
  const host = transport.host.includes(":") ? `[${transport.host}]` : transport.host;
  return {
    protocol,
    // With its scheme: a bare IPv6 address would be taken for a scheme and a path.
    host: `${protocol}://${host}`,
    port: transport.port,
    // The only thing that docker-modem puts in front of every path; a proxy's prefix goes there as well as a version.
    version: transport.basePath || undefined,
    agent: tcpAgent(transport),
  };
}

function tcpAgent({ tls }: TcpTransport): HttpAgent {
  if (tls === null) return new HttpAgent({ keepAlive: false });
  const { ca, cert, key, verify } = tls;
  return new HttpsAgent({
    keepAlive: false,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    rejectUnauthorized: verify,
  });
}

async function createClient(endpoint: EngineEndpoint): Promise<Dockerode> {
  const { default: Docker } = await import("dockerode");
  // docker-modem mixes DOCKER_HOST and its kin into whatever it is given, so all that it may take from there is named
  // here, if only to say that it is absent. A timeout of its own would cut a slow save.
  const nothing = {
    ca: undefined,
    cert: undefined,
    key: undefined,
    port: undefined,
    version: undefined,
    timeout: undefined,
  };
  return new Docker({ ...nothing, ...connectionOptions(endpoint) });
}

async function connect(endpoint: EngineEndpoint): Promise<Dockerode> {
  try {
    return await createClient(endpoint);
  } catch (cause) {
    // The same mixing-in reads the certificates of DOCKER_CERT_PATH, whether or not they are of use.
    throw new ImgweighError("ENGINE_UNREACHABLE", `no client for ${endpoint.address}: ${messageOf(cause)}`, {
      hint: "check DOCKER_HOST and DOCKER_CERT_PATH: they are read even where another address is used",
      cause,
    });
  }
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

/** The body of an answer. Failures of the connection come out in our own words, and the socket goes in any case. */
async function* bodyOf(call: Call, request: Request): AsyncGenerator<Uint8Array, void, undefined> {
  let response: IncomingMessage | null = null;
  try {
    response = await send(call, request);
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

async function answerTo(call: Call, request: Request): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(call, request)) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw engineFailed(call, `its answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function callOn(session: Session, doing: string, signal: AbortSignal, limitMs: number | null): Call {
  return { session, doing, signal, leash: new Leash(signal, limitMs) };
}

function platformJson({ os, architecture, variant }: Platform): string {
  return JSON.stringify({ os, architecture, ...(variant !== null && { variant }) });
}

// --- inspect --------------------------------------------------------------------------------------------------------

function parseObject(call: Call, text: string, what: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw engineFailed(call, `${what} is not a JSON object: ${JSON.stringify(text.slice(0, 200))}`);
}

async function inspect(
  session: Session,
  reference: string,
  platform: Platform | null,
  signal: AbortSignal,
): Promise<EngineImage | null> {
  signal.throwIfAborted();
  const call = callOn(session, `inspect ${reference}`, signal, session.answerTimeoutMs);
  const query = platform === null ? {} : { platform: platformJson(platform) };
  try {
    const answer = await answerTo(call, { method: "GET", path: `/images/${reference}/json`, query });
    const image = parseObject(call, answer.toString("utf8"), "its answer");
    const id = asText(image["Id"]);
    if (id === null) throw engineFailed(call, "its answer has no image ID");
    const { Os: os, Architecture: architecture, Variant: variant } = image;
    return { id, platform: readPlatform({ os, architecture, variant }) };
  } catch (error) {
    if (isImgweighError(error) && statusOf(error.cause) === 404) return null;
    throw error;
  }
}

// --- pull -----------------------------------------------------------------------------------------------------------

interface PullTarget {
  readonly kind: EngineKind;
  readonly reference: string;
  readonly platform: Platform | null;
}

/** What to do about an engine's words for a failed pull, by what they are about. */
const PULL_HINTS: readonly (readonly [RegExp, (target: PullTarget) => string])[] = [
  [
    /toomanyrequests|too many requests|rate limit/i,
    ({ kind, reference }) =>
      `the registry limits how often you may pull: log in (\`${kind} login\`), pull it yourself (\`${kind} pull ${reference}\`), or wait`,
  ],
  [
    /x509|TLS handshake|no such host|timeout|dial tcp|connection refused|connection reset|unreachable|server misbehaving/i,
    ({ kind }) =>
      `the engine could not reach the registry: check its network, proxy and certificates (\`${kind} info\`)`,
  ],
  [
    /unauthori[sz]ed|denied|authentication required|no basic auth|forbidden/i,
    ({ kind, reference }) =>
      `check the name; if it is private: \`${kind} login\`, then \`${kind} pull ${reference}\`, then ask again (the engine is not given your credentials)`,
  ],
  [/manifest unknown|not found|no such/i, () => "check the name and the tag: the registry does not have it"],
];

function pullFailed(target: PullTarget, text: string, cause?: unknown): ImgweighError {
  const { kind, reference, platform } = target;
  const why = saying(text);
  const options = { details: { engine: kind, reference, status: statusOf(cause) }, cause };
  if (
    platform !== null &&
    /no matching manifest|no image found in .*manifest list|does not match the specified platform/i.test(why)
  ) {
    return new ImgweighError(
      "PLATFORM_MISMATCH",
      `${reference} does not exist for ${formatPlatform(platform)}: ${why}`,
      {
        ...options,
        hint: `see what there is: \`${kind} manifest inspect ${reference}\``,
      },
    );
  }
  const hint = PULL_HINTS.find(([words]) => words.test(why))?.[1](target);
  return new ImgweighError("PULL_FAILED", `${kind} could not pull ${reference}: ${why}`, {
    ...options,
    hint: hint ?? `try \`${kind} pull ${reference}\` for more of what the engine says`,
  });
}

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

/** Why a line ends the pull; null where it does not. */
function errorIn(line: JsonObject): string | null {
  const detail = line["errorDetail"];
  return (isObject(detail) ? asText(detail["message"]) : null) ?? asText(line["error"]);
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

async function pull(session: Session, target: PullTarget, signal: AbortSignal, onProgress: OnProgress): Promise<void> {
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

// --- save -----------------------------------------------------------------------------------------------------------

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
function save(
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

// --- the engine -----------------------------------------------------------------------------------------------------

/**
 * An engine that has just answered.
 *
 * @throws {ImgweighError} ENGINE_UNREACHABLE where nobody answers in time, ENGINE_FAILED where the answer is an error.
 */
export async function connectEngine(
  endpoint: EngineEndpoint,
  signal: AbortSignal,
  options: EngineOptions = {},
): Promise<Engine> {
  signal.throwIfAborted();
  const docker = await connect(endpoint);
  const session: Session = { endpoint, docker, answerTimeoutMs: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS };
  const call = callOn(session, "answer a ping", signal, session.answerTimeoutMs);
  try {
    await answerTo(call, { method: "GET", path: "/_ping" });
  } catch (error) {
    // A first answer that breaks off comes from something that is no engine, or one that is starting or stopping.
    if (!isImgweighError(error) || error.code !== "ENGINE_FAILED" || statusOf(error.cause) !== null) throw error;
    throw unreachable(session, messageOf(error.cause), codeOf(error.cause), error.cause);
  }
  return {
    endpoint,
    inspect: (reference, platform, inspectSignal) => inspect(session, reference, platform, inspectSignal),
    pull: (reference, platform, pullSignal, onProgress) =>
      pull(session, { kind: endpoint.kind, reference, platform }, pullSignal, onProgress),
    save: (reference, platform, saveSignal) => save(session, reference, platform, saveSignal),
  };
}
