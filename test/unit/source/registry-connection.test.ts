import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { analyzeImage } from "../../../packages/core/src/index.ts";
import { PATIENCE } from "../../../packages/core/src/source/registry/patience.ts";
import type { RegistryOptions } from "../../../packages/core/src/source/registry/registry-options.ts";
import { registrySource } from "../../../packages/core/src/source/registry/registry-source.ts";
import { errorOf, temporaryDirectory, temporaryFile } from "../../support/analyze-files.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import type { FakeRegistry } from "../../support/fake-registry.ts";
import { buildImage } from "../../support/image-builder.ts";
import { file } from "../../support/tar-bytes.ts";
import { testRegistries } from "../../support/test-registries.ts";

const image = buildImage({ layers: [{ entries: [file("f", 7)] }] });
const HASTY = { ...PATIENCE, connectMs: 2000, answerMs: 2000, idleMs: 2000, firstPauseMs: 1 };

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates(temporaryDirectory(), "IP:127.0.0.1,DNS:registry.test");
});

const { registryWith, closing } = testRegistries("app", "1", image);

const tls = () => ({ cert: certificates.cert, key: certificates.key });

async function weigh(
  host: string,
  options: RegistryOptions = {},
  env: Record<string, string> = {},
  { signal = new AbortController().signal, patience = HASTY } = {},
): Promise<number> {
  const settings = { options, surroundings: { env, home: "/nobody" }, patience };
  return (await analyzeImage(registrySource(`${host}/app:1`, settings), { signal })).sizes.contentBytes;
}

describe("a registry that speaks TLS by an authority of its own", () => {
  test("is not believed by itself, and what to do is said", async () => {
    const registry = await registryWith({ tls: tls() });
    const error = await errorOf(weigh(registry.host));
    expect(error.code).toBe("REGISTRY_UNREACHABLE");
    expect(error.hint).toContain("--registry-ca FILE");
    expect(error.hint).toContain(`--insecure-registry ${registry.host}`);
    expect(registry.requests).toEqual([]);
    await registry.idle();
  });

  test("is believed with its authority, or where it is said not to matter", async () => {
    const registry = await registryWith({ tls: tls(), auth: { type: "bearer" } });
    expect(await weigh(registry.host, { caFile: certificates.caFile })).toBe(7);
    expect(await weigh(registry.host, { insecure: [registry.host] })).toBe(7);
    expect((await errorOf(weigh(registry.host, { insecure: ["127.0.0.1:1"] }))).code).toBe("REGISTRY_UNREACHABLE");
    await registry.idle();
  });

  test("authorities that cannot be read", async () => {
    const registry = await registryWith({ tls: tls() });
    expect((await errorOf(weigh(registry.host, { caFile: "/nowhere/ca.pem" }))).code).toBe("FILE_UNREADABLE");
    expect((await errorOf(weigh(registry.host, { caFile: temporaryFile("ca.pem", Buffer.from("no pem")) }))).code).toBe(
      "REGISTRY_UNREACHABLE",
    );
  });

  test("sends nobody to plain HTTP, unless it need not be believed", async () => {
    const plain = await registryWith();
    const location = `http://${plain.host}/v2/app/manifests/1`;
    const fault = { type: "answer", status: 307, headers: { location } } as const;
    // Loopback is trusted with plain HTTP, so the registry has to have another name: the proxy finds it.
    const registry = await registryWith({ tls: tls() });
    registry.faults.push({ on: /manifests/, fault });
    const proxy = await startProxy(registry);
    const name = `registry.test:${registry.host.split(":")[1]}`;
    const options = { caFile: certificates.caFile, proxy: proxy.url };
    expect(await errorOf(weigh(name, options))).toMatchObject({
      code: "REGISTRY_FAILED",
      message: expect.stringContaining("plain HTTP"),
    });
    expect(plain.requests).toEqual([]);
  });
});

test("a certificate for another name is not believed", async () => {
  const other = makeCertificates(temporaryDirectory(), "DNS:other.test");
  const registry = await registryWith({ tls: { cert: other.cert, key: other.key } });
  expect((await errorOf(weigh(registry.host, { caFile: other.caFile }))).code).toBe("REGISTRY_UNREACHABLE");
});

describe("plain HTTP", () => {
  test("is spoken where TLS is not, by loopback registries and insecure ones only", async () => {
    const registry = await registryWith();
    expect(await weigh(registry.host)).toBe(7);
    const proxy = await startProxy(registry);
    const name = `registry.test:${registry.host.split(":")[1]}`;
    expect((await errorOf(weigh(name, { proxy: proxy.url }))).code).toBe("REGISTRY_UNREACHABLE");
    expect(await weigh(name, { proxy: proxy.url, insecure: [name] })).toBe(7);
  });

  test("is found out once, not with every request", async () => {
    const registry = await registryWith();
    await weigh(registry.host);
    expect(registry.requests).toHaveLength(3);
  });
});

interface Proxy {
  readonly url: string;
  /** `CONNECT host:port` or the method and the address. */
  readonly requests: string[];
  readonly authorizations: (string | null)[];
}

/** A proxy to whom every name is the registry. */
async function startProxy(registry: FakeRegistry, credentials: string | null = null): Promise<Proxy> {
  const [host, port] = registry.host.split(":") as [string, string];
  const requests: string[] = [];
  const authorizations: (string | null)[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer();
  const refused = (request: IncomingMessage): boolean => {
    requests.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"] ?? null);
    return credentials !== null && request.headers["proxy-authorization"] !== credentials;
  };
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (request, client: Socket) => {
    client.on("error", () => {});
    if (refused(request)) return client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const upstream = connect(Number(port), host, () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.pipe(client).pipe(upstream);
  });
  server.on("request", async (request, response) => {
    if (refused(request)) return response.writeHead(407).end();
    const { pathname, search } = new URL(request.url ?? "");
    const answer = await fetch(`http://${registry.host}${pathname}${search}`);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, authorizations };
}

describe("a proxy", () => {
  test("is tunnelled through to TLS, by option and by environment", async () => {
    const registry = await registryWith({ tls: tls() });
    const proxy = await startProxy(registry);
    const name = `registry.test:${registry.host.split(":")[1]}`;
    const caFile = certificates.caFile;
    expect(await weigh(name, { caFile, proxy: proxy.url })).toBe(7);
    expect(new Set(proxy.requests)).toEqual(new Set([`CONNECT ${name}`]));
    expect(await weigh(name, { caFile }, { HTTPS_PROXY: proxy.url })).toBe(7);
    expect(registry.requests[0]?.host).toBe(name);
    const direct = await errorOf(weigh(name, { caFile, proxy: proxy.url }, { NO_PROXY: ".test" }));
    expect(direct.details["reason"]).toMatch(/ENOTFOUND|EAI_AGAIN/);
    await registry.idle();
  });

  test("is asked for plain HTTP without a tunnel", async () => {
    const registry = await registryWith();
    const proxy = await startProxy(registry);
    const name = `registry.test:${registry.host.split(":")[1]}`;
    expect(await weigh(name, { insecure: [name] }, { http_proxy: proxy.url, https_proxy: proxy.url })).toBe(7);
    expect(proxy.requests.filter((line) => line.startsWith(`GET http://${name}/v2/app/`))).toHaveLength(3);
  });

  test("is shown its own credentials, and no one else is", async () => {
    const registry = await registryWith({ tls: tls() });
    const basic = `Basic ${Buffer.from("me:p@ss word").toString("base64")}`;
    const proxy = await startProxy(registry, basic);
    const name = `registry.test:${registry.host.split(":")[1]}`;
    const caFile = certificates.caFile;
    expect(await weigh(name, { caFile, proxy: proxy.url.replace("//", "//me:p%40ss%20word@") })).toBe(7);
    expect(registry.requests.every(({ authorization }) => authorization === null)).toBe(true);
    const refused = await errorOf(weigh(name, { caFile, proxy: proxy.url.replace("//", "//me:wrong-one@") }));
    expect(refused.code).toBe("REGISTRY_UNREACHABLE");
    expect(refused.message).toContain("407");
    expect(refused.hint).toContain("proxy");
    expect(`${refused.message}${refused.hint}${JSON.stringify(refused.details)}`).not.toContain("wrong-one");
  });

  test("that hangs is not waited for without end", async () => {
    const registry = await registryWith({ tls: tls() });
    const silent = createServer().on("connect", (_, socket: Socket) => {
      socket.resume().on("end", () => socket.destroy());
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const sockets: Socket[] = [];
    silent.on("connection", (socket) => sockets.push(socket));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    });
    const name = `registry.test:${registry.host.split(":")[1]}`;
    const began = performance.now();
    const proxy = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const patience = { ...HASTY, connectMs: 300, answerMs: 300 };
    const options = { caFile: certificates.caFile, proxy };
    expect((await errorOf(weigh(name, options, {}, { patience }))).code).toBe("REGISTRY_UNREACHABLE");
    expect(performance.now() - began).toBeLessThan(15_000);
    // An abort is not waited for at all.
    const controller = new AbortController();
    const call = weigh(name, options, {}, { signal: controller.signal }).catch((e: unknown) => e);
    await sleep(100);
    const aborted = performance.now();
    controller.abort("stop");
    expect(await call).toBe("stop");
    expect(performance.now() - aborted).toBeLessThan(1000);
    for (let i = 0; i < 100 && sockets.some((socket) => !socket.destroyed); i++) await sleep(10);
    expect(sockets.filter((socket) => !socket.destroyed)).toEqual([]);
  });
});

test("a connection that is still being made ends with an abort", async () => {
  const sockets: Socket[] = [];
  const silent = createNetServer((socket) => {
    sockets.push(socket.resume().on("error", () => {}));
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => silent.close(resolve)));
  const controller = new AbortController();
  const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const call = weigh(host, {}, {}, { signal: controller.signal, patience: PATIENCE }).catch((error: unknown) => error);
  while (sockets.length === 0) await sleep(10);
  await sleep(50);
  const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  const aborted = performance.now();
  controller.abort("stop");
  expect(await call).toBe("stop");
  await closed;
  expect(performance.now() - aborted).toBeLessThan(3000);
});

test("a document that drips is given up after a time, however steadily it comes", async () => {
  const drips = createServer((_, response) => {
    response.writeHead(200, {
      "content-type": "application/vnd.oci.image.manifest.v1+json",
      "content-length": 4_000_000,
    });
    const drip = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(drip));
  });
  await new Promise<void>((resolve) => drips.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    drips.closeAllConnections();
    await new Promise((resolve) => drips.close(resolve));
  });
  const began = performance.now();
  const name = `127.0.0.1:${(drips.address() as AddressInfo).port}`;
  const error = await errorOf(weigh(name, {}, {}, { patience: { ...HASTY, documentMs: 500 } }));
  expect(error.code).toBe("REGISTRY_FAILED");
  expect(error.message).toContain("too long");
  expect(performance.now() - began).toBeLessThan(10_000);
});
