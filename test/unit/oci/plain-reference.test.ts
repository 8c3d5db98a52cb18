import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type AnalyzeOptions, analyzeImage, type ProgressEvent } from "../../../packages/core/src/index.ts";
import { errorOf } from "../../support/analyze-files.ts";
import { type FakeEngine, startFakeEngine } from "../../support/fake-engine.ts";
import { type FakeRegistry, startFakeRegistry } from "../../support/fake-registry.ts";
import { buildImage } from "../../support/image-builder.ts";
import { file } from "../../support/tar-bytes.ts";

/** The number of bytes tells where an image came from. */
const imageOf = (bytes: number) => buildImage({ layers: [{ entries: [file("f", bytes)] }], names: ["app:1"] });
const [OF_DOCKER, OF_PODMAN, OF_REGISTRY] = [1, 2, 3];

let docker: FakeEngine;
let podman: FakeEngine;
let registry: FakeRegistry;
let reference: string;
let notes: string[];
let source: string;

beforeEach(async () => {
  [docker, podman, registry] = await Promise.all([startFakeEngine(), startFakeEngine(), startFakeRegistry()]);
  reference = registry.push("acme/app", "1", imageOf(OF_REGISTRY));
  notes = [];
  source = "";
  vi.stubEnv("DOCKER_HOST", docker.host);
  vi.stubEnv("CONTAINER_HOST", podman.host);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([docker.close(), podman.close(), registry.close()]);
});

function put(engine: FakeEngine, bytes: number, architecture = "amd64"): void {
  engine.images.set(reference, { save: imageOf(bytes).asDockerArchive(), architecture });
}

async function weigh(options: AnalyzeOptions = {}, name = reference): Promise<number> {
  const onProgress = (event: ProgressEvent): void => {
    if (event.type !== "source") return;
    if (event.note === null) source = event.source;
    else notes.push(event.source);
  };
  return (await analyzeImage(name, { ...options, onProgress })).sizes.contentBytes;
}

describe("a reference without a prefix", () => {
  test("is an image of Docker, if it has it: nobody else is asked", async () => {
    put(docker, OF_DOCKER);
    put(podman, OF_PODMAN);
    expect(await weigh()).toBe(OF_DOCKER);
    expect(source).toBe(`docker:${reference}`);
    expect([podman.requests, registry.requests, notes]).toEqual([[], [], []]);
  });

  test("else of Podman", async () => {
    put(podman, OF_PODMAN);
    expect(await weigh()).toBe(OF_PODMAN);
    expect([registry.requests, notes]).toEqual([[], []]);
  });

  test("else of the registry, and no engine pulls it", async () => {
    expect(await weigh()).toBe(OF_REGISTRY);
    expect(source).toBe(`registry:${reference}`);
    expect(notes).toEqual([]);
    for (const { requests } of [docker, podman]) expect(requests.some((line) => line.startsWith("POST"))).toBe(false);
  });

  test("engines that do not answer are passed over with a line each", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    vi.stubEnv("CONTAINER_HOST", "tcp://127.0.0.1:1");
    expect(await weigh()).toBe(OF_REGISTRY);
    expect(notes).toEqual(["docker", "podman"]);
  });

  test("an engine that has it for another platform than the one asked for is not the one", async () => {
    put(docker, OF_DOCKER, "arm64");
    expect(await weigh({ platform: "linux/amd64" })).toBe(OF_REGISTRY);
    expect(await weigh()).toBe(OF_DOCKER);
  });

  test("--pull always: the first engine that answers fetches it anew; the registry, where none does", async () => {
    put(docker, OF_DOCKER);
    docker.pulls.set(reference, { lines: [], image: { save: imageOf(9).asDockerArchive() } });
    expect(await weigh({ pull: "always" })).toBe(9);
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    vi.stubEnv("CONTAINER_HOST", "unix:///nowhere/podman.sock");
    expect(await weigh({ pull: "always" })).toBe(OF_REGISTRY);
  });

  test("--pull never: no registry is asked", async () => {
    expect((await errorOf(weigh({ pull: "never" }))).code).toBe("IMAGE_NOT_FOUND");
    put(docker, OF_DOCKER);
    expect(await weigh({ pull: "never" })).toBe(OF_DOCKER);
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
    vi.stubEnv("CONTAINER_HOST", "unix:///nowhere/podman.sock");
    expect((await errorOf(weigh({ pull: "never" }))).code).toBe("ENGINE_UNREACHABLE");
    expect(registry.requests).toEqual([]);
  });

  test("what can only be an ID is not asked of a registry", async () => {
    for (const id of [`sha256:${"ab".repeat(32)}`, "ab".repeat(32)]) {
      expect((await errorOf(weigh({}, id))).code).toBe("IMAGE_NOT_FOUND");
    }
    expect(source).toMatch(/^docker:/);
  });

  test("a name that nobody has: the registry's word is the last", async () => {
    const error = await errorOf(weigh({}, `${registry.host}/acme/none:1`));
    expect(error).toMatchObject({ code: "IMAGE_NOT_FOUND", message: expect.stringContaining("manifest unknown") });
  });
});

describe("a prefix", () => {
  test("says where, and nobody else is asked", async () => {
    put(docker, OF_DOCKER);
    put(podman, OF_PODMAN);
    expect(await weigh({}, `registry:${reference}`)).toBe(OF_REGISTRY);
    expect([docker.requests, podman.requests]).toEqual([[], []]);
    expect(await weigh({}, `podman:${reference}`)).toBe(OF_PODMAN);
    expect(docker.requests).toEqual([]);
  });

  test.each(["registry:", "registry:UPPER", "registry:a b"])("%j is none", async (name) => {
    expect((await errorOf(Promise.resolve().then(() => weigh({}, name)))).code).toBe("REFERENCE_INVALID");
  });
});

test("--base is found like the image", async () => {
  const analysis = await analyzeImage(`registry:${reference}`, { base: `registry:${reference}` });
  expect(analysis.base).toMatchObject({ layers: 1, name: reference });
});
