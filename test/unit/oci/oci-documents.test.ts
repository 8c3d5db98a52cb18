import { describe, expect, it } from "vitest";
import { artifactOfDescriptor, artifactOfManifest } from "../../../packages/core/src/oci/artifact.ts";
import { readConfig } from "../../../packages/core/src/oci/config.ts";
import { readDescriptor } from "../../../packages/core/src/oci/descriptor.ts";
import { annotatedName, readImageIndex } from "../../../packages/core/src/oci/image-index.ts";
import { asList, asObject, asText, asTextMap, isObject, parseJson } from "../../../packages/core/src/oci/json.ts";
import { readManifest } from "../../../packages/core/src/oci/manifest.ts";
import { claimedCompression, isEncrypted, isNondistributable } from "../../../packages/core/src/oci/media-type.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const CONFIG = { mediaType: "application/vnd.oci.image.config.v1+json", digest: DIGEST, size: 2 };
const MALFORMED = expect.objectContaining({ code: "ARCHIVE_MALFORMED" });

describe("json", () => {
  it("is parsed from part of a buffer", () => {
    expect(parseJson(Buffer.from('xx{"a":1}').subarray(2), "it")).toEqual({ a: 1 });
  });

  it("that is none is an error with its name and cause", () => {
    expect(() => parseJson(Buffer.from("{"), "the config")).toThrow(
      expect.objectContaining({ code: "ARCHIVE_MALFORMED", message: expect.stringContaining("the config") }),
    );
    expect(() => parseJson(new Uint8Array(), "it")).toThrow(MALFORMED);
  });

  it("cannot reach a prototype", () => {
    const value = parseJson(Buffer.from('{"__proto__":{"polluted":true}}'), "it");
    expect(isObject(value) && "polluted" in value).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(asTextMap(JSON.parse('{"__proto__":"x","constructor":"y","n":1}'))).toEqual(
      new Map([
        ["__proto__", "x"],
        ["constructor", "y"],
      ]),
    );
  });

  it("is asked for by type", () => {
    expect(asList(undefined, "it")).toEqual([]);
    expect(asList(null, "it")).toEqual([]);
    expect(() => asList({}, "it")).toThrow(MALFORMED);
    expect(() => asObject([], "it")).toThrow(MALFORMED);
    expect(() => asObject(null, "it")).toThrow(MALFORMED);
    expect(asText("")).toBeNull();
    expect(asText(1)).toBeNull();
    expect(asTextMap([])).toEqual(new Map());
  });
});

describe("descriptors", () => {
  it("are read, with what is absent as null", () => {
    expect(readDescriptor({ digest: DIGEST, size: 0 }, "it")).toEqual({
      mediaType: null,
      digest: DIGEST,
      size: 0,
      annotations: new Map(),
      platform: null,
      artifactType: null,
      data: null,
      urls: [],
    });
  });

  it.each([-1, 1.5, "7", null, undefined, 2 ** 53, Number.NaN])("refuse the size %s", (size) => {
    expect(() => readDescriptor({ digest: DIGEST, size }, "it")).toThrow(MALFORMED);
  });
});

describe("manifests", () => {
  it("are read", () => {
    const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: DIGEST, size: 5 };
    const manifest = readManifest({ schemaVersion: 2, config: CONFIG, layers: [layer], annotations: { a: "b" } }, "it");
    expect(manifest.layers).toHaveLength(1);
    expect(manifest.annotations.get("a")).toBe("b");
    expect(artifactOfManifest(manifest)).toBeNull();
  });

  it("of Docker's schema 1 are refused by name", () => {
    for (const object of [
      { schemaVersion: 1, fsLayers: [] },
      { mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws" },
    ]) {
      expect(() => readManifest(object, "it")).toThrow(expect.objectContaining({ code: "UNSUPPORTED_MEDIA_TYPE" }));
    }
  });

  it("need a config", () => {
    expect(() => readManifest({ layers: [] }, "it")).toThrow(MALFORMED);
    expect(() => readManifest({ config: CONFIG, layers: {} }, "it")).toThrow(MALFORMED);
    expect(() => readManifest({ config: CONFIG, layers: [null] }, "it")).toThrow(MALFORMED);
  });

  const kindOf = (object: object): string | null => artifactOfManifest(readManifest({ layers: [], ...object }, "it"));
  it("of other artifacts say what they are", () => {
    const empty = { ...CONFIG, mediaType: "application/vnd.oci.empty.v1+json" };
    expect(kindOf({ config: empty })).toBe("application/vnd.oci.empty.v1+json");
    expect(kindOf({ config: empty, artifactType: "application/vnd.cncf.helm" })).toBe("application/vnd.cncf.helm");
    expect(kindOf({ config: CONFIG, artifactType: "application/x" })).toBe("application/x");
    expect(kindOf({ config: CONFIG, artifactType: CONFIG.mediaType })).toBeNull();
    expect(kindOf({ config: CONFIG, subject: { digest: DIGEST, size: 1 } })).toBe("a manifest with a subject");
    expect(kindOf({ config: { ...CONFIG, mediaType: "application/octet-stream" } })).toBeNull();
    const statement = { mediaType: "application/vnd.in-toto+json", digest: DIGEST, size: 1 };
    expect(kindOf({ config: CONFIG, layers: [statement] })).toBe("application/vnd.in-toto+json");
  });
});

describe("indexes", () => {
  it("list manifests; attestations are told apart, names are found", () => {
    const manifests = [
      { digest: DIGEST, size: 1, annotations: { "org.opencontainers.image.ref.name": "1.0" } },
      {
        digest: DIGEST,
        size: 1,
        annotations: { "org.opencontainers.image.ref.name": "1.0", "io.containerd.image.name": "docker.io/x:1.0" },
      },
      { digest: DIGEST, size: 1, annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
      { digest: DIGEST, size: 1, artifactType: "application/vnd.docker.attestation.manifest.v1+json" },
    ];
    const read = readImageIndex({ manifests }, "it");
    expect(read.map((descriptor) => artifactOfDescriptor(descriptor) !== null)).toEqual([false, false, true, true]);
    expect(read.map(annotatedName)).toEqual(["1.0", "docker.io/x:1.0", null, null]);
    expect(readImageIndex({ manifests: null }, "it")).toEqual([]);
  });
});

describe("configs", () => {
  it("are read, however little they hold", () => {
    const config = readConfig(
      { rootfs: { type: "layers", diff_ids: [DIGEST] }, history: [null, { created_by: "x", empty_layer: true }] },
      "it",
    );
    expect(config.diffIds).toEqual([DIGEST]);
    expect(config.history).toEqual([
      { createdBy: null, comment: null, author: null, created: null, emptyLayer: false },
      { createdBy: "x", comment: null, author: null, created: null, emptyLayer: true },
    ]);
    expect(readConfig({ rootfs: {}, history: null }, "it")).toMatchObject({ diffIds: [], history: [], platform: null });
    expect(readConfig({ rootfs: {}, config: { Labels: { a: "b" } } }, "it").labels.get("a")).toBe("b");
  });

  it("say what a container runs, odd values left out", () => {
    const config = {
      Entrypoint: ["/app", "--port", "80"],
      Cmd: null,
      Healthcheck: { Test: ["CMD-SHELL", "wget -q localhost"], Interval: 30e9, Timeout: 1.5e9, Retries: 3 },
      Shell: ["/bin/ash", 1],
      Env: ["PATH=/bin"],
      User: "",
      WorkingDir: "/srv",
      ExposedPorts: { "80/tcp": {}, "443/tcp": {} },
      Volumes: ["/data"],
      StopSignal: "SIGINT",
    };
    expect(readConfig({ rootfs: {}, config }, "it").run).toEqual({
      entrypoint: ["/app", "--port", "80"],
      cmd: null,
      healthcheck: ["CMD-SHELL", "wget -q localhost"],
      healthcheckFlags: ["--interval=30s", "--timeout=1500ms", "--retries=3"],
      shell: null,
      env: ["PATH=/bin"],
      user: null,
      workingDir: "/srv",
      exposedPorts: ["443/tcp", "80/tcp"],
      volumes: [],
      stopSignal: "SIGINT",
    });
    expect(readConfig({ rootfs: {}, config: "x" }, "it").run).toMatchObject({ entrypoint: null, env: [] });
  });

  it("without rootfs are no image's", () => {
    expect(() => readConfig({ Name: "a helm chart" }, "it")).toThrow(expect.objectContaining({ code: "NOT_AN_IMAGE" }));
    expect(() => readConfig([], "it")).toThrow(MALFORMED);
    expect(() => readConfig({ rootfs: { diff_ids: ["x"] } }, "it")).toThrow(MALFORMED);
  });
});

it.each([
  ["application/vnd.oci.image.layer.v1.tar", "none"],
  ["application/vnd.oci.image.layer.v1.tar+gzip", "gzip"],
  ["application/vnd.oci.image.layer.v1.tar+zstd", "zstd"],
  ["application/vnd.docker.image.rootfs.diff.tar", "none"],
  ["application/vnd.docker.image.rootfs.diff.tar.gzip", "gzip"],
  ["application/vnd.docker.image.rootfs.diff.tar.zstd", "zstd"],
  ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "gzip"],
  ["application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", "zstd"],
  ["application/vnd.oci.image.layer.v1.tar+gzip+encrypted", null],
  ["application/vnd.in-toto+json", null],
  ["application/octet-stream", null],
])("%s claims the compression %s", (mediaType, compression) => {
  expect(claimedCompression(mediaType)).toBe(compression);
  expect(isEncrypted(mediaType)).toBe(mediaType.endsWith("encrypted"));
  expect(isNondistributable(mediaType)).toBe(/foreign|nondistributable/.test(mediaType));
});
