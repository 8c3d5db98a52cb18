import { execFileSync } from "node:child_process";
import { getEventListeners } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limitsFrom } from "../../../packages/core/src/archive/limits.ts";
import { isImgweighError } from "../../../packages/core/src/errors.ts";
import type { Platform } from "../../../packages/core/src/oci/platform.ts";
import type { ProgressEvent } from "../../../packages/core/src/progress.ts";
import { type EngineSurroundings, findEndpoint } from "../../../packages/core/src/source/engine/endpoint.ts";
import { connectEngine, type Engine, type EngineOptions } from "../../../packages/core/src/source/engine/engine.ts";
import { askEngine, engineSource } from "../../../packages/core/src/source/engine/engine-source.ts";
import type { SourceContext } from "../../../packages/core/src/source/source.ts";
import {
  type FakeEngine,
  type FakeEngineOptions,
  type FakeManifest,
  startFakeEngine,
} from "../../support/fake-engine.ts";

// What is handed on is what is looked at here; reading it is tested where archives are.
vi.mock("../../../packages/core/src/source/archive-stream.ts", () => ({
  streamArchive: (input: AsyncIterable<Uint8Array>, options: object) => ({ input, options }),
}));

const ARM: Platform = { os: "linux", architecture: "arm64", variant: null };
const AMD: Platform = { os: "linux", architecture: "amd64", variant: null };
const BYTES = Buffer.alloc(1_000_000, "layer ");
const ALPINE = { save: BYTES, architecture: "amd64", id: `sha256:${"ab12".repeat(16)}` };
const LAYER = "4abcf2066143";

const closing: (() => Promise<unknown>)[] = [];
let never: AbortSignal;
beforeEach(() => {
  never = new AbortController().signal;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function fake(options: FakeEngineOptions = {}): Promise<FakeEngine> {
  const engine = await startFakeEngine(options);
  closing.push(() => engine.close());
  return engine;
}

function surroundings(host: string, env: Record<string, string> = {}): EngineSurroundings {
  const here = { DOCKER_HOST: host, CONTAINER_HOST: host, ...env };
  return { env: here, home: "/nobody", os: "linux", exists: async () => false };
}

async function connect(host: string, signal = never, options: EngineOptions = {}): Promise<Engine> {
  return connectEngine(await findEndpoint("docker", surroundings(host)), signal, options);
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "engine-"));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function read(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a promise is rejected with, whatever it is. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("it should have been rejected"),
    (error: unknown) => error,
  );
}

/** Does something as a user whom permissions concern: nothing is closed to root. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

const progress = (current: number, total: number) => ({ current, total });
const PULL_LINES = [
  { status: "Pulling from library/alpine", id: "3.20" },
  { status: "Pulling fs layer", progressDetail: {}, id: LAYER },
  { status: "Downloading", progressDetail: progress(10, 100), progress: "[=> ]", id: LAYER },
  "",
  { status: "Extracting", progressDetail: progress(100, 100), id: LAYER },
  { status: "Pull complete", progressDetail: {}, id: LAYER },
  { status: "Digest: sha256:0" },
  { status: "Status: Downloaded newer image for alpine:3.20" },
];

describe("connecting", () => {
  test("asks for a ping and leaves nothing open", async () => {
    const engine = await fake();
    await connect(engine.host);
    expect(engine.requests).toEqual(["GET /_ping?"]);
    await engine.idle();
  });

  test("over tcp", async () => {
    const engine = await fake({ transport: "tcp" });
    await connect(engine.host);
    await engine.idle();
  });

  test("over IPv6, and below a path", async () => {
    const endpoint = await findEndpoint("docker", surroundings("tcp://[::1]:1/prefix"));
    expect(await rejection(connectEngine(endpoint, never))).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringContaining("tcp://[::1]:1/prefix"),
    });
    const engine = await fake({ transport: "tcp" });
    await rejection(connect(`${engine.host}/prefix`));
    expect(engine.requests).toEqual(["GET /prefix/_ping?"]);
  });

  test("is not led astray by this process's own DOCKER_HOST", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
    vi.stubEnv("DOCKER_CLIENT_TIMEOUT", "1");
    closing.push(async () => vi.unstubAllEnvs());
    const engine = await fake({ images: { alpine: ALPINE }, faults: { save: { type: "slow", milliseconds: 5 } } });
    const client = await connect(engine.host);
    expect((await read(client.save("alpine", null, never))).equals(BYTES)).toBe(true);
  });

  test("certificates that only DOCKER_CERT_PATH names are no crash where they are absent", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
    vi.stubEnv("DOCKER_CERT_PATH", "/nowhere");
    closing.push(async () => vi.unstubAllEnvs());
    const engine = await fake();
    expect(await rejection(connect(engine.host))).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      hint: expect.stringContaining("DOCKER_CERT_PATH"),
    });
  });

  test("says how to start an engine that is not there", async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, "none.sock");
    expect(await rejection(connect(`unix://${path}`))).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringContaining(`unix://${path} (DOCKER_HOST)`),
      hint: expect.stringContaining("is Docker running?"),
      details: { engine: "docker", reason: "ENOENT" },
    });
    expect(await rejection(connect("tcp://127.0.0.1:1"))).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      details: { reason: "ECONNREFUSED" },
    });
    const podman = await findEndpoint("podman", surroundings(`unix://${path}`));
    expect(await rejection(connectEngine(podman, never))).toMatchObject({
      hint: expect.stringContaining("podman.socket"),
    });
  });

  test("says what to do about a socket that is not ours", async () => {
    const engine = await fake();
    // Loads the client while files can still be read.
    await connect(engine.host);
    await chmod(engine.host.slice("unix://".length), 0);
    const refused = await asNobody(() => rejection(connect(engine.host)));
    expect(refused).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      hint: expect.stringContaining("usermod -aG docker"),
    });
  });

  test("gives up on an engine that hangs, and lets go of it", async () => {
    const engine = await fake({ faults: { ping: { type: "hang" } } });
    expect(await rejection(connect(engine.host, never, { answerTimeoutMs: 50 }))).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: expect.stringContaining("no answer within 0.05 s"),
    });
    await engine.idle();
    engine.faults.ping = { type: "stall", afterBytes: 1 };
    expect(await rejection(connect(engine.host, never, { answerTimeoutMs: 50 }))).toMatchObject({
      code: "ENGINE_UNREACHABLE",
    });
    await engine.idle();
  });

  test("an engine that answers with an error is there, but fails", async () => {
    const engine = await fake({ faults: { ping: { type: "status", status: 503, body: '{"message":"starting up"}' } } });
    expect(await rejection(connect(engine.host))).toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringMatching(/could not answer a ping: starting up$/),
    });
    await engine.idle();
  });

  test("something that does not speak HTTP is no engine", async () => {
    const server: Server = createServer((socket) => socket.resume().end("SSH-2.0-OpenSSH\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as { port: number };
    expect(await rejection(connect(`tcp://127.0.0.1:${port}`))).toMatchObject({ code: "ENGINE_UNREACHABLE" });
  });

  test("an abort throws the reason itself, before and during", async () => {
    const engine = await fake({ faults: { ping: { type: "hang" } } });
    const reason = { why: "changed my mind" };
    expect(await rejection(connect(engine.host, AbortSignal.abort(reason)))).toBe(reason);
    expect(engine.requests).toEqual([]);
    const controller = new AbortController();
    const connecting = rejection(connect(engine.host, controller.signal));
    await vi.waitFor(() => expect(engine.openSockets()).toBe(1));
    controller.abort(reason);
    expect(await connecting).toBe(reason);
    await engine.idle();
  });
});

describe("TLS", () => {
  async function certificates(): Promise<string> {
    const directory = await temporaryDirectory();
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
    await writeFile(join(directory, "san"), "subjectAltName=IP:127.0.0.1");
    const subject = (name: string) => ["-subj", `/CN=${name}`, "-nodes", "-newkey", "rsa:2048"];
    openssl("req", "-x509", ...subject("test ca"), "-days", "2", "-keyout", "ca-key.pem", "-out", "ca.pem");
    for (const name of ["server", "client"]) {
      openssl("req", ...subject(name), "-keyout", `${name}-key.pem`, "-out", `${name}.csr`);
      const signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2", "-extfile", "san"];
      openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-out", `${name}.pem`);
    }
    await writeFile(join(directory, "cert.pem"), await readFile(join(directory, "client.pem")));
    await writeFile(join(directory, "key.pem"), await readFile(join(directory, "client-key.pem")));
    return directory;
  }

  test("both sides show certificates; without ours, or without trust, there is no engine", {
    timeout: 30_000,
  }, async () => {
    const directory = await certificates();
    const file = (name: string) => readFile(join(directory, name), "utf8");
    const tls = { key: await file("server-key.pem"), cert: await file("server.pem"), clientCa: await file("ca.pem") };
    const engine = await fake({ tls, images: { alpine: ALPINE } });
    const at = (env: Record<string, string>) => findEndpoint("docker", surroundings(engine.host, env));

    const trusted = await at({ DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: directory });
    const client = await connectEngine(trusted, never);
    expect((await read(client.save("alpine", null, never))).equals(BYTES)).toBe(true);

    const nothing = await temporaryDirectory();
    const untrusted = await at({ DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: nothing });
    expect(await rejection(connectEngine(untrusted, never))).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      hint: expect.stringContaining("certificates"),
    });
    const withoutOurs = await at({ DOCKER_TLS: "1", DOCKER_CERT_PATH: nothing });
    expect(await rejection(connectEngine(withoutOurs, never))).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(await rejection(connectEngine(await at({}), never))).toMatchObject({
      code: expect.stringMatching(/^ENGINE_/),
    });
    await engine.idle();
  });
});

describe("inspecting", () => {
  test("an image there is, by name and by ID", async () => {
    const diffIds = [`sha256:${"d1".repeat(32)}`];
    const engine = await fake({ images: { "alpine:3.20": { ...ALPINE, diffIds } } });
    const client = await connect(engine.host);
    const found = { id: ALPINE.id, platform: AMD, names: ["alpine:3.20"], diffIds, manifests: null };
    expect(await client.inspect("alpine:3.20", null, never)).toEqual(found);
    expect(await client.inspect("docker.io/library/alpine:3.20", null, never)).toEqual(found);
    expect(await client.inspect("ab12ab12ab12", null, never)).toEqual(found);
    expect(await client.inspect(ALPINE.id, null, never)).toEqual(found);
    expect(engine.requests[1]).toBe("GET /images/alpine:3.20/json?");
    await engine.idle();
  });

  test("layers that an engine does not tell are unknown", async () => {
    const engine = await fake({ images: { alpine: ALPINE } });
    const client = await connect(engine.host);
    expect(await client.inspect("alpine", null, never)).toMatchObject({ diffIds: null });
  });

  test("what the engine calls itself", async () => {
    const [named, unnamed] = [await fake({ program: "Docker/26.1.5 (linux)" }), await fake()];
    expect((await connect(named.host)).program).toBe("Docker/26.1.5 (linux)");
    expect((await connect(unnamed.host)).program).toBe("");
  });

  test("one there is not is null", async () => {
    const engine = await fake();
    const client = await connect(engine.host);
    expect(await client.inspect("alpine", null, never)).toBeNull();
    await engine.idle();
  });

  test("sends the platform, for engines that keep several", async () => {
    const engine = await fake({ images: { alpine: ALPINE } });
    const client = await connect(engine.host);
    await client.inspect("alpine", ARM, never);
    const query = new URL(engine.requests[1]?.slice("GET ".length) ?? "", "http://engine").searchParams;
    expect(JSON.parse(query.get("platform") ?? "")).toEqual({ os: "linux", architecture: "arm64" });
  });

  test.each([
    ["an error", { type: "status", status: 500, body: '{"message":"disk on fire"}' }, "disk on fire"],
    ["no JSON", { type: "status", status: 200, body: "<html>" }, "not a JSON object"],
    ["no ID", { type: "status", status: 200, body: "{}" }, "no image ID"],
    ["half an answer", { type: "reset", afterBytes: 5 }, "broke off"],
    ["a flood", { type: "status", status: 200, body: "x".repeat(5_000_000) }, "longer than"],
  ] as const)("%s is the engine's failure", async (_, fault, words) => {
    const engine = await fake({ images: { alpine: ALPINE }, faults: { inspect: fault } });
    const client = await connect(engine.host);
    expect(await rejection(client.inspect("alpine", null, never))).toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining(words),
    });
    await engine.idle();
  });

  test("has a time limit", async () => {
    const engine = await fake({ images: { alpine: ALPINE }, faults: { inspect: { type: "hang" } } });
    const client = await connect(engine.host, never, { answerTimeoutMs: 300 });
    expect(await rejection(client.inspect("alpine", null, never))).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    await engine.idle();
  });
});

describe("pulling", () => {
  async function pull(lines: readonly unknown[], end: "normal" | "reset" | "hang" = "normal") {
    const engine = await fake({ pulls: { "alpine:3.20": { lines, end } } });
    const client = await connect(engine.host);
    const events: ProgressEvent[] = [];
    const pulling = (signal = never) => client.pull("alpine:3.20", null, signal, (event) => void events.push(event));
    return { engine, events, pulling };
  }

  test("tells each layer's progress and nothing else", async () => {
    const { engine, events, pulling } = await pull(PULL_LINES);
    await pulling();
    const nothing = { currentBytes: null, totalBytes: null };
    expect(events).toEqual([
      { type: "pull", layer: LAYER, status: "Pulling fs layer", ...nothing },
      { type: "pull", layer: LAYER, status: "Downloading", currentBytes: 10, totalBytes: 100 },
      { type: "pull", layer: LAYER, status: "Extracting", currentBytes: 100, totalBytes: 100 },
      { type: "pull", layer: LAYER, status: "Pull complete", ...nothing },
    ]);
    expect(engine.requests[1]).toBe("POST /images/create?fromImage=alpine&tag=3.20");
    expect(engine.bodies).toEqual([]);
    await engine.idle();
  });

  test.each([
    ["alpine", "fromImage=alpine&tag=latest"],
    ["host:5000/a/b", "fromImage=host:5000/a/b&tag=latest"],
    ["host:5000/a/b:1", "fromImage=host:5000/a/b&tag=1"],
    [`alpine:1@sha256:${"0".repeat(64)}`, `fromImage=alpine&tag=sha256:${"0".repeat(64)}`],
  ])("%s is never all tags", async (reference, query) => {
    const engine = await fake();
    const client = await connect(engine.host);
    await rejection(client.pull(reference, ARM, never, () => {}));
    expect(decodeURIComponent(engine.requests[1] ?? "")).toBe(`POST /images/create?${query}&platform=linux/arm64`);
  });

  test.each([
    ["toomanyrequests: You have reached your pull rate limit", "PULL_FAILED", "docker login"],
    ["unauthorized: authentication required", "PULL_FAILED", "docker login"],
    ["pull access denied for x, repository does not exist", "PULL_FAILED", "check the name"],
    ["manifest for alpine:nope not found: manifest unknown", "PULL_FAILED", "the tag"],
    ['Get "https://r/v2/": dial tcp: lookup r on 10.0.0.1:53: no such host', "PULL_FAILED", "network"],
    ["something new", "PULL_FAILED", "docker pull alpine:3.20"],
  ])("%s", async (message, code, hint) => {
    const expected = {
      code,
      message: expect.stringContaining(message.slice(0, 12)),
      hint: expect.stringContaining(hint),
    };
    const inDetail = await pull([PULL_LINES[0], { errorDetail: { message }, error: message }, PULL_LINES[1]]);
    expect(await rejection(inDetail.pulling())).toMatchObject(expected);
    expect(inDetail.events).toEqual([]);
    await inDetail.engine.idle();
    const inError = await pull([{ error: message }]);
    expect(await rejection(inError.pulling())).toMatchObject(expected);
    const asStatus = await pull([]);
    asStatus.engine.faults.pull = { type: "status", status: 500, body: JSON.stringify({ message }) };
    expect(await rejection(asStatus.pulling())).toMatchObject(expected);
    await asStatus.engine.idle();
  });

  test("a platform that does not exist is a mismatch", async () => {
    const error = "no matching manifest for linux/arm64 in the manifest list entries";
    const engine = await fake({ pulls: { alpine: { lines: [{ error }] } } });
    const client = await connect(engine.host);
    expect(await rejection(client.pull("alpine", ARM, never, () => {}))).toMatchObject({ code: "PLATFORM_MISMATCH" });
  });

  test("credentials in the engine's words are not repeated", async () => {
    const { pulling } = await pull([{ error: 'Get "https://me:secret@host/x?X-Amz-Signature=secret": EOF' }]);
    expect(await rejection(pulling())).toMatchObject({ message: expect.not.stringContaining("secret") });
  });

  test.each([
    ["a line that is no JSON", ["{oops"], "not a JSON object"],
    ["a line that is no object", ["[1]"], "not a JSON object"],
    ["a line without end", [`"${"x".repeat(2_000_000)}`], "longer than"],
  ])("%s is the engine's failure", async (_, lines, words) => {
    const { engine, pulling } = await pull(lines);
    expect(await rejection(pulling())).toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining(words),
    });
    await engine.idle();
  });

  test("lines arrive in pieces, and a last one without a line break counts", async () => {
    const text = `${JSON.stringify({ status: "Größe", id: LAYER })}\n${JSON.stringify({ error: "the end" })}`;
    const bytes = Buffer.from(text);
    const server = createServer((socket) => {
      socket.once("data", async (request) => {
        socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        if (request.toString().includes("_ping")) return socket.end();
        for (let i = 0; i < bytes.length; i += 7) {
          socket.write(bytes.subarray(i, i + 7));
          await sleep(1);
        }
        socket.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    const client = await connect(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`);
    const events: ProgressEvent[] = [];
    const error = await rejection(client.pull("alpine", null, never, (event) => void events.push(event)));
    expect(error).toMatchObject({ code: "PULL_FAILED", message: expect.stringContaining("the end") });
    expect(events).toMatchObject([{ status: "Größe" }]);
  });

  test("a connection that is cut is no success", async () => {
    const { engine, pulling } = await pull(PULL_LINES, "reset");
    expect(await rejection(pulling())).toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining("broke off"),
    });
    await engine.idle();
  });

  test("an abort throws the reason and closes the connection", async () => {
    const { engine, events, pulling } = await pull(PULL_LINES, "hang");
    const controller = new AbortController();
    const rejected = rejection(pulling(controller.signal));
    await vi.waitFor(() => expect(events).toHaveLength(4));
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await rejected).toBe(reason);
    await engine.idle();
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("what the receiver of progress throws comes out as it is", async () => {
    const engine = await fake({ pulls: { alpine: { lines: PULL_LINES, end: "hang" } } });
    const client = await connect(engine.host);
    const thrown = new Error("the receiver's own");
    const pulling = client.pull("alpine", null, never, () => {
      throw thrown;
    });
    expect(await rejection(pulling)).toBe(thrown);
    await engine.idle();
  });
});

describe("saving", () => {
  async function saving(options: FakeEngineOptions = {}) {
    const engine = await fake({ images: { alpine: ALPINE }, ...options });
    return { engine, client: await connect(engine.host) };
  }

  test("gives every byte and leaves nothing behind", async () => {
    const { engine, client } = await saving();
    const { signal } = new AbortController();
    expect((await read(client.save("alpine", null, signal))).equals(BYTES)).toBe(true);
    expect(engine.requests.at(-1)).toBe("GET /images/get?names=alpine");
    await engine.idle();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("asks for nothing before it is read", async () => {
    const { engine, client } = await saving();
    client.save("alpine", null, never);
    await sleep(20);
    expect(engine.requests).toEqual(["GET /_ping?"]);
  });

  test("sends the platform where one is asked for", async () => {
    const { engine, client } = await saving();
    await read(client.save("alpine", { ...ARM, variant: "v8" }, never));
    const query = new URL(engine.requests.at(-1)?.slice("GET ".length) ?? "", "http://engine").searchParams;
    expect(JSON.parse(query.get("platform") ?? "")).toEqual({ os: "linux", architecture: "arm64", variant: "v8" });
  });

  test("a slow engine is not cut off, however short the time it has to answer questions", async () => {
    const { engine } = await saving({ faults: { save: { type: "slow", milliseconds: 30 } } });
    const client = await connect(engine.host, never, { answerTimeoutMs: 300 });
    const start = performance.now();
    expect((await read(client.save("alpine", null, never))).equals(BYTES)).toBe(true);
    expect(performance.now() - start).toBeGreaterThan(300);
  });

  test("an image that has gone meanwhile", async () => {
    const { engine, client } = await saving();
    engine.images.clear();
    expect(await rejection(read(client.save("alpine", null, never)))).toMatchObject({ code: "IMAGE_NOT_FOUND" });
    await engine.idle();
  });

  test.each([
    ["an error", { type: "status", status: 500, body: '{"message":"no space left"}' }, "no space left"],
    ["an error that is not JSON", { type: "status", status: 500, body: "oh no" }, "oh no"],
    ["a cut in the middle", { type: "reset", afterBytes: 300_000 }, "broke off"],
    [
      "an error behind the bytes",
      {
        type: "trailer",
        afterBytes: 300_000,
        text: '{"errorDetail":{"message":"layer gone"},"error":"layer gone"}\r\n',
      },
      "layer gone",
    ],
  ] as const)("%s is the engine's failure", async (_, fault, words) => {
    const { engine, client } = await saving({ faults: { save: fault } });
    expect(await rejection(read(client.save("alpine", null, never)))).toMatchObject({
      code: "ENGINE_FAILED",
      message: expect.stringContaining(words),
    });
    await engine.idle();
  });

  test.each(["no error\n", '{"errorDetail":oops}\n', '{"errorDetail":{"message":"quoted"}} and more\n'])(
    "bytes that only look like an error are bytes: %s",
    async (text) => {
      const { client } = await saving({ images: { alpine: { save: Buffer.from(text) } } });
      expect((await read(client.save("alpine", null, never))).toString()).toBe(text);
    },
  );

  test.each(["hang", "stall"] as const)(
    "an abort throws the reason, also while the engine is silent (%s)",
    async (type) => {
      const { engine, client } = await saving({ faults: { save: { type, afterBytes: 100_000 } } });
      const controller = new AbortController();
      const reason = new Error("enough");
      const rejected = rejection(read(client.save("alpine", null, controller.signal)));
      await vi.waitFor(() => expect(engine.requests).toHaveLength(2));
      await sleep(20);
      controller.abort(reason);
      expect(await rejected).toBe(reason);
      await engine.idle();
      expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    },
  );

  test("an abort between two chunks throws the reason, not the rest", async () => {
    const { engine, client } = await saving();
    const controller = new AbortController();
    const bytes = client.save("alpine", null, controller.signal);
    await bytes.next();
    controller.abort("stop");
    expect(await rejection(read(bytes))).toBe("stop");
    await engine.idle();
  });

  test("aborted before it began, it asks for nothing", async () => {
    const { engine, client } = await saving();
    expect(await rejection(read(client.save("alpine", null, AbortSignal.abort("no"))))).toBe("no");
    expect(engine.requests).toHaveLength(1);
  });

  test("ending the iteration early closes the connection", async () => {
    const { engine, client } = await saving();
    const controller = new AbortController();
    for await (const chunk of client.save("alpine", null, controller.signal)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await engine.idle();
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test.each(["hang", "stall"] as const)("ending it while a chunk is awaited that never comes (%s)", async (type) => {
    const { engine, client } = await saving({ faults: { save: { type, afterBytes: 10 } } });
    const bytes = client.save("alpine", null, never);
    if (type === "stall") await bytes.next();
    const awaited = bytes.next();
    await vi.waitFor(() => expect(engine.requests).toHaveLength(2));
    expect(await bytes.return?.()).toEqual({ done: true, value: undefined });
    expect(await awaited).toEqual({ done: true, value: undefined });
    expect(await bytes.next()).toEqual({ done: true, value: undefined });
    await engine.idle();
  });

  test("ending it before it began asks for nothing", async () => {
    const { engine, client } = await saving();
    const bytes = client.save("alpine", null, never);
    await bytes.return?.();
    expect(await bytes.next()).toEqual({ done: true, value: undefined });
    expect(engine.requests).toHaveLength(1);
  });
});

describe("as a source", () => {
  const events: ProgressEvent[] = [];
  beforeEach(() => void events.splice(0));

  function context(overrides: Partial<SourceContext> = {}): SourceContext {
    const onProgress = (event: ProgressEvent) => void events.push(event);
    const nothing = { platform: null, image: null, pull: "missing", signal: never, limits: limitsFrom() } as const;
    return { ...nothing, onProgress, ...overrides };
  }

  interface Opened {
    readonly input: AsyncIterable<Uint8Array>;
    readonly options: Record<string, unknown>;
  }

  async function open(engine: FakeEngine, reference: string, overrides: Partial<SourceContext> = {}): Promise<Opened> {
    const source = engineSource("docker", reference, { surroundings: surroundings(engine.host) });
    return (await source.open(context(overrides))) as unknown as Opened;
  }

  const pulls = (engine: FakeEngine) => engine.requests.filter((request) => request.startsWith("POST"));

  test("hands the engine's bytes on under the name as it was written", async () => {
    const engine = await fake({ images: { alpine: ALPINE } });
    const { input, options } = await open(engine, "docker.io/library/alpine");
    expect(options).toMatchObject({ kind: "docker", reference: "docker.io/library/alpine" });
    expect((await read(input)).equals(BYTES)).toBe(true);
    // Without a tag an engine would save every tag that there is.
    expect(engine.requests.at(-1)).toContain("names=docker.io%2Flibrary%2Falpine%3Alatest");
    expect(events).toEqual([{ type: "source", source: "docker:docker.io/library/alpine", note: null }]);
    expect(pulls(engine)).toEqual([]);
    await engine.idle();
  });

  test("an image that is missing is pulled", async () => {
    const engine = await fake({ pulls: { "alpine:3.20": { lines: PULL_LINES, image: ALPINE } } });
    const { input } = await open(engine, "alpine:3.20");
    expect((await read(input)).equals(BYTES)).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(["source", "pull", "pull", "pull", "pull"]);
  });

  test("'never' pulls nothing and says what to do", async () => {
    const engine = await fake({ pulls: { alpine: { lines: [], image: ALPINE } } });
    expect(await rejection(open(engine, "alpine", { pull: "never" }))).toMatchObject({
      code: "IMAGE_NOT_FOUND",
      hint: expect.stringContaining("docker pull alpine"),
    });
    expect(pulls(engine)).toEqual([]);
    await engine.idle();
  });

  test("'always' pulls what is there already", async () => {
    const engine = await fake({ images: { alpine: ALPINE }, pulls: { alpine: { lines: [], image: ALPINE } } });
    await open(engine, "alpine", { pull: "always" });
    expect(pulls(engine)).toHaveLength(1);
  });

  test("a pull after which there is nothing is a failure", async () => {
    const engine = await fake({ pulls: { alpine: { lines: [] } } });
    expect(await rejection(open(engine, "alpine"))).toMatchObject({ code: "PULL_FAILED" });
  });

  test.each([ALPINE.id, "ab12ab12ab12"])("an ID there is (%s) is never pulled", async (id) => {
    const engine = await fake({ images: { alpine: ALPINE } });
    const { options } = await open(engine, id, { pull: "always" });
    expect(options).toMatchObject({ reference: id });
    expect(pulls(engine)).toEqual([]);
  });

  test("an ID there is not cannot be pulled", async () => {
    const engine = await fake();
    const id = `sha256:${"0".repeat(64)}`;
    expect(await rejection(open(engine, id))).toMatchObject({
      code: "IMAGE_NOT_FOUND",
      hint: expect.stringContaining("ID"),
    });
    expect(pulls(engine)).toEqual([]);
  });

  test.each([false, true])(
    "another platform is not pulled unasked: the name would move (inspect answers by platform: %s)",
    async (checksPlatform) => {
      const arm = { ...ALPINE, architecture: "arm64", save: Buffer.from("arm") };
      const engine = await fake({
        checksPlatform,
        images: { alpine: ALPINE },
        pulls: { alpine: { lines: [], image: arm } },
      });
      expect(await rejection(open(engine, "alpine", { platform: ARM, pull: "never" }))).toMatchObject({
        code: "PLATFORM_MISMATCH",
        message: "docker has alpine for linux/amd64, not for linux/arm64",
        hint: expect.stringContaining("--platform linux/arm64"),
      });
      expect(await rejection(open(engine, "alpine", { platform: ARM }))).toMatchObject({
        code: "PLATFORM_MISMATCH",
        message: expect.stringContaining("take the name away"),
        hint: expect.stringMatching(/alpine --platform linux\/arm64 \(without docker:\).*--pull always/),
      });
      expect(pulls(engine)).toEqual([]);
      const { input } = await open(engine, "alpine", { platform: ARM, pull: "always" });
      expect((await read(input)).toString()).toBe("arm");
      expect(pulls(engine)).toEqual(["POST /images/create?fromImage=alpine&tag=latest&platform=linux%2Farm64"]);
    },
  );

  describe("of a store that keeps several platforms under one name", () => {
    const manifestOf = (architecture: string, digit: string): Required<FakeManifest> => ({
      digest: `sha256:${`${digit}f`.repeat(32)}`,
      platform: { os: "linux", architecture },
      save: Buffer.from(architecture),
    });
    const [amd, arm] = [manifestOf("amd64", "0"), manifestOf("arm64", "1")];
    const absent = ({ digest, platform }: FakeManifest): FakeManifest => ({ digest, platform });
    const index = (manifests: readonly FakeManifest[]) => ({ ...ALPINE, save: Buffer.from("all"), manifests });
    const engineWith = (manifests: readonly FakeManifest[], options: FakeEngineOptions = {}) =>
      fake({ api: "1.56", images: { "alpine:3.20": index(manifests) }, ...options });
    const saved = async (engine: FakeEngine, reference: string, overrides: Partial<SourceContext> = {}) =>
      (await read((await open(engine, reference, overrides)).input)).toString();

    test("only the platform that is chosen is saved: the one asked for, or the one that the engine would run", async () => {
      const engine = await engineWith([amd, arm]);
      expect(await saved(engine, "alpine:3.20")).toBe("amd64");
      expect(await saved(engine, "alpine:3.20", { platform: ARM })).toBe("arm64");
      expect(await saved(engine, "alpine:3.20", { platform: { ...ARM, variant: "v8" } })).toBe("arm64");
      expect(pulls(engine)).toEqual([]);
      await engine.idle();
    });

    test("what was pulled for another platform than the machine's is read by its name", async () => {
      const engine = await engineWith([absent(amd), arm]);
      expect(await saved(engine, "alpine:3.20")).toBe("arm64");
      expect(await saved(engine, "alpine:3.20", { allPlatforms: true })).toBe("arm64");
      expect(pulls(engine)).toEqual([]);
    });

    test("what is listed and not stored is pulled, or not there", async () => {
      const pulled = { "alpine:3.20": { lines: [], image: index([amd, arm]) } };
      const engine = await engineWith([amd, absent(arm)], { pulls: pulled });
      expect(await rejection(open(engine, "alpine:3.20", { platform: ARM, pull: "never" }))).toMatchObject({
        code: "PLATFORM_MISMATCH",
        message: "docker has alpine:3.20 for linux/amd64, not for linux/arm64",
      });
      const asked = await askEngine("docker", "alpine:3.20", context({ platform: ARM }), {
        surroundings: surroundings(engine.host),
      });
      expect(asked).toEqual({ has: "other-platform", platforms: [{ ...AMD }] });
      expect(pulls(engine)).toEqual([]);
      expect(await saved(engine, "alpine:3.20", { platform: ARM })).toBe("arm64");
      expect(pulls(engine)).toHaveLength(1);
    });

    test("a short ID, and the digest of one manifest, name what they name", async () => {
      const engine = await engineWith([amd, arm]);
      for (const id of ["ab12ab12ab12", ALPINE.id]) expect(await saved(engine, id, { platform: ARM })).toBe("arm64");
      expect(engine.requests.at(-1)).not.toContain("latest");
      expect(await saved(engine, arm.digest)).toBe("arm64");
      expect(await saved(engine, amd.digest)).toBe("amd64");
      expect(await rejection(open(engine, amd.digest, { platform: ARM }))).toMatchObject({ code: "PLATFORM_MISMATCH" });
      expect(pulls(engine)).toEqual([]);
    });

    test("an image is known again, by whatever its platform is asked for", async () => {
      const engine = await engineWith([amd, arm]);
      const stampOf = async (platform: Platform | null) =>
        ((await open(engine, "alpine:3.20", { platform })) as unknown as { stamp(): Promise<string> }).stamp();
      expect(await stampOf(AMD)).toBe(await stampOf(null));
      expect(await stampOf(ARM)).not.toBe(await stampOf(null));
    });
  });

  test("the platform that is there is not pulled", async () => {
    const engine = await fake({ images: { alpine: ALPINE } });
    await open(engine, "alpine", { platform: AMD });
    expect(pulls(engine)).toEqual([]);
  });

  test("a registry that has another platform only", async () => {
    const engine = await fake({ pulls: { alpine: { lines: [], image: ALPINE } } });
    expect(await rejection(open(engine, "alpine", { platform: ARM }))).toMatchObject({ code: "PLATFORM_MISMATCH" });
  });

  test("an ID of another platform", async () => {
    const engine = await fake({ images: { alpine: ALPINE } });
    expect(await rejection(open(engine, ALPINE.id, { platform: ARM }))).toMatchObject({ code: "PLATFORM_MISMATCH" });
    expect(pulls(engine)).toEqual([]);
  });

  test.each(["../containers", "a?b", "Upper", "", "a b", "a\r\nb"])(
    "%j never reaches the engine",
    async (reference) => {
      expect(() => engineSource("docker", reference)).toThrow(expect.objectContaining({ code: "REFERENCE_INVALID" }));
      expect(await rejection(askEngine("docker", reference, context()))).toMatchObject({ code: "REFERENCE_INVALID" });
    },
  );

  describe("asked without being opened", () => {
    const ask = (host: string, overrides: Partial<SourceContext> = {}) =>
      askEngine("podman", "alpine", context(overrides), { surroundings: surroundings(host), answerTimeoutMs: 300 });

    test("it has the image, another platform's, or nothing", async () => {
      const engine = await fake({ images: { alpine: ALPINE }, pulls: { alpine: { lines: [], image: ALPINE } } });
      expect(await ask(engine.host)).toEqual({ has: "image" });
      expect(await ask(engine.host, { platform: AMD })).toEqual({ has: "image" });
      expect(await ask(engine.host, { platform: ARM })).toEqual({ has: "other-platform", platforms: [AMD] });
      engine.images.clear();
      expect(await ask(engine.host, { pull: "always" })).toEqual({ has: "nothing" });
      expect(pulls(engine)).toEqual([]);
      expect(events).toEqual([]);
      await engine.idle();
    });

    test("an engine that is absent, hangs or fails is an answer", async () => {
      const engine = await fake({ faults: { ping: { type: "hang" } } });
      const failing = await fake({ faults: { inspect: { type: "status", status: 500, body: "{}" } } });
      const codes = [];
      for (const host of ["tcp://127.0.0.1:1", "ssh://far", engine.host, failing.host]) {
        const answer = await ask(host);
        codes.push(answer.has === "no-answer" && isImgweighError(answer.error) && answer.error.code);
      }
      expect(codes).toEqual(["ENGINE_UNREACHABLE", "ENGINE_UNREACHABLE", "ENGINE_UNREACHABLE", "ENGINE_FAILED"]);
      await engine.idle();
    });

    test("an abort is not an answer", async () => {
      const engine = await fake();
      expect(await rejection(ask(engine.host, { signal: AbortSignal.abort("no") }))).toBe("no");
    });
  });
});
