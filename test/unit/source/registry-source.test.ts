import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Analysis } from "../../../packages/core/src/finding/analysis.ts";
import { describeImage } from "../../../packages/core/src/image/describe-image.ts";
import {
  type AnalyzeOptions,
  analyzeImage,
  type ImgweighError,
  type ProgressEvent,
} from "../../../packages/core/src/index.ts";
import { parseReference } from "../../../packages/core/src/oci/reference.ts";
import { createAuthorizer } from "../../../packages/core/src/source/registry/authorizer.ts";
import { openSession, settingsFrom } from "../../../packages/core/src/source/registry/open-session.ts";
import { PATIENCE, type Patience } from "../../../packages/core/src/source/registry/patience.ts";
import { placesOf, type RegistryPlace } from "../../../packages/core/src/source/registry/place.ts";
import type { RegistryOptions } from "../../../packages/core/src/source/registry/registry-options.ts";
import { registrySource } from "../../../packages/core/src/source/registry/registry-source.ts";
import { errorOf, expectReleased, openHandles, temporaryFile } from "../../support/analyze-files.ts";
import type { FakeRegistry, FakeRegistryOptions } from "../../support/fake-registry.ts";
import type { Fault, PlannedFault } from "../../support/fault-server.ts";
import { buildImage, digestOf, json, MEDIA_TYPE } from "../../support/image-builder.ts";
import { file, filler } from "../../support/tar-bytes.ts";
import { testRegistries } from "../../support/test-registries.ts";

const BIG = filler(3_000_000, 5);
const image = buildImage({
  layers: [
    { entries: [file("a", filler(400_000)), file("b", filler(900, 2))], createdBy: "COPY a b /" },
    { entries: [file("c", BIG)], compression: "zstd-frames", createdBy: "COPY c /" },
    { entries: [file("d", filler(3000, 3))], compression: "none", createdBy: "COPY d /" },
  ],
});
const [first, second] = image.layers as [(typeof image.layers)[0], (typeof image.layers)[0]];

/** In no hurry with a busy machine, but without pauses. */
const HASTY = { ...PATIENCE, firstPauseMs: 1, longestPauseMs: 4, longestRetryAfterMs: 1000 };
/** For servers that do not answer. */
const IMPATIENT = { ...HASTY, connectMs: 1000, answerMs: 300, idleMs: 300 };

const { registryWith, closing } = testRegistries("acme/api", "main", image);

const reference = (registry: FakeRegistry, name = "acme/api:main"): string => `${registry.host}/${name}`;

interface Given extends AnalyzeOptions {
  readonly options?: RegistryOptions;
  readonly env?: Record<string, string>;
  readonly patience?: Patience;
}

function sourceOf(text: string, { options = {}, env = {}, patience = HASTY }: Given = {}) {
  return registrySource(text, { options, surroundings: { env, home: "/nobody" }, patience });
}

function weigh(text: string, given: Given = {}): Promise<Analysis> {
  const { options: _, env: __, patience: ___, ...rest } = given;
  return analyzeImage(sourceOf(text, given), rest);
}

const asked = (registry: FakeRegistry): string[] =>
  registry.requests.map(({ method, url }) => `${method} ${url.replace(/sha256:(\w{6})\w+/, "$1")}`);
const short = (digest: string): string => digest.slice("sha256:".length, "sha256:".length + 6);
const blobsAsked = (registry: FakeRegistry, digest: string) =>
  registry.requests.filter(({ url }) => url.endsWith(`/blobs/${digest}`));

describe("an image of a registry", () => {
  test("is what it is in an archive, with the digest of its manifest", async () => {
    const registry = await registryWith();
    const fromRegistry = await weigh(reference(registry));
    const fromArchive = await analyzeImage(temporaryFile("i.tar", image.asOciArchive()));
    expect(fromRegistry.source).toEqual({ kind: "registry", verified: "blob" });
    expect(fromRegistry.image).toMatchObject({ reference: reference(registry), digest: image.manifestDigest });
    expect({ ...fromRegistry, image: null, source: null }).toEqual({ ...fromArchive, image: null, source: null });
    await registry.idle();
  });

  test("is asked for once: the manifest, the config, each layer", async () => {
    const registry = await registryWith();
    await weigh(reference(registry), { concurrency: 1 });
    const base = "GET /v2/acme/api";
    expect(asked(registry).slice(0, 2)).toEqual([
      `${base}/manifests/main`,
      `${base}/blobs/${short(image.configDigest)}`,
    ]);
    expect(asked(registry).slice(2).sort()).toEqual(
      image.layers.map(({ digest }) => `${base}/blobs/${short(digest)}`).sort(),
    );
    expect(
      registry.requests.every(({ status, range, authorization }) => status === 200 && !range && !authorization),
    ).toBe(true);
  });

  test("is described by two requests, by its manifest and its config", async () => {
    const registry = await registryWith();
    const { layers, manifestDigest } = await describeImage(sourceOf(reference(registry)));
    expect(layers.map(({ digest, size }) => [digest, size])).toEqual(
      image.layers.map(({ digest, blob }) => [digest, blob.length]),
    );
    expect(manifestDigest).toBe(image.manifestDigest);
    expect(registry.requests).toHaveLength(2);
    await registry.idle();
  });

  test("by tag, by digest, by both, and without either", async () => {
    const registry = await registryWith();
    registry.push("acme/api", "latest", image);
    const digest = image.manifestDigest;
    for (const name of ["acme/api", "acme/api:main", `acme/api@${digest}`, `acme/api:gone@${digest}`]) {
      expect((await describeImage(sourceOf(reference(registry, name)))).manifestDigest).toBe(digest);
    }
    expect(asked(registry).filter((line) => line.includes("manifests"))).toEqual(
      ["latest", "main", short(digest), short(digest)].map((name) => `GET /v2/acme/api/manifests/${name}`),
    );
  });

  test("a layer that stands twice is asked for once", async () => {
    const registry = await registryWith();
    const twice = buildImage({ layers: [{ entries: [file("a", "1")] }, { entries: [file("a", "1")] }] });
    registry.push("acme/twice", "1", twice);
    const analysis = await weigh(reference(registry, "acme/twice:1"));
    expect(analysis.layers).toHaveLength(2);
    expect(blobsAsked(registry, (twice.layers[0] as typeof first).digest)).toHaveLength(1);
  });

  test("a config that the manifest embeds is not asked for", async () => {
    const registry = await registryWith();
    const config = { mediaType: MEDIA_TYPE.config, digest: image.configDigest, size: image.config.length };
    const embedded = buildImage({
      ...image.spec,
      manifest: { config: { ...config, data: image.config.toString("base64") } },
    });
    registry.push("acme/embedded", "1", embedded);
    expect((await describeImage(sourceOf(reference(registry, "acme/embedded:1")))).configDigest).toBe(
      image.configDigest,
    );
    expect(registry.requests).toHaveLength(1);
  });

  test("parts of blobs", async () => {
    const registry = await registryWith();
    const opened = await sourceOf(reference(registry)).open({
      limits: (await import("../../../packages/core/src/archive/limits.ts")).limitsFrom(),
      signal: new AbortController().signal,
      onProgress: () => {},
      platform: null,
      image: null,
      pull: "missing",
    } as never);
    if (opened.shape !== "random-access") throw new Error("a registry is random access");
    const read = async (range: { offset: number; length: number }): Promise<Buffer> => {
      const parts: Uint8Array[] = [];
      for await (const part of opened.blob(opened.description.layers[1] as never, range)) parts.push(part);
      return Buffer.concat(parts);
    };
    const { blob } = second;
    for (const [offset, length] of [
      [0, 10],
      [blob.length - 7, 7],
      [1000, 100_000],
      [5, 0],
      [0, blob.length],
    ] as const) {
      expect((await read({ offset, length })).equals(blob.subarray(offset, offset + length))).toBe(true);
    }
    registry.faults.push({ on: /blobs/, fault: { type: "no-ranges" } });
    const error = await errorOf(read({ offset: 5, length: 10 }));
    expect(error).toMatchObject({ code: "REGISTRY_FAILED", details: { reason: "no-ranges" } });
    expect((await read({ offset: 0, length: 10 })).equals(blob.subarray(0, 10))).toBe(true);
    await opened.close();
    await registry.idle();
  });
});

describe("what is not there, or not what it should be", () => {
  test.each([
    ["acme/api:gone", "IMAGE_NOT_FOUND"],
    ["acme/gone:main", "IMAGE_NOT_FOUND"],
    [`acme/api@sha256:${"0".repeat(64)}`, "IMAGE_NOT_FOUND"],
  ])("%s", async (name, code) => {
    const registry = await registryWith();
    const error = await errorOf(weigh(reference(registry, name)));
    expect(error.code).toBe(code);
    expect(error.message).toContain("manifest unknown");
    expect(error.message).toContain(registry.host);
    await registry.idle();
  });

  test.each([
    ["config", image.configDigest],
    ["layer", second.digest],
  ])("a %s that the registry has lost", async (_, digest) => {
    const registry = await registryWith();
    registry.blobs.delete(digest);
    const error = await errorOf(weigh(reference(registry)));
    expect(error.code).toBe("LAYER_MISSING");
    expect(error.message).toContain(digest === image.configDigest ? "config" : digest);
    await registry.idle();
  });

  test.each([
    ["a config", image.configDigest, buildImage({ ...image.spec, config: { author: "x" } }).config],
    ["a config of the same length", image.configDigest, Buffer.from(image.config.toString().replace("/app", "/apq"))],
    ["a layer of another length", second.digest, second.blob.subarray(1)],
    ["a longer layer", second.digest, Buffer.concat([second.blob, Buffer.alloc(5)])],
    [
      "a layer of the same length",
      (image.layers[2] as typeof first).digest,
      Buffer.alloc((image.layers[2] as typeof first).blob.length),
    ],
  ])("%s that is another one", async (_, digest, bytes) => {
    const registry = await registryWith();
    registry.blobs.set(digest, bytes);
    expect((await errorOf(weigh(reference(registry)))).code).toBe("DIGEST_MISMATCH");
    await registry.idle();
  });

  test.each([-1, 1])("a config that is %d bytes longer than it is", async (more) => {
    const config = { mediaType: MEDIA_TYPE.config, digest: image.configDigest, size: image.config.length + more };
    const registry = await registryWith();
    registry.push("acme/odd", "1", buildImage({ ...image.spec, manifest: { config } }));
    expect((await errorOf(weigh(reference(registry, "acme/odd:1")))).code).toBe("DIGEST_MISMATCH");
  });

  test("a manifest that has not the digest it was asked for by, or the one the registry tells", async () => {
    const registry = await registryWith();
    registry.faults.push({ on: /manifests/, fault: { type: "corrupt", atByte: 20 } });
    expect((await errorOf(weigh(reference(registry)))).code).toBe("DIGEST_MISMATCH");
    const silent = await registryWith({ tellsNoDigest: true });
    silent.faults.push({ on: /manifests/, fault: { type: "corrupt", atByte: 20 } });
    expect((await errorOf(weigh(reference(silent, `acme/api@${image.manifestDigest}`)))).code).toBe("DIGEST_MISMATCH");
  });

  test("a registry that tells no digest: the manifest's own is computed", async () => {
    const registry = await registryWith({ tellsNoDigest: true });
    expect((await describeImage(sourceOf(reference(registry)))).manifestDigest).toBe(image.manifestDigest);
  });

  test.each([
    ["no JSON", Buffer.from("<html>login</html>"), MEDIA_TYPE.manifest, "ARCHIVE_MALFORMED"],
    ["nothing", Buffer.alloc(0), MEDIA_TYPE.manifest, "ARCHIVE_MALFORMED"],
    [
      "schema 1",
      json({ schemaVersion: 1 }),
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    [
      "a chart",
      json({
        schemaVersion: 2,
        config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest: digestOf(Buffer.alloc(1)), size: 1 },
        layers: [],
      }),
      MEDIA_TYPE.manifest,
      "NOT_AN_IMAGE",
    ],
    ["an empty index", json({ schemaVersion: 2, manifests: [] }), MEDIA_TYPE.index, "NOT_AN_IMAGE"],
    ["5 MB", Buffer.alloc(5_000_000, " "), MEDIA_TYPE.manifest, "LIMIT_EXCEEDED"],
  ])("%s instead of a manifest", async (_, bytes, mediaType, code) => {
    const registry = await registryWith();
    registry.pushManifest("acme/odd", "1", bytes, mediaType);
    expect((await errorOf(weigh(reference(registry, "acme/odd:1")))).code).toBe(code);
    await registry.idle();
  });
});

describe("an index", () => {
  const platformed = (architecture: string, bytes: number, variant?: string) =>
    buildImage({
      layers: [{ entries: [file("f", bytes)] }],
      platform: { os: "linux", architecture, ...(variant && { variant }) },
    });
  const images = [
    platformed("amd64", 10),
    platformed("arm64", 20, "v8"),
    platformed("arm", 30, "v6"),
    platformed("arm", 40, "v7"),
  ];
  const attestation = {
    ...platformed("amd64", 99).descriptor(),
    platform: { os: "unknown", architecture: "unknown" },
    annotations: { "vnd.docker.reference.type": "attestation-manifest" },
  };

  test.each([
    ["linux/amd64", 10],
    ["linux/arm64", 20],
    ["linux/arm/v6", 30],
    ["linux/arm/v7", 40],
  ])("%s, in three requests before its layers", async (platform, bytes) => {
    const registry = await registryWith();
    const name = registry.pushIndex("acme/multi", "1", images, [attestation]);
    const analysis = await weigh(name, { platform });
    expect(analysis.sizes.contentBytes).toBe(bytes);
    expect(registry.requests).toHaveLength(4);
    expect(analysis.image.digest).toBe(
      images.find(
        ({ layers: [layer] }) => layer?.spec.entries?.length === 1 && analysis.layers[0]?.digest === layer.digest,
      )?.manifestDigest,
    );
  });

  test("this machine's, where none is asked for", async () => {
    const registry = await registryWith();
    const name = registry.pushIndex("acme/multi", "1", images);
    const own = { x64: 10, arm64: 20 }[process.arch as string];
    if (own !== undefined) expect((await weigh(name)).sizes.contentBytes).toBe(own);
  });

  test("none that fits", async () => {
    const registry = await registryWith();
    const name = registry.pushIndex("acme/multi", "1", images, [attestation]);
    const error = await errorOf(weigh(name, { platform: "linux/s390x" }));
    expect(error.code).toBe("PLATFORM_MISMATCH");
    expect(error.details["platforms"]).toEqual(["linux/amd64", "linux/arm64/v8", "linux/arm/v6", "linux/arm/v7"]);
    expect((await weigh(name, { platform: "linux/arm" })).sizes.contentBytes).toBe(40);
    expect((await errorOf(weigh(reference(registry), { platform: "linux/arm64" }))).code).toBe("PLATFORM_MISMATCH");
  });

  test("nested, and with itself in it", async () => {
    const registry = await registryWith();
    const [amd, arm] = images as [(typeof images)[0], (typeof images)[0]];
    registry.pushIndex("acme/multi", "inner", [amd, arm]);
    const { bytes: inner } = registry.manifests.get("acme/multi/manifests/inner") as { bytes: Buffer };
    const descriptor = { mediaType: MEDIA_TYPE.index, digest: digestOf(inner), size: inner.length };
    const name = registry.pushIndex("acme/multi", "outer", [], [descriptor, descriptor]);
    expect((await weigh(name, { platform: "linux/arm64" })).sizes.contentBytes).toBe(20);
    expect(asked(registry).filter((line) => line.includes("manifests"))).toHaveLength(3);
  });

  test("a chain of indexes that does not end, and one that is too wide", async () => {
    const registry = await registryWith();
    let last = images[0]?.descriptor() as { mediaType: string; digest: string; size: number };
    for (let i = 0; i < 20; i++) {
      last = registry.pushManifest(
        "acme/deep",
        `${i}`,
        json({ schemaVersion: 2, manifests: [last] }),
        MEDIA_TYPE.index,
      );
    }
    expect((await errorOf(weigh(reference(registry, "acme/deep:19")))).code).toBe("ARCHIVE_MALFORMED");
    const wide = Array.from({ length: 200 }, (_, i) =>
      registry.pushManifest("acme/wide", `${i}`, json({ schemaVersion: 2, manifests: [], i }), MEDIA_TYPE.index),
    );
    registry.pushManifest("acme/wide", "all", json({ schemaVersion: 2, manifests: wide }), MEDIA_TYPE.index);
    expect((await errorOf(weigh(reference(registry, "acme/wide:all")))).code).toBe("LIMIT_EXCEEDED");
    const limits = { maxManifests: 3 };
    const name = registry.pushIndex("acme/multi", "1", images);
    expect((await errorOf(weigh(name, { limits }))).code).toBe("LIMIT_EXCEEDED");
  });

  test("platforms that it leaves out stand in the configs", async () => {
    const registry = await registryWith();
    for (const one of images) registry.push("acme/bare", one.platform.architecture, one);
    const manifests = images.map((one) => ({ ...one.descriptor(), platform: undefined }));
    registry.pushManifest("acme/bare", "all", json({ schemaVersion: 2, manifests }), MEDIA_TYPE.index);
    expect((await weigh(reference(registry, "acme/bare:all"), { platform: "linux/arm/v7" })).sizes.contentBytes).toBe(
      40,
    );
  });

  test("one image of it, by the digest of its manifest", async () => {
    const registry = await registryWith();
    const name = registry.pushIndex("acme/multi", "1", images);
    expect((await weigh(name, { image: images[2]?.manifestDigest })).sizes.contentBytes).toBe(30);
    expect((await errorOf(weigh(name, { image: "other:1" }))).code).toBe("IMAGE_NOT_FOUND");
  });
});

describe("letting in", () => {
  const user = { username: "me", password: "correct horse" };
  const given = (registry: FakeRegistry, credentials: object): Given => ({
    options: { credentials: { [registry.host]: credentials as never } },
  });

  test("basic: asked once, then sent with every request", async () => {
    const registry = await registryWith({ auth: { type: "basic", ...user } });
    await weigh(reference(registry), given(registry, user));
    expect(registry.requests.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200, 200]);
    await registry.idle();
  });

  test("basic: nobody, and somebody else", async () => {
    const registry = await registryWith({ auth: { type: "basic", ...user } });
    const nobody = await errorOf(weigh(reference(registry)));
    expect(nobody.code).toBe("REGISTRY_UNAUTHORIZED");
    expect(nobody.hint).toContain(`docker login ${registry.host}`);
    const wrong = await errorOf(weigh(reference(registry), given(registry, { ...user, password: "wrong secret" })));
    expect(wrong.code).toBe("REGISTRY_UNAUTHORIZED");
    expect(wrong.hint).toContain("log in again");
    expect(registry.requests).toHaveLength(3);
    await registry.idle();
  });

  test("bearer, anonymous: one token for all requests", async () => {
    const registry = await registryWith({ auth: { type: "bearer" } });
    await weigh(reference(registry), { concurrency: 4 });
    expect(registry.tokens).toHaveLength(1);
    expect(registry.requests.map(({ url }) => url).filter((url) => url.startsWith("/token"))).toEqual([
      "/token?service=fake&scope=repository%3Aacme%2Fapi%3Apull",
    ]);
  });

  test("bearer, with a password, which goes to the realm alone", async () => {
    const registry = await registryWith({ auth: { type: "bearer", ...user } });
    await weigh(reference(registry), given(registry, user));
    for (const { url, authorization } of registry.requests) {
      if (url.startsWith("/token")) expect(authorization).toMatch(/^Basic /);
      else if (authorization !== null) expect(authorization).toBe(`Bearer ${registry.tokens[0]}`);
    }
    expect(registry.requests[1]?.url).toContain("account=me");
  });

  test("bearer, with a refresh token", async () => {
    const registry = await registryWith({ auth: { type: "bearer", ...user, refreshToken: "refresh me" } });
    await weigh(reference(registry), given(registry, { identityToken: "refresh me" }));
    expect(registry.requests[1]).toMatchObject({ method: "POST", url: "/token", authorization: null });
  });

  test("bearer, with a token at hand", async () => {
    const registry = await registryWith({ auth: { type: "bearer", ...user } });
    await weigh(reference(registry, "acme/api:main"), given(registry, user));
    await weigh(reference(registry), given(registry, { registryToken: registry.tokens[0] }));
    expect(registry.tokens).toHaveLength(1);
    const error = await errorOf(weigh(reference(registry), given(registry, { registryToken: "made up by someone" })));
    expect(error.code).toBe("REGISTRY_UNAUTHORIZED");
  });

  test("several scopes are sent one by one; none is made up from the repository", async () => {
    for (const [scope, sent] of [
      ["a:b:pull c:d:pull", "&scope=a%3Ab%3Apull&scope=c%3Ad%3Apull"],
      ["", "&scope=repository%3Aacme%2Fapi%3Apull"],
    ] as const) {
      const registry = await registryWith({ auth: { type: "bearer", scope } });
      await weigh(reference(registry));
      expect(registry.requests[1]?.url).toBe(`/token?service=fake${sent}`);
    }
  });

  test("a token that has run out, by the clock or by what the registry thinks, is renewed", async () => {
    const short = await registryWith({ auth: { type: "bearer", expiresIn: 0.001 } });
    await weigh(reference(short), { concurrency: 1 });
    expect(short.tokens.length).toBeGreaterThan(3);
    expect(short.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    const fickle = await registryWith({ auth: { type: "bearer", uses: 1 } });
    await weigh(reference(fickle), { concurrency: 1 });
    expect(fickle.tokens.length).toBe(5);
  });

  test("requests that are turned away side by side ask for one token", async () => {
    const registry = await registryWith({ auth: { type: "bearer" } });
    const place = placesOf(parseReference(reference(registry)), {})[0] as RegistryPlace;
    const settings = settingsFrom({ surroundings: { env: {}, home: "/nobody" }, patience: HASTY });
    const signal = new AbortController().signal;
    const session = await openSession(place, settings, { signal, onProgress: () => {} });
    closing.push(() => session.client.close());
    const authorizer = createAuthorizer(session);
    const origin = new URL(`http://${registry.host}`);
    const challenge = `Bearer realm="http://${registry.host}/token"`;
    const answers = Array.from({ length: 5 }, () => authorizer.answer(challenge, null, origin));
    expect(await Promise.all(answers)).toEqual([true, true, true, true, true]);
    expect(registry.tokens).toHaveLength(1);
    expect(await authorizer.current(origin)).toBe(`Bearer ${registry.tokens[0]}`);
  });

  test("credentials are sent to nobody who is spoken to without TLS, but to this machine", async () => {
    const registry = await registryWith({ auth: { type: "bearer", ...user } });
    const place = placesOf(parseReference(reference(registry)), {})[0] as RegistryPlace;
    const env = {
      IMGWEIGH_REGISTRY: registry.host,
      IMGWEIGH_REGISTRY_USERNAME: "me",
      IMGWEIGH_REGISTRY_PASSWORD: "secret",
    };
    const settings = settingsFrom({ surroundings: { env, home: "/nobody" }, patience: HASTY });
    const session = await openSession(place, settings, { signal: new AbortController().signal, onProgress: () => {} });
    closing.push(() => session.client.close());
    const basic = 'Basic realm="x"';
    const answers = async (origin: string) => createAuthorizer(session).answer(basic, null, new URL(origin));
    expect(await answers("http://127.0.0.1:5000")).toBe(true);
    expect(await answers("https://registry.example")).toBe(true);
    expect(await answers("http://registry.example")).toBe(false);
    expect(await answers("http://[::1]:5000")).toBe(true);
  });

  test("a token that never helps is not asked for without end", async () => {
    const registry = await registryWith({ auth: { type: "bearer", uses: 0 } });
    expect((await errorOf(weigh(reference(registry)))).code).toBe("REGISTRY_UNAUTHORIZED");
    expect(registry.requests.length).toBeLessThan(8);
  });

  test("a wrong password is told by the realm, and is not in the message, though the realm repeats it", async () => {
    const registry = await registryWith({ auth: { type: "bearer", ...user } });
    const wrong = { ...user, password: "wrong secret" };
    const error = await errorOf(weigh(reference(registry), given(registry, wrong)));
    expect(error.code).toBe("REGISTRY_UNAUTHORIZED");
    expect(error.message).toContain("incorrect username or password: Basic [redacted]");
    expectNoSecrets(error, ["wrong secret", Buffer.from("me:wrong secret").toString("base64")]);
  });

  test("a password does not go to a realm that can be listened to", async () => {
    const registry = await registryWith({ auth: { type: "bearer", ...user, realm: "http://tokens.example/token" } });
    const error = await errorOf(weigh(reference(registry), given(registry, user)));
    expect(error).toMatchObject({ code: "REGISTRY_FAILED", message: expect.stringContaining("not safe") });
    for (const realm of ["", "ftp://x", "//", "data:,x"]) {
      const odd = await registryWith({ auth: { type: "bearer", realm } });
      expect((await errorOf(weigh(reference(odd)))).code).toBe("REGISTRY_FAILED");
    }
  });

  test.each(["", "{}", '{"token":7}', '{"token":"a\\r\\nb: c"}', "<html>", '{"token":""}'])(
    "%j for a token",
    async (body) => {
      const registry = await registryWith({ auth: { type: "bearer" } });
      registry.faults.push({ on: /token/, fault: { type: "answer", status: 200, body } });
      expect((await errorOf(weigh(reference(registry)))).code).toBe("REGISTRY_FAILED");
      await registry.idle();
    },
  );

  test("credentials of one registry do not go to another", async () => {
    const registry = await registryWith({ auth: { type: "basic", ...user } });
    const other = { options: { credentials: { "127.0.0.1:1": user, "docker.io": user } } };
    expect((await errorOf(weigh(reference(registry), other))).code).toBe("REGISTRY_UNAUTHORIZED");
    expect(registry.requests.every(({ authorization }) => authorization === null)).toBe(true);
  });

  test("403 is no matter of trying again", async () => {
    const registry = await registryWith();
    registry.faults.push({
      on: /manifests/,
      fault: {
        type: "answer",
        status: 403,
        body: '{"errors":[{"code":"DENIED","message":"requested access is denied"}]}',
      },
    });
    const error = await errorOf(weigh(reference(registry)));
    expect(error).toMatchObject({
      code: "REGISTRY_UNAUTHORIZED",
      message: expect.stringContaining("requested access is denied"),
    });
    expect(registry.requests).toHaveLength(1);
  });
});

function expectNoSecrets(error: ImgweighError, secrets: readonly string[]): void {
  const all = `${error.message} ${error.hint} ${JSON.stringify(error.details)} ${error.stack} ${String(error.cause)}`;
  for (const secret of secrets) expect(all).not.toContain(secret);
}

describe("redirects", () => {
  const user = { username: "me", password: "correct horse" };

  /** A registry whose blobs lie on another server. */
  async function withStorage(auth: FakeRegistryOptions["auth"]): Promise<[FakeRegistry, FakeRegistry]> {
    const registry = await registryWith(auth === undefined ? {} : { auth });
    const storage = await registryWith();
    for (const { digest } of [...image.layers, { digest: image.configDigest }]) {
      const location = `http://${storage.host}/v2/acme/api/blobs/${digest}?X-Signature=signed-${digest.slice(-4)}`;
      registry.faults.push({ on: new RegExp(digest), fault: { type: "answer", status: 307, headers: { location } } });
    }
    return [registry, storage];
  }

  test("to another server are followed without credentials", async () => {
    for (const auth of [
      { type: "basic", ...user },
      { type: "bearer", ...user },
    ] as const) {
      const [registry, storage] = await withStorage(auth);
      const analysis = await weigh(reference(registry), { options: { credentials: { [registry.host]: user } } });
      expect(analysis.sizes.contentBytes).toBe(400_000 + 900 + 3_000_000 + 3000);
      expect(storage.requests).toHaveLength(4);
      expect(storage.requests.map(({ authorization }) => authorization)).toEqual([null, null, null, null]);
      expect(registry.requests.some(({ authorization }) => authorization !== null)).toBe(true);
    }
  });

  test("keep credentials on the same server", async () => {
    const registry = await registryWith({ auth: { type: "basic", ...user } });
    registry.faults.push({
      on: /manifests\/main/,
      after: 1,
      fault: { type: "answer", status: 302, headers: { location: `/v2/acme/api/manifests/${image.manifestDigest}` } },
    });
    await weigh(reference(registry), { options: { credentials: { [registry.host]: user } } });
    expect(registry.requests[2]?.authorization).toMatch(/^Basic /);
  });

  test("a server elsewhere that asks for credentials gets none", async () => {
    const [registry, storage] = await withStorage({ type: "basic", ...user });
    const headers = { "www-authenticate": 'Basic realm="give"' };
    storage.faults.push({ on: /./, fault: { type: "answer", status: 401, headers } });
    const error = await errorOf(weigh(reference(registry), { options: { credentials: { [registry.host]: user } } }));
    expect(error).toMatchObject({ code: "REGISTRY_FAILED", message: expect.stringContaining(storage.host) });
    expect(storage.requests.every(({ authorization }) => authorization === null)).toBe(true);
    expectNoSecrets(error, ["signed-", "correct horse"]);
  });

  test("a server elsewhere cannot have a password sent to where it likes", async () => {
    const [registry, storage] = await withStorage(undefined);
    const headers = { "www-authenticate": `Bearer realm="http://${storage.host}/token",service="x"` };
    storage.faults.push({ on: /blobs/, fault: { type: "answer", status: 401, headers } });
    await errorOf(weigh(reference(registry), { options: { credentials: { [registry.host]: user } } }));
    expect(storage.requests.length).toBeGreaterThan(0);
    expect(
      storage.requests.filter(({ url, authorization }) => authorization !== null || url.startsWith("/token")),
    ).toEqual([]);
  });

  test("an address elsewhere that is good no longer is asked for anew", async () => {
    const [registry, storage] = await withStorage(undefined);
    storage.faults.push({
      on: /./,
      times: 2,
      fault: { type: "answer", status: 403, body: "<Error>Request has expired" },
    });
    expect((await weigh(reference(registry))).source.verified).toBe("blob");
  });

  test.each([
    ["/v2/acme/api/manifests/main", "more than 5 times"],
    ["file:///etc/passwd", "file:"],
    ["http://[", "no address"],
  ])("to %s", async (location, why) => {
    const registry = await registryWith();
    registry.faults.push({ on: /manifests/, fault: { type: "answer", status: 302, headers: { location } } });
    const error = await errorOf(weigh(reference(registry)));
    expect(error).toMatchObject({ code: "REGISTRY_FAILED", message: expect.stringContaining(why) });
    await registry.idle();
  });
});

describe("faults", () => {
  const whole = 400_000 + 900 + 3_000_000 + 3000;
  const on = new RegExp(second.digest);

  async function withFault(fault: Fault, more: Partial<PlannedFault> = {}): Promise<FakeRegistry> {
    const registry = await registryWith();
    registry.faults.push({ on, fault, ...more });
    return registry;
  }

  const size = second.blob.length;
  const CUTS: readonly Fault[] = [
    { type: "reset", afterBytes: -1 },
    { type: "reset", afterBytes: 0 },
    { type: "reset", afterBytes: 1_000_000 },
    { type: "truncate", afterBytes: 0 },
    { type: "truncate", afterBytes: 1_000_000 },
    { type: "stall", afterBytes: 1_000_000 },
    { type: "hang" },
  ];

  test.each(CUTS)("$type after $afterBytes bytes, once: the rest is fetched", async (fault) => {
    const registry = await withFault(fault, { times: 1 });
    const analysis = await weigh(reference(registry), { patience: IMPATIENT });
    expect(analysis.sizes.contentBytes).toBe(whole);
    expect(analysis.source.verified).toBe("blob");
    const [, again] = blobsAsked(registry, second.digest);
    const came = "afterBytes" in fault && fault.afterBytes > 0;
    if (came) {
      const from = Number(/^bytes=(\d+)-/.exec(again?.range ?? "")?.[1]);
      expect(from).toBeGreaterThan(0);
      expect(from).toBeLessThanOrEqual(fault.afterBytes);
      expect(again?.status).toBe(206);
      expect(again?.bytes).toBe(size - from);
    } else expect(again).toMatchObject({ range: null, bytes: size });
    await registry.idle();
  });

  test.each(CUTS)("$type after $afterBytes bytes, always: an error, soon", async (fault) => {
    const registry = await withFault(fault);
    // Resumed, it would come to its end in a few steps.
    if ("afterBytes" in fault && fault.afterBytes > 0)
      registry.faults.splice(0, 1, { on, fault: { ...fault, afterBytes: 100 } });
    const error = await errorOf(weigh(reference(registry), { patience: IMPATIENT }));
    expect(error.code).toBe("REGISTRY_UNREACHABLE");
    expect(blobsAsked(registry, second.digest).length).toBeLessThanOrEqual(5);
    await registry.idle();
  });

  test("a connection that breaks off every 300 kB: as long as there is progress, it goes on", async () => {
    const registry = await withFault({ type: "reset", afterBytes: 300_000 });
    expect((await weigh(reference(registry))).sizes.contentBytes).toBe(whole);
    expect(blobsAsked(registry, second.digest)).toHaveLength(Math.ceil(size / 300_000));
  });

  test("a registry that sends the whole blob again instead of the rest", async () => {
    const registry = await withFault({ type: "reset", afterBytes: 1_000_000 }, { times: 1 });
    registry.faults.push({ on, fault: { type: "no-ranges" } });
    expect((await weigh(reference(registry))).sizes.contentBytes).toBe(whole);
    expect(blobsAsked(registry, second.digest)[1]?.bytes).toBe(size);
  });

  test.each(["bytes 5-9/10", `bytes 0-${size - 1}/${size}`, "bytes */7", "", "pages 1-2/3"])(
    "a part that is not the one asked for: %j",
    async (range) => {
      const registry = await withFault({ type: "reset", afterBytes: 1_000_000 }, { times: 1 });
      registry.faults.push({
        on,
        fault: { type: "answer", status: 206, headers: { "content-range": range }, body: "0123456789" },
      });
      const { code } = await errorOf(weigh(reference(registry)));
      expect(["REGISTRY_FAILED", "DIGEST_MISMATCH"]).toContain(code);
      await registry.idle();
    },
  );

  test("bytes that were changed on the way, and bytes too many, never pass", async () => {
    for (const fault of [
      { type: "corrupt", atByte: 2_000_000 },
      { type: "extend", bytes: 1 },
    ] as const) {
      const registry = await withFault(fault);
      expect((await errorOf(weigh(reference(registry)))).code).toBe("DIGEST_MISMATCH");
      await registry.idle();
    }
  });

  test.each(["truncate", "reset"] as const)("a manifest and a config that %s are asked for again", async (type) => {
    for (const broken of [/manifests/, new RegExp(image.configDigest)]) {
      const registry = await registryWith();
      registry.faults.push({ on: broken, times: 2, fault: { type, afterBytes: 30 } });
      const outcome = await weigh(reference(registry)).catch((error: ImgweighError) => error.code);
      // An end in good order looks like one, but then the digest does not fit.
      if (type === "truncate") expect(outcome).toBe("DIGEST_MISMATCH");
      else expect((outcome as Analysis).sizes.contentBytes).toBe(whole);
      await registry.idle();
    }
  });

  test("an answer that drips is given up", async () => {
    const registry = await registryWith();
    registry.faults.push({ on: /manifests/, fault: { type: "drip", milliseconds: 20 } });
    const began = performance.now();
    expect((await errorOf(weigh(reference(registry), { patience: IMPATIENT }))).code).toBe("REGISTRY_UNREACHABLE");
    expect(performance.now() - began).toBeLessThan(15_000);
    await registry.idle();
  });

  test.each([429, 500, 502, 503, 504, 408])("%d is tried again", async (status) => {
    for (const where of [/manifests/, on, /token/]) {
      const registry = await registryWith({ auth: { type: "bearer" } });
      registry.faults.push({ on: where, times: 3, fault: { type: "answer", status, headers: { "retry-after": "0" } } });
      expect((await weigh(reference(registry))).sizes.contentBytes).toBe(whole);
    }
  });

  test("429 that stays, with what the registry says", async () => {
    const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}';
    const registry = await registryWith();
    registry.faults.push({ on: /manifests/, fault: { type: "answer", status: 429, body } });
    const error = await errorOf(weigh(reference(registry)));
    expect(error).toMatchObject({ code: "REGISTRY_RATE_LIMITED", message: expect.stringContaining("pull rate limit") });
    expect(registry.requests).toHaveLength(HASTY.attempts);
    await registry.idle();
  });

  test("Retry-After is kept to, and told if it is long", async () => {
    const registry = await registryWith();
    registry.faults.push({
      on: /manifests/,
      times: 1,
      fault: { type: "answer", status: 429, headers: { "retry-after": "1" } },
    });
    const began = performance.now();
    await weigh(reference(registry));
    expect(performance.now() - began).toBeGreaterThan(990);
    registry.faults.push({
      on: /manifests/,
      fault: { type: "answer", status: 429, headers: { "retry-after": "3600" } },
    });
    const before = registry.requests.length;
    const error = await errorOf(weigh(reference(registry)));
    expect(error).toMatchObject({ code: "REGISTRY_RATE_LIMITED", details: { retryAfterSeconds: 3600 } });
    expect(registry.requests.length - before).toBe(1);
  });

  test("500 that stays", async () => {
    const registry = await registryWith();
    registry.faults.push({ on, fault: { type: "answer", status: 500, body: "<html>oops" } });
    expect(await errorOf(weigh(reference(registry)))).toMatchObject({
      code: "REGISTRY_FAILED",
      details: { status: 500 },
    });
  });

  test("a token that runs out in the middle of a download", async () => {
    const registry = await registryWith({ auth: { type: "bearer", uses: 1 } });
    registry.faults.push({ on, after: 1, times: 2, fault: { type: "reset", afterBytes: 1_000_000 } });
    expect((await weigh(reference(registry), { concurrency: 1 })).sizes.contentBytes).toBe(whole);
  });

  test("an address where nobody listens, or nobody speaks HTTP", async () => {
    const registry = await registryWith();
    await registry.close();
    expect(await errorOf(weigh(reference(registry)))).toMatchObject({
      code: "REGISTRY_UNREACHABLE",
      details: { reason: "ECONNREFUSED" },
    });
    expect((await errorOf(weigh("registry.invalid/a:1"))).code).toBe("REGISTRY_UNREACHABLE");
  });
});

describe("mirrors", () => {
  test("go first; one that does not have it, or does not answer, is passed over with a line", async () => {
    const [mirror, registry] = [await registryWith(), await registryWith()];
    registry.push("acme/only", "1", image);
    const notes: string[] = [];
    const onProgress = (event: ProgressEvent): void => {
      if (event.type === "source" && event.note !== null) notes.push(`${event.source} ${event.note}`);
    };
    const options = { mirrors: { [registry.host]: ["127.0.0.1:1", mirror.host] } };
    await weigh(reference(registry), { options, onProgress });
    expect(registry.requests).toHaveLength(0);
    expect(mirror.requests).toHaveLength(5);
    expect(notes).toEqual([expect.stringMatching(/^127\.0\.0\.1:1 passed over: /)]);
    await weigh(reference(registry, "acme/only:1"), { options, onProgress });
    expect(registry.requests).toHaveLength(5);
    expect(notes).toHaveLength(3);
    for (const one of [mirror, registry]) await one.idle();
  });
});

describe("a proxy", () => {
  test("is not used for loopback, and one that does not answer is said to be the matter", async () => {
    const registry = await registryWith();
    const env = { HTTPS_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "http://user:secret@127.0.0.1:1" };
    expect((await weigh(reference(registry), { env })).layers).toHaveLength(3);
    const error = await errorOf(weigh("registry.invalid/a:1", { env }));
    expect(error.code).toBe("REGISTRY_UNREACHABLE");
    expectNoSecrets(error, ["secret"]);
    for (const proxy of ["socks5://127.0.0.1:1", "http://[", "http://%zz@127.0.0.1:1"]) {
      expect((await errorOf(weigh("registry.invalid/a:1", { options: { proxy } }))).code).toBe("REGISTRY_UNREACHABLE");
    }
  });
});

describe("an abort", () => {
  test("at any moment ends everything at once", async () => {
    for (const milliseconds of [0, 2, 5, 10, 20, 40, 80]) {
      const registry = await registryWith({ auth: { type: "bearer" } });
      registry.faults.push({ on: /manifests|token/, fault: { type: "delay", milliseconds: 10 } });
      const before = await openHandles();
      const controller = new AbortController();
      const call = weigh(reference(registry), { signal: controller.signal }).catch((error: unknown) => error);
      await sleep(milliseconds);
      const reason = new Error("enough");
      controller.abort(reason);
      const outcome = await call;
      if (outcome instanceof Error) expect(outcome).toBe(reason);
      await registry.idle();
      await expectReleased(before);
      expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    }
  });

  test.each([
    [{ type: "hang" }, /manifests/],
    [{ type: "stall", afterBytes: 100 }, new RegExp(second.digest)],
    [{ type: "answer", status: 429, headers: { "retry-after": "1" } }, /manifests/],
  ] as const)("while it waits: %j", async (fault, on) => {
    const registry = await registryWith();
    registry.faults.push({ on, fault });
    const controller = new AbortController();
    const call = weigh(reference(registry), { signal: controller.signal }).catch((error: unknown) => error);
    await sleep(150);
    const began = performance.now();
    controller.abort("stop");
    expect(await call).toBe("stop");
    expect(performance.now() - began).toBeLessThan(1000);
    await registry.idle();
  });
});
