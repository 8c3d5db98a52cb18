import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** One image as the engine holds it. */
export interface FakeImage {
  /** What `save` sends. */
  readonly save: Uint8Array;
  readonly id?: string;
  /** Of its layers, as `inspect` tells them; it does not where they are absent. */
  readonly diffIds?: readonly string[];
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** What the index of a containerd store lists; its own platform above is the one that the engine would run. */
  readonly manifests?: readonly FakeManifest[];
}

/** An image of one platform of an index. */
export interface FakeManifest {
  readonly digest: string;
  readonly platform: { readonly os: string; readonly architecture: string; readonly variant?: string };
  /** What `save` sends of it; listed and not stored where absent. */
  readonly save?: Uint8Array;
}

/** What pulling a name does. */
export interface FakePull {
  /** Lines of progress; text goes out as it is, anything else as JSON. A line break follows each. */
  readonly lines: readonly unknown[];
  /** What is there afterwards. */
  readonly image?: FakeImage;
  readonly end?: "normal" | "reset" | "hang";
}

export type FakeRoute = "ping" | "inspect" | "pull" | "save";

/** What goes wrong at a route. */
export type FakeFault =
  /** No answer at all, ever. */
  | { readonly type: "hang" }
  /** The head and so many bytes of the body, then nothing more. */
  | { readonly type: "stall"; readonly afterBytes: number }
  /** So many bytes of the body, then the connection is cut. */
  | { readonly type: "reset"; readonly afterBytes: number }
  /** So many bytes of the body, then this text, then an orderly end: how a real engine fails while it saves. */
  | { readonly type: "trailer"; readonly afterBytes: number; readonly text: string }
  /** A pause before each 64 KiB of the body. */
  | { readonly type: "slow"; readonly milliseconds: number }
  /** An error answer. */
  | { readonly type: "status"; readonly status: number; readonly body: string };

export interface FakeEngineOptions {
  readonly images?: Readonly<Record<string, FakeImage>>;
  readonly pulls?: Readonly<Record<string, FakePull>>;
  readonly faults?: Partial<Record<FakeRoute, FakeFault>>;
  /** A Unix socket in a temporary directory unless said otherwise. */
  readonly transport?: "socket" | "tcp";
  /** Speaks TLS over tcp; with a CA, clients have to show a certificate of it. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly clientCa?: string };
  /** Answers for an image of another platform than the one asked for as an engine with several per name does. */
  readonly checksPlatform?: boolean;
  /** What the engine calls itself when it is pinged; nothing where absent. */
  readonly program?: string;
  /** Version of its API as it says it when it is pinged. Manifests are told from 1.48 on. */
  readonly api?: string;
}

export interface FakeEngine {
  /** As DOCKER_HOST takes it. */
  readonly host: string;
  /** "GET /images/get?names=a" of every request, in order. */
  readonly requests: readonly string[];
  readonly images: Map<string, FakeImage>;
  readonly pulls: Map<string, FakePull>;
  readonly faults: Partial<Record<FakeRoute, FakeFault>>;
  /** Bodies of the requests that had one. */
  readonly bodies: readonly string[];
  openSockets(): number;
  /** Resolves once every socket is closed; rejects where one is still open after a while. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const CHUNK = 2 ** 16;

async function sendBody(response: ServerResponse, body: Uint8Array, fault: FakeFault | undefined): Promise<void> {
  const cut = fault !== undefined && "afterBytes" in fault ? fault.afterBytes : body.length;
  const closed = once(response, "close");
  response.flushHeaders();
  for (let start = 0; start < cut && !response.destroyed; start += CHUNK) {
    if (fault?.type === "slow") await sleep(fault.milliseconds);
    const chunk = body.subarray(start, Math.min(start + CHUNK, cut));
    if (!response.write(chunk)) await Promise.race([once(response, "drain"), closed]);
  }
  if (fault?.type === "stall") return;
  if (fault?.type === "reset") {
    // Lets what was written arrive first, so that the cut is in the middle and not at the start.
    await sleep(20);
    response.destroy();
    return;
  }
  response.end(fault?.type === "trailer" ? fault.text : undefined);
}

function once(response: ServerResponse, event: string): Promise<void> {
  return new Promise((resolve) => {
    response.once(event, () => resolve());
  });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

/** Both `alpine` and `docker.io/library/alpine:latest` name one image, as in an engine. */
function canonical(name: string): string {
  const short = name.replace(/^docker\.io\//, "").replace(/^library\//, "");
  return /[:@]/.test(short.slice(short.lastIndexOf("/") + 1)) || short.startsWith("sha256:")
    ? short
    : `${short}:latest`;
}

/** The part of the Engine API that reading images takes, without an engine. */
class Routes {
  readonly requests: string[] = [];
  readonly bodies: string[] = [];
  readonly images = new Map<string, FakeImage>();
  readonly pulls = new Map<string, FakePull>();
  readonly faults: Partial<Record<FakeRoute, FakeFault>>;
  readonly #checksPlatform: boolean;
  readonly #program: string | undefined;
  readonly #api: string | undefined;

  constructor(options: FakeEngineOptions) {
    for (const [name, image] of Object.entries(options.images ?? {})) this.images.set(canonical(name), image);
    for (const [name, pull] of Object.entries(options.pulls ?? {})) this.pulls.set(canonical(name), pull);
    this.faults = { ...options.faults };
    this.#checksPlatform = options.checksPlatform ?? false;
    this.#program = options.program;
    this.#api = options.api;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    const body = await bodyOf(request);
    if (body !== "") this.bodies.push(body);
    const url = new URL(request.url ?? "/", "http://engine");
    const path = url.pathname.replace(/^\/v1\.\d+/, "");
    if (path === "/_ping") return this.#ping(response);
    if (path === "/version") return sendJson(response, 200, { ApiVersion: "1.41", Version: "20.10.24" });
    if (path === "/images/json") return this.#list(response);
    if (path === "/images/create" && request.method === "POST") return this.#pull(url.searchParams, response);
    if (path === "/images/get") return this.#save(url.searchParams, response);
    const name = /^\/images\/(.+)\/json$/.exec(path)?.[1];
    if (name !== undefined) return this.#inspect(decodeURIComponent(name), url.searchParams, response);
    sendJson(response, 404, { message: "page not found" });
  }

  /** Whether a fault has taken the answer over. */
  #failed(route: FakeRoute, response: ServerResponse): boolean {
    const fault = this.faults[route];
    if (fault?.type === "status")
      response.writeHead(fault.status, { "content-type": "application/json" }).end(fault.body);
    return fault?.type === "hang" || fault?.type === "status";
  }

  #find(name: string): FakeImage | undefined {
    const byName = this.images.get(canonical(name));
    if (byName !== undefined) return byName;
    const id = name.replace(/^sha256:/, "");
    return [...this.images.values()].find((image) => idOf(image).slice("sha256:".length).startsWith(id));
  }

  async #ping(response: ServerResponse): Promise<void> {
    if (this.#failed("ping", response)) return;
    if (this.#program !== undefined) response.setHeader("server", this.#program);
    if (this.#api !== undefined) response.setHeader("api-version", this.#api);
    await sendBody(response, Buffer.from("OK"), this.faults.ping);
  }

  async #inspect(name: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (this.#failed("inspect", response)) return;
    const image = this.#find(name);
    const asked = query.get("platform");
    const other = this.#checksPlatform && asked !== null && JSON.parse(asked).architecture !== image?.architecture;
    if (image === undefined || other) return sendJson(response, 404, { message: `No such image: ${name}` });
    const { variant, diffIds, manifests } = image;
    // Of a platform that is listed and not stored it knows nothing, and says so with status 200.
    const isStored = manifests === undefined || manifests.some((one) => fits(one, image) && one.save !== undefined);
    const { os = "linux", architecture = "amd64" } = isStored ? image : { os: "", architecture: "" };
    const answer = JSON.stringify({
      Id: idOf(image),
      ...(query.has("manifests") && manifests && { Manifests: manifests.map(manifestRow) }),
      RepoTags: [...this.images].flatMap(([tag, other]) => (idOf(other) === idOf(image) ? [tag] : [])),
      Os: os,
      Architecture: architecture,
      Variant: variant,
      ...(diffIds && { RootFS: { Type: "layers", Layers: diffIds } }),
    });
    await sendBody(response, Buffer.from(answer), this.faults.inspect);
  }

  #list(response: ServerResponse): void {
    const rows = [...this.images].map(([name, image]) => ({
      Id: idOf(image),
      RepoTags: [name],
      ...(image.manifests && { Manifests: image.manifests.map(manifestRow) }),
    }));
    sendJson(response, 200, rows);
  }

  async #pull(query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (this.#failed("pull", response)) return;
    const tag = query.get("tag") ?? "";
    const name = canonical(`${query.get("fromImage")}${tag.includes(":") ? "@" : ":"}${tag}`);
    const pull = this.pulls.get(name);
    if (pull === undefined)
      return sendJson(response, 404, { message: `manifest for ${name} not found: manifest unknown` });
    response.writeHead(200, { "content-type": "application/json" });
    const lines = pull.lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\r\n`).join("");
    const body = Buffer.from(lines);
    if (pull.end === "reset") return sendBody(response, body, { type: "reset", afterBytes: body.length });
    if (pull.end === "hang") return sendBody(response, body, { type: "stall", afterBytes: body.length });
    if (pull.image !== undefined) this.images.set(name, pull.image);
    return sendBody(response, body, this.faults.pull);
  }

  async #save(query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (this.#failed("save", response)) return;
    const name = query.get("names") ?? "";
    const image = this.#find(name);
    if (image === undefined) return sendJson(response, 404, { message: `No such image: ${name}` });
    const asked = query.get("platform");
    const wanted = asked === null ? image : (JSON.parse(asked) as FakeManifest["platform"]);
    const save = image.manifests === undefined ? image.save : image.manifests.find((one) => fits(one, wanted))?.save;
    if (save === undefined) return sendJson(response, 404, { message: "no suitable export target found" });
    response.writeHead(200, { "content-type": "application/x-tar" });
    await sendBody(response, save, this.faults.save);
  }
}

function fits({ platform }: FakeManifest, wanted: { readonly architecture?: string }): boolean {
  return platform.architecture === (wanted.architecture ?? "amd64");
}

/** As engine 29 tells of them; an attestation beside each. */
function manifestRow({ digest, platform, save }: FakeManifest): object {
  return {
    ID: digest,
    Descriptor: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 581, platform },
    Available: save !== undefined,
    Kind: "image",
    ImageData: { Platform: platform, Size: { Unpacked: save?.length ?? 0 }, Containers: null },
  };
}

function idOf(image: FakeImage): string {
  return image.id ?? `sha256:${"a1".repeat(32)}`;
}

function countSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

async function waitUntilEmpty(sockets: ReadonlySet<Socket>): Promise<void> {
  const deadline = Date.now() + 2000;
  while (sockets.size > 0) {
    if (Date.now() > deadline) throw new Error(`${sockets.size} sockets are still open`);
    await sleep(5);
  }
}

/** Starts a server that speaks just enough of the Engine API, and fails the way it is told to. */
export async function startFakeEngine(options: FakeEngineOptions = {}): Promise<FakeEngine> {
  const routes = new Routes(options);
  const { tls } = options;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    routes.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const clients = tls?.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true };
  const server =
    tls === undefined
      ? createHttpServer(listener)
      : createHttpsServer({ key: tls.key, cert: tls.cert, ...clients }, listener);
  const sockets = countSockets(server);
  const directory = await mkdtemp(join(tmpdir(), "fake-engine-"));
  const overTcp = options.transport === "tcp" || tls !== undefined;
  const path = join(directory, "engine.sock");
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (overTcp) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
  return {
    host: overTcp ? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix://${path}`,
    requests: routes.requests,
    bodies: routes.bodies,
    images: routes.images,
    pulls: routes.pulls,
    faults: routes.faults,
    openSockets: () => sockets.size,
    idle: () => waitUntilEmpty(sockets),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
