import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatJson } from "../../packages/core/src/doors/report.ts";
import { analyzeImage, isImgweighError } from "../../packages/core/src/index.ts";
import { PATIENCE } from "../../packages/core/src/source/registry/patience.ts";
import { registrySource } from "../../packages/core/src/source/registry/registry-source.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { type BackendRequest, type Fault, type FaultServer, startFaultServer } from "../support/fault-server.ts";
import {
  type BuiltImage,
  buildImage,
  digestOf,
  indexOf,
  MEDIA_TYPE,
  nestedIndexFiles,
  writeFiles,
} from "../support/image-builder.ts";
import { file, filler, whiteout } from "../support/tar-bytes.ts";
import {
  type RegistryRequest,
  type RegistryServer,
  sha256,
  startRegistry,
  startTokenServer,
  type TokenServer,
} from "./registry-server.ts";
import {
  type AnalysisJson,
  analyze,
  CORPUS,
  hasCorpus,
  hasRegistry,
  hasSkopeo,
  imgweigh,
  ledgerOf,
  ran,
  temporaryDirectory,
} from "./tools.ts";

const USER = { username: "me", password: "correct horse" };
// Of that password, by crypt(3).
const HTPASSWD = "me:$2b$04$2edMMaCvxKHmf6gkowcO8e5q86fyTe80K7D5eMEvwda4u2Gs8.QNO";

const base = { entries: [file("a", filler(300_000)), file("b", filler(900, 2))], createdBy: "COPY a b /" };
const gzip = buildImage({
  layers: [base, { entries: [whiteout("a"), file("c", filler(2_000_000, 3))], createdBy: "RUN change" }],
});
const sibling = buildImage({ layers: [base, { entries: [file("d", filler(5000, 4))], createdBy: "RUN other" }] });
const zstd = buildImage({ layers: gzip.spec.layers.map((layer) => ({ ...layer, compression: "zstd-frames" })) });
const arm = buildImage({
  layers: [base, { entries: [file("e", "arm")] }],
  platform: { os: "linux", architecture: "arm64" },
});

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let certificates: Certificates;
const closing: (() => Promise<unknown>)[] = [];
let count = 0;

/** Pushes with skopeo, as anyone would. */
async function push(host: string, name: string, source: string, ...options: readonly string[]): Promise<string> {
  const target = `docker://${host}/${name}`;
  await ran("skopeo", ["--insecure-policy", "copy", "--dest-tls-verify=false", ...options, source, target]);
  return `${host}/${name}`;
}

function layout(image: BuiltImage): string {
  return `oci:${image.writeOciLayout(join(folder.path, `layout-${count++}`))}`;
}

async function temporaryHome(): Promise<string> {
  const home = join(folder.path, `home-${count++}`);
  await mkdir(join(home, ".docker"), { recursive: true });
  return home;
}

/** Nobody's surroundings: no engine, no credentials, no cache, unless given. */
async function alone(more: Record<string, string | undefined> = {}): Promise<Record<string, string | undefined>> {
  const nowhere = "unix:///nowhere/engine.sock";
  const blank = { DOCKER_CONFIG: undefined, REGISTRY_AUTH_FILE: undefined, XDG_RUNTIME_DIR: undefined };
  const home = await temporaryHome();
  return {
    ...blank,
    HOME: home,
    DOCKER_HOST: nowhere,
    CONTAINER_HOST: nowhere,
    IMGWEIGH_CACHE_DIR: join(home, "cache"),
    ...more,
  };
}

function paths(requests: readonly RegistryRequest[]): string[] {
  return requests.map(({ path, status }) => `${status} ${path.replace(/^\/v2\//, "")}`);
}

beforeAll(async () => {
  folder = await temporaryDirectory();
  certificates = makeCertificates(folder.path, "IP:127.0.0.1,DNS:localhost");
});
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await folder.remove();
});

describe.skipIf(!hasSkopeo || !hasRegistry)("a real registry, in plain HTTP", () => {
  let registry: RegistryServer;
  beforeAll(async () => {
    registry = await startRegistry(folder.path);
    closing.push(() => registry.stop());
  });

  const FORMS: readonly (readonly [string, BuiltImage, readonly string[]])[] = [
    ["gzip", gzip, []],
    ["zstd", zstd, []],
    ["docker", gzip, ["--format", "v2s2"]],
  ];

  test.each(FORMS)("an image with layers in the form %s is what it is on disk", async (name, image, options) => {
    const source = layout(image);
    const reference = await push(registry.host, `forms/${name}:1`, source, ...options);
    const weighed = await analyze([`registry:${reference}`], { env: await alone() });
    const onDisk = await analyze([source.replace("oci:", "oci-layout:")], { env: await alone() });
    expect(ledgerOf(weighed)).toEqual(ledgerOf(onDisk));
    expect(weighed.source).toEqual({ kind: "registry", verified: "blob" });
    // skopeo reads the same registry in its own way.
    const remote = `docker://${reference}`;
    const raw = await ran("skopeo", ["inspect", "--tls-verify=false", "--raw", remote]);
    expect(weighed.image).toMatchObject({ reference, digest: sha256(raw) });
    const { layers } = JSON.parse(raw.toString()) as { layers: { digest: string; size: number }[] };
    expect(weighed.layers).toMatchObject(layers.map(({ digest, size }) => ({ digest, blobBytes: size })));
  });

  test.skipIf(!hasCorpus).each(["alpine-3.20.oci", "alpine-3.20.oci-zstd"])("%s of the corpus", async (name) => {
    const path = join(CORPUS, "images", name);
    const reference = await push(registry.host, `corpus/${name}:1`, `oci:${path}`);
    const weighed = await analyze([`registry:${reference}`], { env: await alone() });
    expect(ledgerOf(weighed)).toEqual(ledgerOf(await analyze([`oci-layout:${path}`], { env: await alone() })));
    expect(weighed.packages.length).toBeGreaterThan(10);
  });

  test("an index of several platforms, and one that is nested", async () => {
    const directory = writeFiles(nestedIndexFiles([gzip, arm], "multi"), join(folder.path, `layout-${count++}`));
    const reference = await push(registry.host, "forms/multi:1", `oci:${directory}`, "--all");
    const raw = await ran("skopeo", ["inspect", "--tls-verify=false", "--raw", `docker://${reference}`]);
    const outer = indexOf([{ mediaType: MEDIA_TYPE.index, digest: digestOf(raw), size: raw.length }]);
    const put = await fetch(`http://${registry.host}/v2/forms/multi/manifests/nested`, {
      method: "PUT",
      headers: { "content-type": MEDIA_TYPE.index },
      body: new Uint8Array(outer),
    });
    expect(put.status).toBe(201);
    for (const tag of ["1", "nested"]) {
      for (const [platform, image] of [
        ["linux/amd64", gzip],
        ["linux/arm64", arm],
      ] as const) {
        const name = `registry:${registry.host}/forms/multi:${tag}`;
        const weighed = await analyze([name, "--platform", platform], { env: await alone() });
        expect(weighed.image).toMatchObject({ digest: image.manifestDigest, configDigest: image.configDigest });
      }
      await registry.takeRequests();
      const every = ["--all-platforms", "--format", "json"];
      const name = `registry:${registry.host}/forms/multi:${tag}`;
      const { stdout } = await imgweigh(["inspect", name, ...every], { env: await alone() });
      const { images } = JSON.parse(stdout.toString()) as { images: AnalysisJson[] };
      const digests = [gzip, arm].map(({ manifestDigest }) => manifestDigest);
      expect(images.map(({ image }) => image)).toMatchObject(digests.map((digest) => ({ digest })));
      const asked = (await registry.takeRequests()).map(({ path }) => path.replace(/^.*\//, ""));
      const layers = [gzip, arm].flatMap((image) => image.layers.map(({ digest }) => digest));
      expect(layers.filter((digest) => asked.includes(digest))).toEqual([]);
      const all = await imgweigh(["analyze", name, ...every], { env: await alone() });
      const { analyses } = JSON.parse(all.stdout.toString()) as { analyses: AnalysisJson[] };
      expect(analyses.map(({ image }) => image)).toMatchObject(digests.map((digest) => ({ digest })));
    }
    const { code, stderr } = await imgweigh([`registry:${reference}`, "--platform", "linux/s390x"], {
      env: await alone(),
    });
    expect(code).toBe(3);
    expect(stderr).toContain("linux/amd64, linux/arm64");
  });

  test("without a prefix, where no engine answers: one line for each, and the registry", async () => {
    const reference = await push(registry.host, "plain/app:1", layout(gzip));
    const { code, stdout, stderr } = await imgweigh([reference, "--details"], { env: await alone() });
    expect(code).toBe(0);
    expect(stdout.toString()).toContain("from registry");
    const notes = stderr.split("\n").filter((line) => line.includes("passed over"));
    expect(notes).toEqual([
      expect.stringContaining("docker passed over"),
      expect.stringContaining("podman passed over"),
    ]);
  });

  test("asks for each thing once; a second time for no layer; for a sibling's own layers only", async () => {
    const reference = await push(registry.host, "count/app:1", layout(gzip));
    await push(registry.host, "count/app:2", layout(sibling));
    const env = await alone();
    await registry.takeRequests();
    const cold = await imgweigh(["analyze", `registry:${reference}`, "--format", "json"], { env });
    const first = await registry.takeRequests();
    const [manifest, config] = ["200 count/app/manifests/1", `200 count/app/blobs/${gzip.configDigest}`];
    const layers = gzip.layers.map(({ digest }) => `200 count/app/blobs/${digest}`);
    expect(paths(first).sort()).toEqual([manifest, config, ...layers].sort());

    const warm = await imgweigh(["analyze", `registry:${reference}`, "--format", "json"], { env });
    expect(paths(await registry.takeRequests())).toEqual([manifest, config]);
    expect(warm.stdout.equals(cold.stdout)).toBe(true);

    await imgweigh(["analyze", `registry:${registry.host}/count/app:2`], { env });
    const ofSibling = paths(await registry.takeRequests());
    expect(ofSibling.filter((line) => line.includes("/blobs/")).sort()).toEqual(
      [sibling.configDigest, sibling.layers[1]?.digest].map((digest) => `200 count/app/blobs/${digest}`).sort(),
    );
  });

  test("what is not there", async () => {
    for (const name of ["plain/none:1", "plain/app:none"]) {
      const { code, stdout, stderr } = await imgweigh([`registry:${registry.host}/${name}`], { env: await alone() });
      expect({ code, stdout: stdout.toString() }).toEqual({ code: 3, stdout: "" });
      expect(stderr).toContain("IMAGE_NOT_FOUND");
      expect(stderr).toContain("hint:");
    }
  });
});

describe.skipIf(!hasSkopeo || !hasRegistry)("a real registry, over TLS by an authority of its own", () => {
  test("is believed with its authority, or where it is said not to matter", async () => {
    const registry = await startRegistry(folder.path, { tls: certificates });
    closing.push(() => registry.stop());
    const reference = await push(registry.host, "tls/app:1", layout(gzip));
    const env = await alone();
    const refused = await imgweigh([`registry:${reference}`], { env });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain("REGISTRY_UNREACHABLE");
    expect(refused.stderr).toContain("--registry-ca");
    for (const flags of [
      ["--registry-ca", certificates.caFile],
      ["--insecure-registry", registry.host],
    ]) {
      expect((await analyze([`registry:${reference}`, ...flags], { env: await alone() })).source.verified).toBe("blob");
    }
  });
});

describe.skipIf(!hasSkopeo || !hasRegistry)("a real registry that asks for a password", () => {
  let registry: RegistryServer;
  let reference: string;
  beforeAll(async () => {
    const path = join(folder.path, "htpasswd");
    await writeFile(path, `${HTPASSWD}\n`);
    registry = await startRegistry(folder.path, { auth: ["auth:", `  htpasswd: { realm: test, path: ${path} }`] });
    closing.push(() => registry.stop());
    const credentials = `${USER.username}:${USER.password}`;
    reference = await push(registry.host, "private/app:1", layout(gzip), "--dest-creds", credentials);
  });

  const stored = () => ({
    auths: { [registry.host]: { auth: Buffer.from(`${USER.username}:${USER.password}`).toString("base64") } },
  });

  async function withDockerConfig(config: object): Promise<Record<string, string | undefined>> {
    const env = await alone();
    await writeFile(join(env["HOME"] as string, ".docker/config.json"), JSON.stringify(config));
    return env;
  }

  test("nobody is let in, nor somebody else, and no password is shown", async () => {
    const nobody = await imgweigh([`registry:${reference}`], { env: await alone() });
    expect(nobody.code).toBe(3);
    expect(nobody.stderr).toContain("REGISTRY_UNAUTHORIZED");
    const wrong = {
      IMGWEIGH_REGISTRY: registry.host,
      IMGWEIGH_REGISTRY_USERNAME: "me",
      IMGWEIGH_REGISTRY_PASSWORD: "wrong one",
    };
    const other = await imgweigh([`registry:${reference}`], { env: await alone(wrong) });
    expect(other.stderr).toContain("REGISTRY_UNAUTHORIZED");
    expect(other.stderr).not.toContain("wrong one");
  });

  test("with what docker login, podman login, a helper and the environment leave behind", async () => {
    const docker = await withDockerConfig(stored());
    const podmanHome = await alone();
    await mkdir(join(podmanHome["HOME"] as string, ".config/containers"), { recursive: true });
    await writeFile(join(podmanHome["HOME"] as string, ".config/containers/auth.json"), JSON.stringify(stored()));
    const helped = await withDockerConfig({ credHelpers: { [registry.host]: "of-a-test" } });
    const helper = join(helped["HOME"] as string, "docker-credential-of-a-test");
    const answer = JSON.stringify({ Username: USER.username, Secret: USER.password });
    await writeFile(helper, `#!/bin/sh\ncat > /dev/null\necho '${answer}'\n`);
    await chmod(helper, 0o755);
    const byHelper = { ...helped, PATH: `${helped["HOME"]}:${process.env["PATH"]}` };
    const variables = await alone({
      IMGWEIGH_REGISTRY: registry.host,
      IMGWEIGH_REGISTRY_USERNAME: USER.username,
      IMGWEIGH_REGISTRY_PASSWORD: USER.password,
    });
    for (const env of [docker, podmanHome, byHelper, variables]) {
      expect((await analyze([`registry:${reference}`], { env })).source.verified).toBe("blob");
    }
    // skopeo and podman write the very files that are read.
    const login = await alone();
    const authFile = join(login["HOME"] as string, "auth.json");
    const credentials = ["--username", USER.username, "--password", USER.password];
    await ran("skopeo", ["login", "--tls-verify=false", "--authfile", authFile, ...credentials, registry.host]);
    expect(
      (await analyze([`registry:${reference}`], { env: { ...login, REGISTRY_AUTH_FILE: authFile } })).layers,
    ).toHaveLength(2);
  });
});

describe.skipIf(!hasSkopeo || !hasRegistry)("a real registry with a token server", () => {
  let tokens: TokenServer;
  let registry: RegistryServer;
  beforeAll(async () => {
    tokens = await startTokenServer(certificates, USER);
    registry = await startRegistry(folder.path, { auth: tokens.auth });
    closing.push(
      () => tokens.close(),
      () => registry.stop(),
    );
    for (const name of ["public/app:1", "private/app:1"]) {
      await push(registry.host, name, layout(gzip), "--dest-creds", `${USER.username}:${USER.password}`);
    }
  });

  test("everyone reads what is public, with one token", async () => {
    tokens.requests.splice(0);
    await registry.takeRequests();
    expect((await analyze([`registry:${registry.host}/public/app:1`], { env: await alone() })).source.verified).toBe(
      "blob",
    );
    expect(tokens.requests).toEqual([
      { line: expect.stringContaining("scope=repository%3Apublic%2Fapp%3Apull"), authorized: false },
    ]);
    const requests = await registry.takeRequests();
    expect(requests.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200]);
  });

  test("the user reads what is private, and nobody else", async () => {
    const reference = `registry:${registry.host}/private/app:1`;
    const nobody = await imgweigh([reference], { env: await alone() });
    expect(nobody.code).toBe(3);
    expect(nobody.stderr).toContain("REGISTRY_UNAUTHORIZED");
    const variables = (password: string) => ({
      IMGWEIGH_REGISTRY: registry.host,
      IMGWEIGH_REGISTRY_USERNAME: USER.username,
      IMGWEIGH_REGISTRY_PASSWORD: password,
    });
    const wrong = await imgweigh([reference], { env: await alone(variables("wrong one")) });
    expect(wrong.stderr).toContain("incorrect password");
    expect(wrong.stderr).not.toContain("wrong one");
    expect((await analyze([reference], { env: await alone(variables(USER.password)) })).layers).toHaveLength(2);
  });
});

describe.skipIf(!hasSkopeo || !hasRegistry)("a real registry behind a proxy that fails", () => {
  let proxy: FaultServer;
  let direct: string;
  let truth: string;
  let tokens: TokenServer;
  const [layer, big] = gzip.layers as [(typeof gzip.layers)[0], (typeof gzip.layers)[0]];
  const hasty = { ...PATIENCE, answerMs: 2000, idleMs: 1000, firstPauseMs: 1, longestPauseMs: 10 };

  beforeAll(async () => {
    tokens = await startTokenServer(certificates, USER);
    const registry = await startRegistry(folder.path, { auth: tokens.auth });
    const backend = async ({ method, url, headers }: BackendRequest) => {
      const passed = ["authorization", "range", "accept"].flatMap((name): [string, string][] =>
        typeof headers[name] === "string" ? [[name, headers[name]]] : [],
      );
      const answer = await fetch(`http://${registry.host}${url}`, { method, headers: passed });
      const kept = ["content-type", "content-range", "docker-content-digest", "www-authenticate"];
      return {
        status: answer.status,
        headers: Object.fromEntries([...answer.headers].filter(([name]) => kept.includes(name))),
        body: Buffer.from(await answer.arrayBuffer()),
      };
    };
    proxy = await startFaultServer({ backend });
    closing.push(
      () => tokens.close(),
      () => registry.stop(),
      () => proxy.close(),
    );
    await push(registry.host, "public/app:1", layout(gzip), "--dest-creds", `${USER.username}:${USER.password}`);
    direct = `${registry.host}/public/app:1`;
    truth = await weigh(direct);
  });

  async function weigh(reference: string): Promise<string> {
    const surroundings = { env: {}, home: "/nobody" };
    const analysis = await analyzeImage(registrySource(reference, { surroundings, patience: hasty }));
    return formatJson({ ...analysis, image: { ...analysis.image, reference: null } });
  }

  /** What is weighed through the proxy: the truth, or the code of an error; nothing else may come out. */
  async function through(fault: Fault, on: RegExp, times?: number): Promise<"truth" | string> {
    proxy.faults.splice(0, proxy.faults.length, { on, fault, ...(times !== undefined && { times }) });
    try {
      const json = await weigh(`${proxy.host}/public/app:1`);
      expect(json).toBe(truth);
      return "truth";
    } catch (error) {
      if (!isImgweighError(error)) throw error;
      return error.code;
    }
  }

  const onBig = new RegExp(big.digest);
  const size = big.blob.length;
  const limited = { type: "answer", status: 429, headers: { "retry-after": "0" } } as const;
  const FAULTS: readonly (readonly [string, Fault, RegExp, number | undefined, string])[] = [
    ["cuts a layer once", { type: "reset", afterBytes: 700_000 }, onBig, 1, "truth"],
    ["cuts a layer again and again", { type: "reset", afterBytes: 600_000 }, onBig, undefined, "truth"],
    ["cuts every answer at once", { type: "reset", afterBytes: -1 }, /./, undefined, "REGISTRY_UNREACHABLE"],
    ["cuts every other thing at first", { type: "reset", afterBytes: -1 }, /blobs/, 2, "truth"],
    ["truncates a layer once", { type: "truncate", afterBytes: size - 1 }, onBig, 1, "truth"],
    ["truncates a manifest", { type: "truncate", afterBytes: 100 }, /manifests/, undefined, "DIGEST_MISMATCH"],
    ["corrupts a layer", { type: "corrupt", atByte: size - 5 }, onBig, undefined, "DIGEST_MISMATCH"],
    ["corrupts a config", { type: "corrupt", atByte: 9 }, new RegExp(gzip.configDigest), undefined, "DIGEST_MISMATCH"],
    ["corrupts a manifest", { type: "corrupt", atByte: 40 }, /manifests/, undefined, "DIGEST_MISMATCH"],
    ["sends more than there is", { type: "extend", bytes: 3 }, new RegExp(layer.digest), undefined, "DIGEST_MISMATCH"],
    ["delays", { type: "delay", milliseconds: 300 }, /./, undefined, "truth"],
    ["falls silent once", { type: "stall", afterBytes: 100_000 }, onBig, 1, "truth"],
    ["never answers", { type: "hang" }, /manifests/, undefined, "REGISTRY_UNREACHABLE"],
    ["limits for a while", limited, /blobs|manifests/, 4, "truth"],
    ["limits for good", { ...limited, headers: {} }, /manifests/, undefined, "REGISTRY_RATE_LIMITED"],
    [
      "limits for an hour",
      { ...limited, headers: { "retry-after": "3600" } },
      /manifests/,
      undefined,
      "REGISTRY_RATE_LIMITED",
    ],
    ["answers 503 for a while", { type: "answer", status: 503 }, /blobs/, 3, "truth"],
    ["answers 500 for good", { type: "answer", status: 500 }, onBig, undefined, "REGISTRY_FAILED"],
    ["has lost a layer", { type: "answer", status: 404 }, onBig, undefined, "LAYER_MISSING"],
    ["gives out whole blobs only", { type: "no-ranges" }, /blobs/, undefined, "truth"],
  ];

  test.each(FAULTS)("%s", async (_, fault, on, times, outcome) => {
    expect(await through(fault, on, times)).toBe(outcome);
  });

  test("redirects layers to where they are, without credentials", async () => {
    const storage = await startFaultServer({
      backend: ({ url }) => ({
        status: 200,
        body: gzip.layers.find(({ digest }) => url.endsWith(digest))?.blob ?? Buffer.alloc(0),
      }),
    });
    closing.push(() => storage.close());
    proxy.faults.splice(0);
    for (const { digest } of gzip.layers) {
      const headers = { location: `http://${storage.host}/${digest}` };
      proxy.faults.push({ on: new RegExp(digest), fault: { type: "answer", status: 307, headers } });
    }
    expect(await weigh(`${proxy.host}/public/app:1`)).toBe(truth);
    expect(storage.requests.map(({ authorization }) => authorization)).toEqual([null, null]);
  });

  test("lets tokens run out, also in the middle of a layer", async () => {
    const { headers } = await fetch(`http://${direct.split("/")[0]}/v2/public/app/manifests/1`);
    const challenge = { "www-authenticate": headers.get("www-authenticate") as string };
    const expired = { type: "answer", status: 401, headers: challenge } as const;
    proxy.faults.splice(
      0,
      proxy.faults.length,
      { on: onBig, times: 1, fault: { type: "reset", afterBytes: 700_000 } },
      { on: onBig, times: 1, fault: expired },
      { on: new RegExp(layer.digest), times: 1, fault: expired },
    );
    tokens.requests.splice(0);
    expect(await weigh(`${proxy.host}/public/app:1`)).toBe(truth);
    expect(tokens.requests.length).toBeGreaterThan(1);
    expect(proxy.requests.filter(({ url }) => onBig.test(url)).at(-1)?.range).toMatch(/^bytes=[1-9]/);
  });
});
