import { describe, expect, test } from "vitest";
import { analyzeBytes, analyzeFiles, errorOf, TRANSPORTS } from "../support/analyze-files.ts";
import {
  type BuiltImage,
  buildImage,
  type Descriptor,
  DOCKER_DIALECTS,
  digestOf,
  dockerArchiveFiles,
  type Files,
  indexOf,
  json,
  MEDIA_TYPE,
  nestedIndexFiles,
  ociFiles,
  type PlatformSpec,
  packFiles,
  skopeoDirectoryFiles,
} from "../support/image-builder.ts";
import { file } from "../support/tar-bytes.ts";

/** An image of one file of so many bytes: the bytes tell which image was taken. */
function imageOf(bytes: number, names: readonly string[] = [], platform?: PlatformSpec): BuiltImage {
  return buildImage({ layers: [{ entries: [file("f", bytes)] }], names, ...(platform && { platform }) });
}

const AMD: PlatformSpec = { os: "linux", architecture: "amd64" };
const ARM: PlatformSpec = { os: "linux", architecture: "arm64", variant: "v8" };
const ARMV6: PlatformSpec = { os: "linux", architecture: "arm", variant: "v6" };
const ARMV7: PlatformSpec = { os: "linux", architecture: "arm", variant: "v7" };
const WINDOWS: PlatformSpec = { os: "windows", architecture: "amd64" };

async function bytesOf(files: Files, options = {}, transport: Parameters<typeof analyzeFiles>[1] = "file") {
  return (await analyzeFiles(files, transport, options)).sizes.contentBytes;
}

const one = imageOf(1, ["app:1"]);
const two = imageOf(2, ["registry.example:5000/team/app:2", "app:two"]);

describe.each([
  ...DOCKER_DIALECTS.map((dialect) => ({ name: dialect, files: () => dockerArchiveFiles([one, two], dialect) })),
  { name: "oci", files: () => ociFiles([one, two]) },
])("two images in one $name archive", ({ files, name }) => {
  test.each(TRANSPORTS)("none chosen: %s", async (transport) => {
    const error = await errorOf(analyzeFiles(files(), transport));
    expect(error.code).toBe("IMAGE_AMBIGUOUS");
    expect(error.details["images"]).toEqual(["app:1", "registry.example:5000/team/app:2"]);
    expect(error.message).toContain("app:1, registry.example:5000/team/app:2");
    expect(error.hint).toContain("--image app:1");
  });

  test.each([
    ["app:1", 1],
    ["docker.io/library/app:1", 1],
    ["app:two", 2],
    ["registry.example:5000/team/app:2", 2],
    [one.configDigest, 1],
    [two.configDigest, 2],
    [two.configDigest.slice("sha256:".length, "sha256:".length + 12), 2],
  ])("chosen as %s", async (image, bytes) => {
    for (const transport of ["file", "stdin.gz"] as const) {
      const analysis = await analyzeFiles(files(), transport, { image });
      expect(analysis.sizes.contentBytes).toBe(bytes);
    }
  });

  test("is called what it was asked for by, or else by its first name", async () => {
    const asked = await analyzeFiles(files(), "file", { image: "app:two" });
    expect(asked.image.reference).toBe("app:two");
    const byDigest = await analyzeFiles(files(), "file", { image: two.configDigest });
    expect(byDigest.image.reference).toBe("registry.example:5000/team/app:2");
  });

  test.each(["app:3", "app", "other/app:1", "sha256:0000", "0", ""])("chosen as %j, which is none", async (image) => {
    const error = await errorOf(analyzeFiles(files(), "file", { image }));
    expect(error.code).toBe("IMAGE_NOT_FOUND");
    expect(error.details["images"]).toEqual(["app:1", "registry.example:5000/team/app:2"]);
  });

  if (name === "containerd" || name === "oci") {
    test("chosen by the digest of its manifest", async () => {
      const analysis = await analyzeFiles(files(), "file", { image: two.manifestDigest });
      expect(analysis.sizes.contentBytes).toBe(2);
      expect(analysis.image.digest).toBe(two.manifestDigest);
    });
  }
});

test("one image under two names is one image", async () => {
  for (const dialect of DOCKER_DIALECTS) expect(await bytesOf(dockerArchiveFiles([two], dialect))).toBe(2);
  expect(await bytesOf(ociFiles([two]))).toBe(2);
});

test("an image saved by its ID has no name", async () => {
  for (const dialect of DOCKER_DIALECTS) {
    const analysis = await analyzeFiles(dockerArchiveFiles([imageOf(5)], dialect));
    expect(analysis.image.reference).toBeNull();
    expect(analysis.sizes.contentBytes).toBe(5);
  }
});

test("two images without names are told apart by digest", async () => {
  const [a, b] = [imageOf(1), imageOf(2)];
  const error = await errorOf(analyzeFiles(dockerArchiveFiles([a, b])));
  expect(error.code).toBe("IMAGE_AMBIGUOUS");
  expect(error.details["images"]).toEqual([a.configDigest, b.configDigest]);
  expect(await bytesOf(dockerArchiveFiles([a, b]), { image: b.configDigest })).toBe(2);
});

describe("one name, several platforms", () => {
  const platforms: [PlatformSpec, number][] = [
    [AMD, 10],
    [ARM, 20],
    [ARMV6, 30],
    [ARMV7, 40],
    [WINDOWS, 50],
  ];
  const images = platforms.map(([platform, bytes]) => imageOf(bytes, [], platform));
  const nested = () => nestedIndexFiles(images, "app:1");
  const flat = () => ociFiles(images);

  test.each([
    ["linux/amd64", 10],
    ["linux/x86_64", 10],
    ["linux/arm64", 20],
    ["linux/arm64/v8", 20],
    ["linux/aarch64", 20],
    ["linux/arm/v6", 30],
    ["linux/arm/v7", 40],
    ["windows/amd64", 50],
    ["amd64", 10],
  ])("%s", async (platform, bytes) => {
    for (const transport of ["file", "stdin", "directory", "registry"] as const) {
      expect(await bytesOf(nested(), { platform }, transport)).toBe(bytes);
      expect(await bytesOf(flat(), { platform }, transport)).toBe(bytes);
    }
  });

  test("none asked for: this machine's", async () => {
    const own = { x64: 10, arm64: 20 }[process.arch as string];
    if (own === undefined) expect((await errorOf(analyzeFiles(nested()))).code).toBe("IMAGE_AMBIGUOUS");
    else expect(await bytesOf(nested())).toBe(own);
  });

  test("none asked for and none for this machine", async () => {
    const foreign = [ARMV6, WINDOWS].map((platform, i) => imageOf(i + 1, [], platform));
    const error = await errorOf(analyzeFiles(nestedIndexFiles(foreign, "app:1")));
    expect(error.code).toBe("IMAGE_AMBIGUOUS");
    expect(error.details["platforms"]).toEqual(["linux/arm/v6", "windows/amd64"]);
    expect(error.hint).toContain("--platform linux/arm/v6");
  });

  test("a single one is taken without asking, whatever it is for", async () => {
    expect(await bytesOf(nestedIndexFiles([imageOf(7, [], WINDOWS)], "app:1"))).toBe(7);
  });

  test.each(["linux/s390x", "linux/arm64/v9", "linux/arm/v5"])("%s is not there", async (platform) => {
    for (const transport of ["file", "stdin", "directory", "registry"] as const) {
      const error = await errorOf(analyzeFiles(nested(), transport, { platform }));
      expect(error.code).toBe("PLATFORM_MISMATCH");
      expect(error.details["platforms"]).toEqual([
        "linux/amd64",
        "linux/arm64/v8",
        "linux/arm/v6",
        "linux/arm/v7",
        "windows/amd64",
      ]);
    }
  });

  test("an image of one platform, asked for another", async () => {
    for (const dialect of DOCKER_DIALECTS) {
      const error = await errorOf(
        analyzeFiles(dockerArchiveFiles([one], dialect), "file", { platform: "linux/riscv64" }),
      );
      expect(error.code).toBe("PLATFORM_MISMATCH");
      expect(error.details).toEqual({ wanted: "linux/riscv64", platforms: ["linux/amd64"] });
    }
    const error = await errorOf(analyzeFiles(skopeoDirectoryFiles(one), "directory", { platform: "linux/arm64" }));
    expect(error.code).toBe("PLATFORM_MISMATCH");
  });

  test.each(["linux/", "a/b/c/d", "Linux amd64", ""])("%j is no platform", async (platform) => {
    expect((await errorOf(analyzeFiles(nested(), "file", { platform }))).code).toBe("REFERENCE_INVALID");
  });

  test("variants of one platform: the name alone is the one that an architecture alone means", async () => {
    for (const transport of ["file", "stdin", "directory", "registry"] as const)
      expect(await bytesOf(nested(), { platform: "linux/arm" }, transport)).toBe(40);
  });
});

describe("blobs that are not there", () => {
  const [amd, arm] = [imageOf(10, [], AMD), imageOf(20, [], ARM)];
  const blob = (digest: string): string => `blobs/${digest.replace(":", "/")}`;

  test.each([
    ["manifest", (image: BuiltImage) => [image.manifestDigest, image.configDigest, image.layers[0]?.digest ?? ""]],
    ["config", (image: BuiltImage) => [image.configDigest, image.layers[0]?.digest ?? ""]],
    ["layer", (image: BuiltImage) => [image.layers[0]?.digest ?? ""]],
  ] as const)("of another platform, from its %s on: the one that is there is read", async (_, digestsOf) => {
    const files = nestedIndexFiles([amd, arm], "app:1");
    for (const digest of digestsOf(arm)) files.delete(blob(digest));
    for (const transport of ["file", "stdin", "stdin.gz", "directory", "registry"] as const) {
      expect(await bytesOf(files, { platform: "linux/amd64" }, transport)).toBe(10);
    }
  });

  test("of the platform that was asked for", async () => {
    const files = nestedIndexFiles([amd, arm], "app:1");
    files.delete(blob(arm.manifestDigest));
    const error = await errorOf(analyzeFiles(files, "file", { platform: "linux/arm64" }));
    expect(error.code).toBe("PLATFORM_MISMATCH");
  });

  test.each(["config", "manifest", "layer"] as const)("of the only image: its %s", async (what) => {
    const digest = { config: amd.configDigest, manifest: amd.manifestDigest, layer: amd.layers[0]?.digest ?? "" }[what];
    const files = ociFiles([amd]);
    files.delete(blob(digest));
    for (const transport of ["file", "stdin", "file.gz", "directory", "registry"] as const) {
      expect((await errorOf(analyzeFiles(files, transport))).code).toBe("LAYER_MISSING");
    }
  });
});

describe("what else stands in an index", () => {
  const image = imageOf(3, [], AMD);

  function attestation(extra: Partial<Descriptor>, manifest: object = {}): [Descriptor, Buffer] {
    const bytes = json({
      schemaVersion: 2,
      mediaType: MEDIA_TYPE.manifest,
      config: { mediaType: MEDIA_TYPE.config, digest: digestOf(json({})), size: 2 },
      layers: [{ mediaType: "application/vnd.in-toto+json", digest: digestOf(json({ a: 1 })), size: 7 }],
      ...manifest,
    });
    return [{ mediaType: MEDIA_TYPE.manifest, digest: digestOf(bytes), size: bytes.length, ...extra }, bytes];
  }

  test.each([
    [
      "an attestation as BuildKit annotates it",
      attestation({
        platform: { os: "unknown", architecture: "unknown" },
        annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": "x" },
      }),
    ],
    [
      "an attestation as an OCI artifact",
      attestation({ artifactType: "application/vnd.docker.attestation.manifest.v1+json" }),
    ],
    [
      "an attestation that only its own manifest tells",
      attestation({}, { artifactType: "application/vnd.docker.attestation.manifest.v1+json", config: EMPTY_CONFIG() }),
    ],
    [
      "a signature",
      attestation({}, { artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json", config: EMPTY_CONFIG() }),
    ],
    [
      "a Helm chart",
      attestation({}, { config: { ...EMPTY_CONFIG(), mediaType: "application/vnd.cncf.helm.config.v1+json" } }),
    ],
  ])("%s is not taken for an image", async (_, [descriptor, bytes]) => {
    const name = `blobs/${descriptor.digest.replace(":", "/")}`;
    for (const transport of ["file", "stdin", "directory", "registry"] as const) {
      const beside = ociFiles([image], [image.descriptor(), descriptor]).set(name, bytes);
      expect(await bytesOf(beside, {}, transport)).toBe(3);
      const nested = nestedIndexFiles([image], "app:1", [descriptor]).set(name, bytes);
      expect(await bytesOf(nested, {}, transport)).toBe(3);
    }
  });

  function EMPTY_CONFIG() {
    return { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(json({})), size: 2 };
  }

  test("nothing but an artifact", async () => {
    const chart = buildImage({
      layers: [{ entries: [file("chart", 5)] }],
      manifest: { config: { ...EMPTY_CONFIG(), mediaType: "application/vnd.cncf.helm.config.v1+json" } },
    });
    for (const [files, transport] of [
      [ociFiles([chart]), "file"],
      [ociFiles([chart]), "stdin"],
      [ociFiles([chart]), "directory"],
      [ociFiles([chart]), "registry"],
      [skopeoDirectoryFiles(chart), "directory"],
    ] as const) {
      const error = await errorOf(analyzeFiles(files, transport));
      expect(error.code).toBe("NOT_AN_IMAGE");
      expect(error.message).toContain("application/vnd.cncf.helm.config.v1+json");
    }
  });

  test("nothing at all", async () => {
    expect((await errorOf(analyzeFiles(ociFiles([], [])))).code).toBe("NOT_AN_IMAGE");
    const files: Files = new Map([["manifest.json", json([])]]);
    expect((await errorOf(analyzeFiles(files))).code).toBe("NOT_AN_IMAGE");
  });

  test("an index in an index in an index", async () => {
    const files = nestedIndexFiles([image]);
    for (let depth = 0; depth < 5; depth++) {
      const bytes = files.get("index.json") as Buffer;
      const descriptor = { mediaType: MEDIA_TYPE.index, digest: digestOf(bytes), size: bytes.length };
      files.set(`blobs/${descriptor.digest.replace(":", "/")}`, bytes).set("index.json", indexOf([descriptor]));
    }
    expect(await bytesOf(files)).toBe(3);
    expect(await bytesOf(files, {}, "stdin")).toBe(3);
    expect(await bytesOf(files, {}, "registry")).toBe(3);
  });

  test("Docker's media types, and none at all", async () => {
    const docker = buildImage({
      layers: [
        {
          entries: [file("f", 9)],
          mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
        },
      ],
      manifest: { mediaType: "application/vnd.docker.distribution.manifest.v2+json" },
    });
    const descriptor = { ...docker.descriptor(), mediaType: "application/vnd.docker.distribution.manifest.v2+json" };
    expect(await bytesOf(ociFiles([docker], [descriptor]))).toBe(9);
    const bare = buildImage({ layers: [{ entries: [file("f", 9)] }], manifest: { mediaType: undefined } });
    expect(await bytesOf(ociFiles([bare]))).toBe(9);
  });

  test("Docker schema 1 is refused by name", async () => {
    const old = buildImage({ layers: [], manifest: { schemaVersion: 1, mediaType: undefined, fsLayers: [] } });
    const error = await errorOf(analyzeFiles(ociFiles([old])));
    expect(error.code).toBe("UNSUPPORTED_MEDIA_TYPE");
    expect(error.message).toContain("schema 1");
  });

  test("a manifest embedded in its descriptor instead of a blob", async () => {
    const descriptor = { ...image.descriptor(), data: image.manifest().toString("base64") };
    const files = ociFiles([image], [descriptor]);
    files.delete(`blobs/${image.manifestDigest.replace(":", "/")}`);
    for (const transport of ["file", "stdin", "directory", "registry"] as const)
      expect(await bytesOf(files, {}, transport)).toBe(3);
  });
});

describe("manifest.json and index.json of one archive", () => {
  const [app, other] = [imageOf(1, ["app:1"]), imageOf(2, ["other:1"])];

  test.each(["file", "stdin"] as const)("an image that only manifest.json has: %s", async (transport) => {
    const files = dockerArchiveFiles([app, other], "docker25");
    files.set("index.json", indexOf([app.descriptor(true)]));
    const analysis = await analyzeFiles(files, transport, { image: "other:1" });
    expect(analysis.sizes.contentBytes).toBe(2);
    expect(analysis.warnings.map(({ code }) => code)).toEqual(["conflicting-manifests"]);
    const strict = await errorOf(analyzeFiles(files, transport, { image: "other:1", strict: true }));
    expect(strict.code).toBe("WARNING_AS_ERROR");
    expect(strict.details).toEqual({ warning: "conflicting-manifests" });
  });

  test.each(["file", "stdin"] as const)("different layers for one config: %s", async (transport) => {
    const files = dockerArchiveFiles([app], "docker25");
    const layer = `blobs/${digestOf(other.layers[0]?.tar ?? Buffer.alloc(0)).replace(":", "/")}`;
    files.set(layer, other.layers[0]?.tar ?? Buffer.alloc(0));
    const manifest = [{ Config: `blobs/${app.configDigest.replace(":", "/")}`, RepoTags: ["app:1"], Layers: [layer] }];
    files.set("manifest.json", json(manifest));
    expect((await errorOf(analyzeFiles(files, transport))).code).toBe("ARCHIVE_MALFORMED");
  });

  test("a prefix asks for a format that is not there", async () => {
    const classic = packFiles(dockerArchiveFiles([app]));
    const oci = packFiles(ociFiles([app]));
    for (const [prefix, bytes, file] of [
      ["oci-archive:", classic, "index.json"],
      ["docker-archive:", oci, "manifest.json"],
    ] as const) {
      for (const transport of TRANSPORTS) {
        const error = await errorOf(analyzeBytes(bytes, transport, {}, prefix));
        expect(error.code).toBe("NOT_AN_IMAGE");
        expect(error.message).toContain(file);
      }
    }
  });
});
