import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AnalyzeOptions,
  analyzeImage,
  analyzePlatforms,
  type ImageSource,
  inspectImage,
  inspectPlatforms,
} from "../../packages/core/src/index.ts";
import { registrySource } from "../../packages/core/src/source/registry/registry-source.ts";
import { errorOf, inChunks, temporaryDirectory, temporaryFile } from "../support/analyze-files.ts";
import { type FakeRegistry, startFakeRegistry } from "../support/fake-registry.ts";
import { buildImage, type LayerSpec, ociFiles, packFiles, writeFiles } from "../support/image-builder.ts";
import { file, filler } from "../support/tar-bytes.ts";

/** A layer of data that is the same on every processor, and one that is not. */
const COMMON: LayerSpec = { entries: [file("usr/share/data", filler(40_000))], createdBy: "COPY data / # buildkit" };

const PLATFORMS = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64", variant: "v8" },
  { os: "linux", architecture: "riscv64" },
] as const;

const IMAGES = PLATFORMS.map((platform, i) =>
  buildImage({
    names: ["acme/app:1"],
    platform,
    layers: [
      COMMON,
      { entries: [file("bin/app", filler(1000 * (i + 1), i + 2))], createdBy: "COPY app /bin/ # buildkit" },
    ],
    config: { config: { Labels: { maintainer: "acme" } } },
  }),
);

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startFakeRegistry();
  registry.pushIndex("acme/app", "1", IMAGES, [
    {
      ...(IMAGES[0] as (typeof IMAGES)[0]).descriptor(),
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
    },
  ]);
});
afterAll(() => registry.close());

/** Requests since the last time, tokens and the question after TLS left out. */
function taken(): string[] {
  return registry.requests.splice(0).map(({ url }) => url.replace(/^.*\/(manifests|blobs)\//, "$1 "));
}

const pack = (): Buffer => packFiles(ociFiles(IMAGES));
const sources: readonly (readonly [string, () => [string | ImageSource, AnalyzeOptions?]])[] = [
  ["a layout", () => [writeFiles(ociFiles(IMAGES), temporaryDirectory())]],
  ["an archive", () => [temporaryFile("image.tar", pack())]],
  ["a compressed archive", () => [temporaryFile("image.tar.gz", gzipSync(pack()))]],
  ["stdin", () => ["-", { stdin: inChunks(pack()) }]],
  ["a registry", () => [registrySource(`${registry.host}/acme/app:1`)]],
];

describe.each(sources)("all platforms of %s", (_name, open) => {
  test("are weighed as each is alone", async () => {
    const [target, options] = open();
    const { schemaVersion, analyses } = await analyzePlatforms(target, options);
    expect(schemaVersion).toBe(1);
    expect(analyses.map(({ image }) => image.platform?.architecture)).toEqual(["amd64", "arm64", "riscv64"]);
    expect(analyses.map(({ sizes }) => sizes.contentBytes)).toEqual([41_000, 42_000, 43_000]);
    for (const [i, { architecture }] of PLATFORMS.entries()) {
      const [alone, others] = open();
      expect(await analyzeImage(alone, { ...others, platform: `linux/${architecture}` })).toEqual(analyses[i]);
    }
  });

  test("have each its own base", async () => {
    // That of arm64 is all of its image, those of the others one layer.
    const bases = PLATFORMS.map((platform, i) =>
      buildImage({ names: ["acme/base:1"], platform, layers: i === 1 ? (IMAGES[1]?.spec.layers ?? []) : [COMMON] }),
    );
    const layout = (...some: typeof bases): string => writeFiles(ociFiles(some), temporaryDirectory());
    const [target, options] = open();
    const { analyses } = await analyzePlatforms(target, { ...options, base: layout(...bases) });
    expect(analyses.map(({ base }) => base.layers)).toEqual([1, 2, 1]);
    const [again, others] = open();
    const lacking = layout(...bases.slice(1));
    expect((await errorOf(analyzePlatforms(again, { ...others, base: lacking }))).code).toBe("PLATFORM_MISMATCH");
  });

  test("are inspected without a layer", async () => {
    const [target, options] = open();
    const { images } = await inspectPlatforms(target, options);
    expect(images.map(({ image }) => image.digest)).toEqual(IMAGES.map(({ manifestDigest }) => manifestDigest));
    expect(images.map(({ sizes }) => sizes.blobBytes)).toEqual(
      IMAGES.map(({ layers }) => layers.reduce((sum, { blob }) => sum + blob.length, 0)),
    );
    expect(images[2]?.layers[1]).toEqual({
      index: 1,
      diffId: IMAGES[2]?.layers[1]?.diffId,
      digest: IMAGES[2]?.layers[1]?.digest,
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      instruction: "COPY app /bin/",
      confidence: "high",
      blobBytes: IMAGES[2]?.layers[1]?.blob.length,
      listedBy: null,
    });
    const [alone, others] = open();
    expect(await inspectImage(alone, { ...others, platform: "linux/arm64" })).toEqual(images[1]);
  });

  test("are the one that is asked for, if one is", async () => {
    const [target, options] = open();
    const { analyses } = await analyzePlatforms(target, { ...options, platform: "linux/arm64" });
    expect(analyses.map(({ image }) => image.platform?.architecture)).toEqual(["arm64"]);
  });
});

describe("a registry", () => {
  const app = (tag = "1"): ImageSource => registrySource(`${registry.host}/acme/app:${tag}`);

  test("gives each layer once, however many platforms share it", async () => {
    taken();
    await analyzePlatforms(app());
    const requests = taken();
    const layers = new Set(IMAGES.flatMap((image) => image.layers.map(({ digest }) => `blobs ${digest}`)));
    expect(layers.size).toBe(4);
    expect(requests.filter((request) => layers.has(request)).sort()).toEqual([...layers].sort());
  });

  test("is asked for manifest and config, and for an index before them", async () => {
    const [amd64] = IMAGES as [(typeof IMAGES)[0]];
    registry.push("acme/app", "alone", amd64);
    taken();
    await inspectImage(app("alone"));
    expect(taken().slice(-2)).toEqual(["manifests alone", `blobs ${amd64.configDigest}`]);
    await inspectImage(app(), { platform: "linux/amd64" });
    expect(taken().slice(-3)).toEqual([
      "manifests 1",
      `manifests ${amd64.manifestDigest}`,
      `blobs ${amd64.configDigest}`,
    ]);
    await inspectPlatforms(app());
    const every = taken();
    expect(every.filter((request) => request.startsWith("manifests "))).toHaveLength(4);
    expect(every.filter((request) => request.startsWith("blobs ")).sort()).toEqual(
      IMAGES.map(({ configDigest }) => `blobs ${configDigest}`).sort(),
    );
  });

  test("with an image that is no index has one platform", async () => {
    registry.push("acme/app", "alone", IMAGES[1] as (typeof IMAGES)[0]);
    const { analyses } = await analyzePlatforms(app("alone"));
    expect(analyses.map(({ image }) => image.platform?.architecture)).toEqual(["arm64"]);
  });

  test("lets artifacts beside the images be", async () => {
    const chart = registry.pushManifest(
      "acme/app",
      null,
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          config: {
            mediaType: "application/vnd.cncf.helm.config.v1+json",
            digest: `sha256:${"0".repeat(64)}`,
            size: 2,
          },
          layers: [],
        }),
      ),
      "application/vnd.oci.image.manifest.v1+json",
    );
    registry.pushIndex("acme/app", "chart", IMAGES.slice(0, 2), [chart]);
    expect((await analyzePlatforms(app("chart"))).analyses).toHaveLength(2);
    registry.pushIndex("acme/app", "charts", [], [chart]);
    expect((await errorOf(analyzePlatforms(app("charts")))).code).toBe("NOT_AN_IMAGE");
  });
});
