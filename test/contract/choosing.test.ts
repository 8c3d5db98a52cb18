import { describe, expect, test } from "vitest";
import { analyzeImage, type ImgweighError } from "../../packages/core/src/index.ts";
import { parsePlatform, satisfies } from "../../packages/core/src/oci/platform.ts";
import { analyzeFiles, errorOf, temporaryDirectory } from "../support/analyze-files.ts";
import {
  type BuiltImage,
  buildImage,
  compress,
  type Descriptor,
  digestOf,
  dockerArchiveFiles,
  type Files,
  indexOf,
  json,
  MEDIA_TYPE,
  nestedIndexFiles,
  ociFiles,
  type PlatformSpec,
  skopeoDirectoryFiles,
  writeFiles,
} from "../support/image-builder.ts";
import { file } from "../support/tar-bytes.ts";

/** An image of one file of so many bytes: the bytes tell which image was taken. */
function imageOf(bytes: number, platform?: PlatformSpec, names: readonly string[] = []): BuiltImage {
  return buildImage({ layers: [{ entries: [file("f", bytes)] }], names, ...(platform && { platform }) });
}

const linux = (architecture: string, variant?: string): PlatformSpec => ({
  os: "linux",
  architecture,
  ...(variant && { variant }),
});
const REF = "org.opencontainers.image.ref.name";
const blob = (digest: string): string => `blobs/${digest.replace(":", "/")}`;
const EVERYWHERE = ["file", "stdin", "stdin.gz", "directory", "registry"] as const;
const LOCAL = ["file", "stdin", "directory"] as const;

function named(descriptor: Descriptor, name: string, extra: Partial<Descriptor> = {}): Descriptor {
  return { ...descriptor, ...extra, annotations: { ...descriptor.annotations, ...extra.annotations, [REF]: name } };
}

/** An index as a blob beside the others. */
function addIndex(files: Files, descriptors: readonly Descriptor[]): Descriptor {
  const bytes = indexOf(descriptors);
  const descriptor = { mediaType: MEDIA_TYPE.index, digest: digestOf(bytes), size: bytes.length };
  files.set(blob(descriptor.digest), bytes);
  return descriptor;
}

function addBlob(files: Files, bytes: Buffer, mediaType: string): Descriptor {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  files.set(blob(descriptor.digest), bytes);
  return descriptor;
}

function layoutOf(images: readonly BuiltImage[], index: (files: Files) => readonly Descriptor[]): Files {
  const files = ociFiles(images, []);
  files.set("index.json", indexOf(index(files)));
  return files;
}

type Transport = Parameters<typeof analyzeFiles>[1];

async function taken(files: Files, options = {}, transport: Transport = "file") {
  const { sizes, image, warnings } = await analyzeFiles(files, transport, options);
  return { bytes: sizes.contentBytes, platform: image.platform, reference: image.reference, warnings };
}

async function bytesOf(files: Files, options = {}, transport: Transport = "file"): Promise<number> {
  return (await taken(files, options, transport)).bytes;
}

/** The options that a hint says to add. */
function followed({ hint }: ImgweighError): { image?: string; platform?: string } {
  const [, flag, value] = /for example --(image|platform) (\S+)$/.exec(hint ?? "") ?? [];
  if (flag === undefined) throw new Error(`a hint that cannot be followed: ${hint}`);
  return { [flag]: value };
}

/** Follows hints until there is an image; what follows from each is to be less than before. */
async function follow(files: Files, transport: Transport, options = {}): Promise<number> {
  let asked: object = options;
  for (let step = 0; step < 3; step++) {
    const result = await analyzeFiles(files, transport, asked).catch((error: ImgweighError) => error);
    if (!(result instanceof Error)) return result.sizes.contentBytes;
    asked = { ...asked, ...followed(result as ImgweighError) };
  }
  throw new Error(`hints that lead nowhere: ${JSON.stringify(asked)}`);
}

describe("variants of one architecture", () => {
  const amd = [imageOf(3, linux("amd64", "v3")), imageOf(2, linux("amd64", "v2")), imageOf(1, linux("amd64"))];
  const arm = [imageOf(6, linux("arm", "v6")), imageOf(7, linux("arm", "v7")), imageOf(5, linux("arm", "v5"))];
  const files = nestedIndexFiles([...amd, ...arm, imageOf(8, linux("arm64", "v8"))], "app:1");

  test.each([
    ["linux/amd64", 1],
    ["linux/amd64/v1", 1],
    ["linux/amd64/v2", 2],
    ["linux/amd64/v3", 3],
    ["linux/arm", 7],
    ["linux/arm/v5", 5],
    ["arm64", 8],
  ])("%s", async (platform, bytes) => {
    for (const transport of EVERYWHERE) expect(await bytesOf(files, { platform }, transport)).toBe(bytes);
  });

  test("none asked for: what the architecture alone means", async () => {
    const own = { x64: 1, arm64: 8 }[process.arch as string];
    if (own !== undefined) for (const transport of EVERYWHERE) expect(await bytesOf(files, {}, transport)).toBe(own);
  });

  test.each(["linux/amd64/v4", "linux/arm/v8"])("%s is not there", async (platform) => {
    for (const transport of EVERYWHERE)
      expect((await errorOf(analyzeFiles(files, transport, { platform }))).code).toBe("PLATFORM_MISMATCH");
  });

  test("the baseline is not there: the next older one, and else the next newer", async () => {
    expect(await bytesOf(nestedIndexFiles([arm[2], arm[0]] as BuiltImage[]), { platform: "linux/arm" })).toBe(6);
    expect(await bytesOf(nestedIndexFiles([amd[0], amd[1]] as BuiltImage[]), { platform: "linux/amd64" })).toBe(2);
  });
});

describe("what the index says, and the config where it is silent", () => {
  const configs = [linux("amd64"), linux("arm"), linux("arm"), linux("arm")].map((platform, i) =>
    imageOf(i + 1, platform),
  );
  const [amd, v5, v6, v7] = configs as [BuiltImage, BuiltImage, BuiltImage, BuiltImage];
  const descriptors = [
    amd.descriptor(),
    { ...v5.descriptor(), platform: linux("arm", "v5") },
    { ...v6.descriptor(), platform: linux("arm", "v6") },
    { ...v7.descriptor(), platform: linux("arm", "v7") },
  ];
  const files = layoutOf(configs, (all) => [named(addIndex(all, descriptors), "app:1")]);

  test.each([
    ["linux/arm/v5", 2],
    ["linux/arm/v6", 3],
    ["linux/arm/v7", 4],
    ["linux/arm", 4],
  ])("%s", async (platform, bytes) => {
    for (const transport of EVERYWHERE) {
      const found = await taken(files, { platform }, transport);
      expect(found.bytes).toBe(bytes);
      expect(satisfies(found.platform ?? (linux("?") as never), parsePlatform(platform))).toBe(true);
    }
  });

  test("a platform that stands in the config alone, and a descriptor that speaks of another one", async () => {
    const [one, two] = [imageOf(10, linux("riscv64")), imageOf(20, linux("s390x"))];
    const bare = [one, two].map((image) => ({ ...image.descriptor(), platform: undefined }) as unknown as Descriptor);
    const silent = layoutOf([one, two], (all) => [named(addIndex(all, bare), "app:1")]);
    const lying = layoutOf([one, two], (all) => {
      const other = { ...two.descriptor(), platform: linux("loong64") };
      return [named(addIndex(all, [one.descriptor(), other]), "app:1")];
    });
    for (const transport of EVERYWHERE) {
      expect(await bytesOf(silent, { platform: "linux/s390x" }, transport)).toBe(20);
      expect(await bytesOf(lying, { platform: "linux/loong64" }, transport)).toBe(20);
      expect((await errorOf(analyzeFiles(lying, transport, { platform: "linux/s390x" }))).code).toBe(
        "PLATFORM_MISMATCH",
      );
    }
  });

  test("versions of Windows: read, shown, and chosen", async () => {
    const windows = (version: string): PlatformSpec => ({
      os: "windows",
      architecture: "amd64",
      "os.version": version,
    });
    const images = ["10.0.17763.6532", "10.0.20348.2966"].map((version, i) => imageOf(i + 1, windows(version)));
    const both = nestedIndexFiles(images, "app:1");
    for (const transport of EVERYWHERE) {
      expect(await bytesOf(both, { platform: "windows/amd64:10.0.20348" }, transport)).toBe(2);
      const found = await taken(both, { platform: "windows(10.0.17763.6532)/amd64" }, transport);
      expect(found.platform).toEqual({
        os: "windows",
        architecture: "amd64",
        variant: null,
        osVersion: "10.0.17763.6532",
      });
      const error = await errorOf(analyzeFiles(both, transport, { platform: "windows/amd64" }));
      expect(error.code).toBe("IMAGE_AMBIGUOUS");
      expect(error.hint).toContain("--platform windows/amd64:10.0.17763.6532");
      expect(await follow(both, transport, { platform: "windows/amd64" })).toBe(1);
    }
  });

  test("one platform twice: the same image in two wrappings is one, two images are told apart by digest", async () => {
    const tar = imageOf(9).layers[0]?.tar as Buffer;
    const wrapped = (["gzip", "zstd"] as const).map((compression) =>
      buildImage({ layers: [{ tar, compression, blob: compress(tar, compression) }] }),
    );
    const twice = nestedIndexFiles(wrapped, "app:1");
    const other = nestedIndexFiles([imageOf(1), imageOf(2)], "app:1");
    for (const transport of EVERYWHERE) {
      const analysis = await analyzeFiles(twice, transport, { platform: "linux/amd64" });
      expect(analysis.image.digest).toBe(wrapped[0]?.manifestDigest);
      const error = await errorOf(analyzeFiles(other, transport, { platform: "linux/amd64" }));
      expect(error.code).toBe("IMAGE_AMBIGUOUS");
      expect(await follow(other, transport, { platform: "linux/amd64" })).toBe(1);
    }
  });
});

describe("what people named", () => {
  const amd = [imageOf(1, linux("amd64")), imageOf(2, linux("amd64"))] as const;
  const shared = imageOf(10, linux("arm64"));

  test("two indexes that share a manifest, in either order, and their single images beside them", async () => {
    for (const turned of [false, true]) {
      const files = layoutOf([...amd, shared], (all) => {
        const indexes = amd.map((own, i) => named(addIndex(all, [own.descriptor(), shared.descriptor()]), `app:${i}`));
        const singles = [named(amd[0].descriptor(), "app:0-amd64"), named(shared.descriptor(), "app:arm64")];
        const listed = [...singles, ...indexes];
        return turned ? listed.reverse() : listed;
      });
      for (const transport of LOCAL) {
        for (const [image, platform, bytes] of [
          ["app:0", "linux/amd64", 1],
          ["app:1", "linux/amd64", 2],
          ["app:0", "linux/arm64", 10],
          ["app:1", "linux/arm64", 10],
          ["app:0-amd64", undefined, 1],
          ["app:arm64", undefined, 10],
        ] as const) {
          const found = await taken(files, { image, ...(platform && { platform }) }, transport);
          expect([found.bytes, found.reference]).toEqual([bytes, image]);
        }
        expect((await errorOf(analyzeFiles(files, transport))).details["images"]).toHaveLength(4);
        expect(await follow(files, transport)).toBeGreaterThan(0);
      }
    }
  });

  test("indexes without a name are images of several platforms, chosen by their digest", async () => {
    let digests: string[] = [];
    const files = layoutOf([...amd, shared], (all) => {
      const indexes = amd.map((own) => addIndex(all, [own.descriptor(), shared.descriptor()]));
      digests = indexes.map(({ digest }) => digest);
      return indexes;
    });
    for (const transport of LOCAL) {
      expect((await errorOf(analyzeFiles(files, transport))).details["images"]).toEqual(digests);
      for (const [i, image] of digests.entries())
        expect(await bytesOf(files, { image, platform: "linux/amd64" }, transport)).toBe(i + 1);
      expect(await bytesOf(files, { image: digests[1]?.slice(7, 19), platform: "linux/arm64" }, transport)).toBe(10);
      expect(await follow(files, transport, { platform: "linux/amd64" })).toBe(1);
    }
  });

  test("one image of an index in a registry, by the beginning of its digest", async () => {
    const files = nestedIndexFiles([amd[0], shared], "app:1");
    for (const wanted of [amd[0], shared]) {
      const image = wanted.manifestDigest.slice(7, 19);
      for (const transport of EVERYWHERE)
        expect(await bytesOf(files, { image }, transport)).toBe(wanted === shared ? 10 : 1);
    }
  });

  test("a name inside a named index leads to its image, and makes no second one of it", async () => {
    const files = layoutOf([amd[0], shared], (all) => {
      const inside = [named(amd[0].descriptor(), "app:1-amd64"), named(shared.descriptor(), "app:1-arm64")];
      return [named(addIndex(all, inside), "app:1")];
    });
    expect(await bytesOf(files, { platform: "linux/arm64" })).toBe(10);
    expect(await bytesOf(files, { image: "app:1-arm64" })).toBe(10);
    const loose = layoutOf([amd[0], shared], (all) => [
      addIndex(all, [named(amd[0].descriptor(), "a:1"), named(shared.descriptor(), "b:1")]),
    ]);
    expect((await errorOf(analyzeFiles(loose))).details["images"]).toEqual(["a:1", "b:1"]);
    expect(await bytesOf(loose, { image: "b:1" })).toBe(10);
  });

  test("one name twice: for two platforms it is one image, for one platform two", async () => {
    const platforms = layoutOf([amd[0], shared], () => [
      named(amd[0].descriptor(), "app:1"),
      named(shared.descriptor(), "docker.io/library/app:1"),
    ]);
    expect(await bytesOf(platforms, { image: "app:1", platform: "linux/arm64" })).toBe(10);
    const same = layoutOf(amd, () => amd.map((image) => named(image.descriptor(), "app:1")));
    const error = await errorOf(analyzeFiles(same, "file", { image: "app:1", platform: "linux/amd64" }));
    expect(error.code).toBe("IMAGE_AMBIGUOUS");
    expect(await follow(same, "file", { platform: "linux/amd64" })).toBe(1);
  });

  test("two tags of one index are one image", async () => {
    const files = layoutOf([amd[0], shared], (all) => {
      const index = addIndex(all, [amd[0].descriptor(), shared.descriptor()]);
      return [named(index, "app:1"), named(index, "app:latest"), amd[0].descriptor()];
    });
    for (const transport of LOCAL) {
      expect(await bytesOf(files, { platform: "linux/arm64" }, transport)).toBe(10);
      expect((await taken(files, { image: "app:latest" }, transport)).reference).toBe("app:latest");
    }
  });

  test("the platforms of one save that manifest.json does not name", async () => {
    const index = (all: Files): Descriptor => addIndex(all, [shared.descriptor(), amd[0].descriptor()]);
    const files = layoutOf([amd[0], amd[1], shared], (all) => [
      named(index(all), "1", { annotations: { "io.containerd.image.name": "docker.io/test/mp:1" } }),
      named(amd[1].descriptor(), "1", { annotations: { "io.containerd.image.name": "docker.io/test/one:1" } }),
    ]);
    const entry = (image: BuiltImage, name: string) => ({
      Config: blob(image.configDigest),
      RepoTags: [name],
      Layers: image.layers.map(({ digest }) => blob(digest)),
    });
    files.set("manifest.json", json([entry(amd[1], "test/one:1"), entry(amd[0], "test/mp:1")]));
    for (const transport of ["file", "stdin"] as const) {
      const error = await errorOf(analyzeFiles(files, transport));
      expect(error.details["images"]).toEqual(["test/mp:1", "test/one:1"]);
      for (const platform of ["linux/amd64", "linux/arm64"])
        expect((await taken(files, { image: "test/mp:1", platform }, transport)).reference).toBe("test/mp:1");
      expect(await follow(files, transport)).toBe(1);
    }
  });
});

describe("one config, several wrappings", () => {
  const tar = imageOf(5).layers[0]?.tar as Buffer;
  const wrapped = (["gzip", "zstd", "none"] as const).map((compression) =>
    buildImage({ layers: [{ tar, compression }], names: [`app:${compression}`] }),
  );
  const size = (image: BuiltImage): number => image.layers[0]?.blob.length ?? 0;

  test("in an index they are told apart by name", async () => {
    const files = layoutOf(wrapped, () => wrapped.map((image) => named(image.descriptor(), image.names[0] ?? "")));
    for (const transport of LOCAL) {
      for (const image of wrapped) {
        const analysis = await analyzeFiles(files, transport, { image: image.names[0] });
        expect(analysis.image.digest).toBe(image.manifestDigest);
      }
      expect((await errorOf(analyzeFiles(files, transport))).details["images"]).toHaveLength(3);
    }
  });

  test("in a manifest.json they are told apart by name, and without names by place", async () => {
    for (const names of [true, false]) {
      const files: Files = new Map([["config.json", wrapped[0]?.config as Buffer]]);
      for (const [i, image] of wrapped.entries()) files.set(`${i}.tar`, image.layers[0]?.blob as Buffer);
      const entries = wrapped.map(({ names: own }, i) => ({
        Config: "config.json",
        RepoTags: names ? own : null,
        Layers: [`${i}.tar`],
      }));
      files.set("manifest.json", json(entries));
      for (const transport of ["file", "stdin"] as const) {
        const error = await errorOf(analyzeFiles(files, transport));
        expect(error.code).toBe("IMAGE_AMBIGUOUS");
        expect(error.details["images"]).toEqual(names ? wrapped.map((one) => one.names[0]) : ["@0", "@1", "@2"]);
        expect(await follow(files, transport)).toBe(5);
        const zstd = await analyzeFiles(files, transport, { image: names ? "app:zstd" : "@1" });
        expect(zstd.sizes.blobBytes).toBe(size(wrapped[1] as BuiltImage));
      }
    }
  });
});

describe("what is no image", () => {
  const image = imageOf(4, linux("amd64"));
  const layer = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const statement = json({ statement: "of some kind" });

  /** A manifest whose config and layers are blobs of the layout. */
  function addManifest(
    files: Files,
    config: { mediaType: string; bytes: Buffer },
    layers: readonly { mediaType: string; bytes: Buffer }[],
    extra: object = {},
  ): Descriptor {
    for (const { bytes } of [config, ...layers]) files.set(blob(digestOf(bytes)), bytes);
    const manifest = json({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.manifest,
      config: layer(config.bytes, config.mediaType),
      layers: layers.map(({ bytes, mediaType }) => layer(bytes, mediaType)),
      ...extra,
    });
    return addBlob(files, manifest, MEDIA_TYPE.manifest);
  }

  const plausible = { mediaType: MEDIA_TYPE.config, bytes: imageOf(1).config };
  const empty = { mediaType: "application/vnd.oci.empty.v1+json", bytes: json({}) };
  const subject = { mediaType: MEDIA_TYPE.manifest, digest: image.manifestDigest, size: 1 };
  const tar = { mediaType: `${MEDIA_TYPE.layer}+gzip`, bytes: imageOf(1).layers[0]?.blob as Buffer };

  const ARTIFACTS: [string, (files: Files) => Descriptor][] = [
    [
      "a signature of cosign",
      (files) =>
        addManifest(files, plausible, [
          { mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", bytes: statement },
        ]),
    ],
    [
      "an attestation of cosign",
      (files) =>
        addManifest(files, plausible, [{ mediaType: "application/vnd.dsse.envelope.v1+json", bytes: statement }]),
    ],
    ["an SBOM", (files) => addManifest(files, plausible, [{ mediaType: "text/spdx+json", bytes: statement }])],
    ["something with a subject", (files) => addManifest(files, plausible, [tar], { subject })],
    [
      "something of an artifact type",
      (files) => addManifest(files, plausible, [tar], { artifactType: "application/x" }),
    ],
    ["an empty config", (files) => addManifest(files, empty, [tar])],
    ["an image's config with nothing in it", (files) => addManifest(files, { ...plausible, bytes: json({}) }, [tar])],
    [
      "a Helm chart",
      (files) =>
        addManifest(files, { mediaType: "application/vnd.cncf.helm.config.v1+json", bytes: json({ name: "x" }) }, [
          { mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", bytes: tar.bytes },
        ]),
    ],
    [
      "what containerd says has a subject",
      (files) => ({
        ...addManifest(files, plausible, [tar]),
        annotations: { "io.containerd.manifest.subject": image.manifestDigest },
      }),
    ],
    [
      "what cosign's layouts call a signature",
      (files) => ({ ...addManifest(files, plausible, [tar]), annotations: { kind: "dev.cosignproject.cosign/sigs" } }),
    ],
    ["a blob of another media type", (files) => addBlob(files, Buffer.from("<xml/>"), "application/xml")],
    [
      "an artifact manifest of old",
      (files) => addBlob(files, json({ blobs: [] }), "application/vnd.oci.artifact.manifest.v1+json"),
    ],
    ["an empty index", (files) => addIndex(files, [])],
  ];

  test.each(ARTIFACTS)("%s beside an image", async (_, add) => {
    for (const first of [true, false]) {
      const files = layoutOf([image], (all) => {
        const listed = [named(image.descriptor(), "app:1"), add(all)];
        return first ? listed.reverse() : listed;
      });
      for (const transport of EVERYWHERE) {
        expect(await bytesOf(files, {}, transport)).toBe(4);
        expect((await taken(files, {}, transport)).warnings).toEqual([]);
      }
    }
  });

  test.each(ARTIFACTS)("%s alone", async (_, add) => {
    const files = layoutOf([], (all) => [add(all)]);
    for (const transport of EVERYWHERE) {
      const error = await errorOf(analyzeFiles(files, transport));
      expect(error.code).toBe("NOT_AN_IMAGE");
    }
  });

  test("it says what it is, and its tag", async () => {
    const [, add] = ARTIFACTS[0] as (typeof ARTIFACTS)[0];
    const files = layoutOf([], (all) => [named(add(all), `sha256-${"a".repeat(64)}.sig`)]);
    for (const transport of LOCAL) {
      const error = await errorOf(analyzeFiles(files, transport));
      expect(error.code).toBe("NOT_AN_IMAGE");
      expect(error.message).toContain(`named sha256-${"a".repeat(64)}.sig`);
    }
    const bare = await errorOf(analyzeFiles(layoutOf([], (all) => [add(all)])));
    expect(bare.message).toContain("a signature (application/vnd.dev.cosign.simplesigning.v1+json)");
  });

  test("a tag that speaks of another image is no image, whatever lies under it", async () => {
    for (const suffix of [".sig", ".att", ".sbom", ""]) {
      const files = layoutOf([image, imageOf(9)], () => [
        named(image.descriptor(), "app:1"),
        named(imageOf(9).descriptor(), `sha256-${image.manifestDigest.slice(7)}${suffix}`),
      ]);
      for (const transport of LOCAL) expect(await bytesOf(files, {}, transport)).toBe(4);
    }
  });

  test("a config as old registries call it is an image's", async () => {
    const files = layoutOf([], (all) => [
      addManifest(all, { ...plausible, mediaType: "application/octet-stream" }, [tar]),
    ]);
    for (const transport of EVERYWHERE) expect(await bytesOf(files, {}, transport)).toBe(1);
  });

  test("an image in an archive with a signature of its own platform", async () => {
    const directory = writeFiles(
      skopeoDirectoryFiles(buildImage({ layers: [], manifest: { artifactType: "application/x" } })),
      temporaryDirectory(),
    );
    expect((await errorOf(analyzeImage(directory))).code).toBe("NOT_AN_IMAGE");
  });
});

describe("an entry that cannot be used", () => {
  const good = imageOf(4, linux("amd64"));
  const BROKEN: [string, (files: Files) => Descriptor][] = [
    ["no JSON", (files) => addBlob(files, Buffer.from("{"), MEDIA_TYPE.manifest)],
    ["no object", (files) => addBlob(files, json([1]), MEDIA_TYPE.manifest)],
    ["no config", (files) => addBlob(files, json({ schemaVersion: 2, layers: [] }), MEDIA_TYPE.manifest)],
    ["schema 1", (files) => addBlob(files, json({ schemaVersion: 1 }), MEDIA_TYPE.manifest)],
    [
      "bytes of another digest",
      (files) => {
        const descriptor = addBlob(files, imageOf(8).manifest(), MEDIA_TYPE.manifest);
        files.set(blob(descriptor.digest), imageOf(9).manifest());
        return descriptor;
      },
    ],
  ];

  test.each(BROKEN)("beside a good one: %s", async (_, add) => {
    const files = layoutOf([good], (all) => [named(add(all), "bad:1"), named(good.descriptor(), "good:1")]);
    for (const transport of LOCAL) {
      expect((await taken(files, { image: "good:1" }, transport)).warnings).toEqual([]);
      const found = await taken(files, {}, transport);
      expect(found.bytes).toBe(4);
      expect(found.warnings.map(({ code }) => code)).toEqual(["unusable-image"]);
      const error = await errorOf(analyzeFiles(files, transport, { image: "bad:1" }));
      expect(["ARCHIVE_MALFORMED", "DIGEST_MISMATCH", "UNSUPPORTED_MEDIA_TYPE"]).toContain(error.code);
    }
  });

  test.each(BROKEN)("where it is the one that fits: %s", async (_, add) => {
    const other = imageOf(5, linux("s390x"));
    const files = layoutOf([other], (all) => [
      named(addIndex(all, [other.descriptor(), { ...add(all), platform: linux("amd64") }]), "app:1"),
    ]);
    for (const transport of EVERYWHERE) {
      const error = await errorOf(analyzeFiles(files, transport, { platform: "linux/amd64" }));
      expect(["ARCHIVE_MALFORMED", "DIGEST_MISMATCH", "UNSUPPORTED_MEDIA_TYPE"]).toContain(error.code);
      expect(await bytesOf(files, { platform: "linux/s390x" }, transport)).toBe(5);
    }
  });

  test("a size that lies: the same answer from a layout and a registry", async () => {
    const manifest = {
      config: { mediaType: MEDIA_TYPE.config, digest: good.configDigest, size: good.config.length + 1 },
    };
    const lying = buildImage({ layers: [{ entries: [file("f", 4)] }], platform: linux("amd64"), manifest });
    for (const transport of EVERYWHERE) {
      const error = await errorOf(analyzeFiles(ociFiles([lying]), transport));
      expect(error.code).toBe("DIGEST_MISMATCH");
      expect(error.message).toContain(
        `has ${good.config.length} bytes, but the image declares ${good.config.length + 1}`,
      );
    }
  });
});

describe("manifest.json", () => {
  const image = buildImage({
    layers: [1, 2, 4].map((bytes) => ({ entries: [file(`f${bytes}`, bytes)] })),
    names: ["app:1"],
  });

  test.each([
    ["lower", (key: string) => key.toLowerCase()],
    ["upper", (key: string) => key.toUpperCase()],
    ["camel", (key: string) => `${key[0]?.toLowerCase()}${key.slice(1)}`],
  ])("keys in %s case", async (_, spelled) => {
    for (const dialect of ["classic", "docker25", "containerd", "kaniko", "skopeo"] as const) {
      const files = dockerArchiveFiles([image], dialect);
      const entries = JSON.parse(String(files.get("manifest.json"))) as object[];
      const respelled = entries.map((entry) =>
        Object.fromEntries(Object.entries(entry).map(([key, value]) => [spelled(key), value])),
      );
      files.set("manifest.json", json(respelled));
      for (const transport of ["file", "stdin"] as const) {
        const found = await taken(files, {}, transport);
        expect([found.bytes, found.reference]).toEqual([7, "app:1"]);
      }
    }
  });

  test("the index has the layers in another order (Docker 25.0.0)", async () => {
    const files = dockerArchiveFiles([image], "docker25");
    const old = image.descriptor(true);
    const manifest = JSON.parse(String(image.manifest(true))) as { layers: object[] };
    for (const order of [
      [1, 0, 2],
      [2, 1, 0],
    ]) {
      const shuffled = json({ ...manifest, layers: order.map((i) => manifest.layers[i]) });
      const descriptor = { ...old, digest: digestOf(shuffled), size: shuffled.length };
      const all = new Map(files).set(blob(descriptor.digest), shuffled);
      all.set(
        "index.json",
        indexOf([named(descriptor, "1", { annotations: { "io.containerd.image.name": "docker.io/library/app:1" } })]),
      );
      for (const transport of ["file", "stdin", "file.gz"] as const) {
        const analysis = await analyzeFiles(all, transport);
        expect(analysis.layers.map(({ contentBytes }) => contentBytes)).toEqual([1, 2, 4]);
        expect(analysis.warnings.map(({ code }) => code)).toEqual(["conflicting-manifests"]);
      }
    }
  });

  test("an image without a name beside a named one is no conflict", async () => {
    const untagged = imageOf(50);
    const files = dockerArchiveFiles([image, untagged], "docker25");
    files.set("index.json", indexOf([{ ...image.descriptor(true), annotations: { [REF]: "1" } }]));
    for (const transport of ["file", "stdin"] as const) {
      const found = await taken(files, { image: "app:1" }, transport);
      expect([found.bytes, found.warnings]).toEqual([7, []]);
      expect(await bytesOf(files, { image: untagged.configDigest }, transport)).toBe(50);
    }
  });
});
