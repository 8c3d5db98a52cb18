import { createGzip, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { LimitName, Limits } from "../../packages/core/src/doors/config.ts";
import {
  type AnalyzeOptions,
  analyzeImage,
  isImgweighError,
  loadImage,
  resolveSource,
} from "../../packages/core/src/index.ts";
import { analyzeBytes, analyzeFiles, errorOf, inChunks, temporaryFile } from "../support/analyze-files.ts";
import { bounded } from "../support/bounded.ts";
import {
  type BuiltLayer,
  buildImage,
  digestOf,
  dockerArchiveFiles,
  type Files,
  indexOf,
  json,
  type LayerSpec,
  MEDIA_TYPE,
  ociFiles,
  packFiles,
} from "../support/image-builder.ts";
import { extension, file, paxRecords, type Sparse, symlink, tarBytes } from "../support/tar-bytes.ts";
import { zstdBomb } from "../support/zstd-bytes.ts";

/** Every way in ends in the same error, soon, and with the limit by name. */
async function expectLimit(files: Files, limit: LimitName, limits: Partial<Limits> = {}): Promise<void> {
  for (const transport of ["file", "stdin", "directory"] as const) {
    const error = await bounded(() => errorOf(analyzeFiles(files, transport, { limits })));
    expect(error.code).toBe("LIMIT_EXCEEDED");
    expect(error.details["limit"]).toBe(limit);
    expect(error.hint).toContain(`limits.${limit}`);
  }
}

function oci(...layers: LayerSpec[]): Files {
  return ociFiles([buildImage({ layers })]);
}

/** What inflates to so many MiB of zeros behind a first block. */
async function zeros(mebibytes: number, first: Uint8Array = new Uint8Array(0)): Promise<Buffer> {
  const packer = createGzip({ level: 9 });
  const parts: Buffer[] = [];
  packer.on("data", (part: Buffer) => parts.push(part));
  const ended = new Promise((resolve) => packer.on("end", resolve));
  packer.write(first);
  const block = Buffer.alloc(2 ** 20);
  for (let i = 0; i < mebibytes; i++) if (!packer.write(block)) await new Promise((go) => packer.once("drain", go));
  packer.end();
  await ended;
  return Buffer.concat(parts);
}

const HUGE = file("huge", "", { size: 2 ** 40 });

describe("maxInflateRatio", () => {
  test("a zstd layer of 128 KiB blocks in four bytes each", async () => {
    const header = tarBytes([HUGE], { endBlocks: 0 }).subarray(0, 512);
    const blob = Buffer.concat([zstdFrameOf(header), zstdBomb(20_000)]);
    await expectLimit(oci({ blob, diffId: digestOf(blob), compression: "zstd" }), "maxInflateRatio");
  });

  // What gzip can do at most is some 1,030 to 1; a lower limit needs fewer bytes to show the same.
  const limits = { maxInflateRatio: 300 };
  let bomb: Buffer;
  beforeAll(async () => {
    bomb = await zeros(100, tarBytes([HUGE], { endBlocks: 0 }).subarray(0, 512));
    expect((100 * 2 ** 20) / bomb.length).toBeGreaterThan(1000);
  });

  test("a gzip layer of zeros", async () => {
    await expectLimit(oci({ blob: bomb, diffId: digestOf(bomb) }), "maxInflateRatio", limits);
  });

  test("a ratio that is high for a short while only", async () => {
    const content = Buffer.alloc(60 * 2 ** 20);
    const image = buildImage({ layers: [{ entries: [file("zeros", content)] }] });
    const analysis = await analyzeBytes(image.asOciArchive(), "file", { limits: { maxInflateRatio: 2 } });
    expect(analysis.sizes.contentBytes).toBe(content.length);
  });

  test("a whole archive", async () => {
    const zstd = Buffer.concat([zstdFrameOf(tarBytes([HUGE], { endBlocks: 0 }).subarray(0, 512)), zstdBomb(20_000)]);
    for (const bytes of [bomb, zstd]) {
      const error = await bounded(() => errorOf(analyzeImage(temporaryFile("i.tar", bytes), { limits })));
      expect(error.details["limit"]).toBe("maxInflateRatio");
      const piped = await bounded(() => errorOf(analyzeImage("-", { stdin: inChunks(bytes), limits })));
      expect(piped.details["limit"]).toBe("maxInflateRatio");
    }
  });

  test("a bomb in a layer in a gzipped archive", async () => {
    const archive = packFiles(oci({ blob: bomb, diffId: digestOf(bomb) }));
    const path = temporaryFile("i.tar.gz", gzipSync(archive));
    const error = await bounded(() => errorOf(analyzeImage(path, { limits })));
    expect(error.details["limit"]).toBe("maxInflateRatio");
  });

  test("gzip in gzip is no layer and no archive: it is not inflated twice", async () => {
    const twice = gzipSync(gzipSync(tarBytes([file("a", 5000)])));
    const error = await errorOf(analyzeFiles(oci({ blob: twice, diffId: digestOf(twice) })));
    expect(error.code).toBe("ARCHIVE_MALFORMED");
    expect((await errorOf(analyzeImage(temporaryFile("i.tar.gz", twice)))).code).toBe("NOT_AN_IMAGE");
  });
});

function zstdFrameOf(bytes: Uint8Array): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3]);
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  return Buffer.concat([head, block, bytes]);
}

describe("maxEntries", () => {
  const entries = Array.from({ length: 101 }, (_, i) => file(`f${i}`, ""));

  test("of a layer", async () => {
    await expectLimit(oci({ entries }), "maxEntries", { maxEntries: 100 });
    expect((await analyzeFiles(oci({ entries }), "file", { limits: { maxEntries: 101 } })).layers[0]?.entries).toBe(
      101,
    );
  });

  test("of the archive itself", async () => {
    const files = dockerArchiveFiles([buildImage({ layers: [{ entries: [] }] })]);
    for (let i = 0; i < 100; i++) files.set(`junk${i}`, Buffer.alloc(0));
    for (const transport of ["file", "stdin", "file.gz"] as const) {
      const error = await errorOf(analyzeFiles(files, transport, { limits: { maxEntries: 100 } }));
      expect(error.details["limit"]).toBe("maxEntries");
    }
  });

  test("a hundred thousand empty files in a layer of a few kilobytes", async () => {
    const one = tarBytes([file("f", "")], { endBlocks: 0 });
    const tar = Buffer.concat([...Array.from({ length: 100_000 }, () => one), Buffer.alloc(1024)]);
    const files = oci({ tar });
    const analysis = await bounded(() => analyzeFiles(files), { megabytes: 500 });
    expect(analysis.layers[0]?.entries).toBe(100_000);
    await expectLimit(files, "maxEntries", { maxEntries: 50_000 });
  });
});

describe("maxPathBytes", () => {
  const long = "d/".repeat(2048);
  test.each([
    ["a GNU long name", file(`${long}f`, "")],
    ["a PAX path", file(`${long}f`, "", { long: "pax" })],
    ["a GNU long link", symlink("l", `${long}f`)],
    ["a PAX linkpath", symlink("l", `${long}f`, { long: "pax" })],
  ])("%s of 4,097 bytes", async (_, entry) => {
    await expectLimit(oci({ entries: [entry] }), "maxPathBytes");
    const analysis = await analyzeFiles(oci({ entries: [entry] }), "file", { limits: { maxPathBytes: 4097 } });
    expect(analysis.layers[0]?.entries).toBe(1);
  });

  test("a path of 4,096 bytes in 2,048 directories is fine", async () => {
    const { groups, sizes } = await analyzeFiles(oci({ entries: [file(`${long.slice(0, -2)}ff`, "x")] }));
    expect(sizes.rootfsBytes).toBe(1);
    expect(groups.directory.find(({ contentBytes }) => contentBytes === 1)?.key).toBe(`/${long.slice(0, -3)}`);
  });

  test("a name of the archive itself", async () => {
    const archive = tarBytes([file(`${long}f`, ""), file("manifest.json", "[]")]);
    for (const transport of ["file", "stdin", "file.gz"] as const) {
      expect((await errorOf(analyzeBytes(archive, transport))).details["limit"]).toBe("maxPathBytes");
    }
  });
});

describe("maxHeaderBytes", () => {
  const filler = paxRecords([["comment", "x".repeat(2 ** 20)]]);
  test.each([
    ["a PAX header of a megabyte", extension("x", "pax", filler)],
    ["one that only claims a terabyte", extension("x", "pax", Buffer.alloc(512), 2 ** 32)],
    ["a GNU long name that claims 4 GB", extension("L", "././@LongLink", Buffer.alloc(512), 2 ** 32)],
    ["a GNU long link that claims 4 GB", extension("K", "././@LongLink", Buffer.alloc(512), 2 ** 32)],
    ["a global PAX header that claims 4 GB", extension("g", "pax", Buffer.alloc(512), 2 ** 32)],
  ])("%s", async (_, header) => {
    await expectLimit(oci({ entries: [header, file("a", "x")] }), "maxHeaderBytes");
    // The same in the archive around the layers.
    const archive = Buffer.concat([header, packFiles(oci({ entries: [file("a", "x")] }))]);
    const error = await bounded(() => errorOf(analyzeBytes(archive)));
    expect(error.details["limit"]).toBe("maxHeaderBytes");
    // A stream is read by another parser, which has a limit of its own.
    for (const transport of ["stdin", "file.gz"] as const) {
      const outcome = await bounded(() => analyzeBytes(archive, transport).catch((thrown: unknown) => thrown));
      expect(outcome instanceof Error ? isImgweighError(outcome) : header.length > 2 ** 20).toBe(true);
    }
  });
});

describe("maxSparseBytes", () => {
  const PETABYTE = 2 ** 50;
  test.each(["gnu", "pax-0.0", "pax-0.1", "pax-1.0"] as const)("a petabyte of holes: %s", async (form) => {
    const sparse: Sparse = {
      form,
      size: PETABYTE,
      fragments: [
        [0, "begin"],
        [PETABYTE - 3, "end"],
      ],
    };
    await expectLimit(oci({ entries: [file("hole", "", { sparse })] }), "maxSparseBytes");
  });

  test("many files of a little below the limit each", async () => {
    const sparse: Sparse = { form: "pax-1.0", size: 2 ** 20, fragments: [[0, "x"]] };
    const entries = Array.from({ length: 10 }, (_, i) => file(`h${i}`, "", { sparse }));
    const analysis = await analyzeFiles(oci({ entries }), "file", { limits: { maxSparseBytes: 10 * 2 ** 20 } });
    expect(analysis.sizes.contentBytes).toBe(10 * 2 ** 20);
    await expectLimit(oci({ entries }), "maxSparseBytes", { maxSparseBytes: 10 * 2 ** 20 - 11 });
  });

  test("holds for all layers of an image together, from any source", async () => {
    const layers = Array.from({ length: 8 }, (_, i) => ({
      entries: [file(`h${i}`, "", { sparse: { form: "pax-1.0", size: 2 ** 20, fragments: [[0, `${i}`]] } as Sparse })],
    }));
    const files = ociFiles([buildImage({ layers })]);
    for (const transport of ["file", "stdin"] as const) {
      const error = await errorOf(analyzeFiles(files, transport, { limits: { maxSparseBytes: 7 * 2 ** 20 } }));
      expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: "maxSparseBytes" } });
      const analysis = await analyzeFiles(files, transport, { limits: { maxSparseBytes: 8 * 2 ** 20 } });
      expect(analysis.sizes.contentBytes).toBe(8 * 2 ** 20);
    }
  });
});

describe("maxTotalBytes", () => {
  test("over all layers", async () => {
    const layers = [1, 2, 3].map((i) => ({ entries: [file(`f${i}`, 1000 * i)] }));
    const tarBytesOfAll = 3 * 512 + 1024 + 2048 + 3072 + 3 * 1024;
    const files = ociFiles([buildImage({ layers })]);
    await expectLimit(files, "maxTotalBytes", { maxTotalBytes: tarBytesOfAll - 1 });
    const analysis = await analyzeFiles(files, "file", { limits: { maxTotalBytes: tarBytesOfAll } });
    expect(analysis.sizes.tarBytes).toBe(tarBytesOfAll);
  });

  test("a plain layer that is skipped rather than read", async () => {
    const image = buildImage({ layers: [{ entries: [file("f", 5000)], compression: "none" }] });
    const options: AnalyzeOptions = { verify: false, limits: { maxTotalBytes: 5000 } };
    expect((await errorOf(analyzeBytes(image.asOciArchive(), "file", options))).details["limit"]).toBe("maxTotalBytes");
  });

  test("what streams past and is no layer of the image counts as well: it costs the same", async () => {
    const files = dockerArchiveFiles([buildImage({ layers: [{ entries: [file("a", 10)] }] })]);
    const before: Files = new Map([["junk/layer.tar", tarBytes([file("junk", 100_000)])], ...files]);
    const error = await errorOf(analyzeFiles(before, "stdin", { limits: { maxTotalBytes: 50_000 } }));
    expect(error.details["limit"]).toBe("maxTotalBytes");
  });
});

describe("maxJsonBytes", () => {
  const image = buildImage({ layers: [{ entries: [file("a", "x")] }], names: ["app:1"] });
  const padding = " ".repeat(2 ** 22);
  const pad = (content: Buffer): Buffer => Buffer.concat([content, Buffer.from(padding)]);

  test.each(["manifest.json", "index.json"])("%s", async (name) => {
    const files = name === "index.json" ? ociFiles([image]) : dockerArchiveFiles([image]);
    await expectLimitOf(files, name);
  });

  test("a config", async () => {
    const big = buildImage({ layers: [{ entries: [file("a", "x")] }], config: { author: padding } });
    await expectLimit(ociFiles([big]), "maxJsonBytes");
    for (const transport of ["file", "stdin"] as const) {
      const error = await errorOf(analyzeFiles(dockerArchiveFiles([big]), transport));
      expect(error.details["limit"]).toBe("maxJsonBytes");
    }
  });

  test("a manifest", async () => {
    const big = buildImage({ layers: [{ entries: [file("a", "x")] }], manifest: { annotations: { a: padding } } });
    await expectLimit(ociFiles([big]), "maxJsonBytes");
  });

  async function expectLimitOf(files: Files, name: string): Promise<void> {
    files.set(name, pad(files.get(name) as Buffer));
    for (const transport of ["file", "stdin", "file.gz"] as const) {
      const error = await bounded(() => errorOf(analyzeFiles(files, transport)));
      expect(error.details["limit"]).toBe("maxJsonBytes");
    }
  }

  test("much JSON that nobody asked for", async () => {
    const junk: Files = new Map();
    for (let i = 0; i < 70; i++) junk.set(`${i}.json`, json("x".repeat(60_000)));
    const files: Files = new Map([...junk, ...dockerArchiveFiles([image])]);
    const limits = { maxJsonBytes: 65_000 };
    expect((await analyzeFiles(files, "file", { limits })).sizes.contentBytes).toBe(1);
    const streamed = await analyzeFiles(files, "stdin", { limits }).catch((error: unknown) => error);
    // A stream cannot know which of it will be needed, so it keeps some and then gives up, or has kept none of it.
    expect(streamed).toMatchObject(
      streamed instanceof Error ? { code: "LIMIT_EXCEEDED" } : { sizes: { contentBytes: 1 } },
    );
  });
});

describe("maxManifests", () => {
  const image = buildImage({ layers: [{ entries: [file("a", "x")] }] });

  test("of an index", async () => {
    const absent = Array.from({ length: 20 }, (_, i) => ({
      mediaType: MEDIA_TYPE.manifest,
      digest: digestOf(Buffer.from(`absent ${i}`)),
      size: 1,
    }));
    const files = ociFiles([image], [image.descriptor(), ...absent]);
    await expectLimit(files, "maxManifests", { maxManifests: 20 });
    expect((await analyzeFiles(files, "file", { limits: { maxManifests: 21 } })).sizes.contentBytes).toBe(1);
  });

  test("of a manifest.json", async () => {
    const files = dockerArchiveFiles([image]);
    const [entry] = JSON.parse(String(files.get("manifest.json")));
    files.set("manifest.json", json(Array.from({ length: 21 }, () => entry)));
    for (const transport of ["file", "stdin"] as const) {
      const error = await errorOf(analyzeFiles(files, transport, { limits: { maxManifests: 20 } }));
      expect(error.details["limit"]).toBe("maxManifests");
    }
  });

  test("indexes that fan out: eight levels of ten references to the next are 10^8 manifests", async () => {
    const files = ociFiles([image]);
    for (let level = 0; level < 7; level++) {
      const bytes = files.get("index.json") as Buffer;
      const descriptor = { mediaType: MEDIA_TYPE.index, digest: digestOf(bytes), size: bytes.length };
      files.set(`blobs/${descriptor.digest.replace(":", "/")}`, bytes);
      files.set("index.json", indexOf(Array.from({ length: 10 }, () => descriptor)));
    }
    await expectLimit(files, "maxManifests");
  });

  test("one large blob that an index names ten thousand times is read once", async () => {
    const blob = json({ schemaVersion: 2, artifactType: "junk", padding: "x".repeat(4_000_000) });
    const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(json({})), size: 2 };
    const bytes = json({ ...JSON.parse(String(blob)), config, layers: [] });
    const junk = { mediaType: MEDIA_TYPE.manifest, digest: digestOf(bytes), size: bytes.length };
    const files = ociFiles([image], [image.descriptor(), ...Array.from({ length: 9_000 }, () => junk)]);
    files.set(`blobs/${junk.digest.replace(":", "/")}`, bytes);
    for (const transport of ["file", "stdin", "directory"] as const) {
      const analysis = await bounded(() => analyzeFiles(files, transport));
      expect(analysis.sizes.contentBytes).toBe(1);
    }
  });

  test("one image under ten thousand names", async () => {
    const descriptors = Array.from({ length: 9_000 }, (_, i) => ({
      ...image.descriptor(),
      annotations: { "org.opencontainers.image.ref.name": `app:${i}` },
    }));
    const analysis = await bounded(() => analyzeFiles(ociFiles([image], descriptors), "stdin"));
    expect(analysis.image.reference).toBe("app:0");
    const files = dockerArchiveFiles([image]);
    const [entry] = JSON.parse(String(files.get("manifest.json")));
    const entries = descriptors.map((_, i) => ({ ...entry, RepoTags: [`app:${i}`] }));
    files.set("manifest.json", json(entries));
    expect((await bounded(() => analyzeFiles(files))).image.reference).toBe("app:0");
  });

  test("one large config that manifest.json names ten thousand times is read once", async () => {
    const big = buildImage({
      layers: [{ entries: [file("a", "x")] }],
      history: Array.from({ length: 40_000 }, (_, i) => ({
        created_by: `RUN step ${i} of many more`,
        empty_layer: true,
      })),
    });
    const files = dockerArchiveFiles([big]);
    const [entry] = JSON.parse(String(files.get("manifest.json")));
    files.set("manifest.json", json(Array.from({ length: 9_000 }, () => entry)));
    for (const transport of ["file", "stdin"] as const) {
      expect((await bounded(() => analyzeFiles(files, transport))).sizes.contentBytes).toBe(1);
    }
  });
});

describe("maxCapturedFileBytes", () => {
  test("what is kept of a file ends at the limit, whatever the request asks, and says so", async () => {
    const path = temporaryFile("i.tar", buildImage({ layers: [{ entries: [file("db", 10_000)] }] }).asOciArchive());
    const request = { id: "db", version: 1, names: ["db"], prefixes: [], suffixes: [], magic: [], maxBytes: 2 ** 40 };
    const load = (maxCapturedFileBytes: number) =>
      loadImage(resolveSource(path), { captures: [request], limits: { maxCapturedFileBytes } });
    const [cut] = (await load(100)).layers[0]?.index.captures ?? [];
    expect(cut).toMatchObject({ truncated: true });
    expect(cut?.content.length).toBe(100);
    const [whole] = (await load(10_000)).layers[0]?.index.captures ?? [];
    expect(whole).toMatchObject({ truncated: false });
    expect(whole?.content.length).toBe(10_000);
  });
});

describe("maxCapturedBytes", () => {
  const database = (layer: number) => file("lib/apk/db/installed", `P:a\nV:${layer}\n${"#".repeat(1000)}\n\n`);

  test.each([
    ["one layer", [{ entries: [database(0), file("etc/apk/world", "a".repeat(3000))] }]],
    ["all layers of an image together", [0, 1, 2, 3].map((i) => ({ entries: [database(i)] }))],
  ])("is held by %s", async (_, layers) => {
    const files = ociFiles([buildImage({ layers })]);
    for (const transport of ["file", "stdin"] as const) {
      const error = await errorOf(analyzeFiles(files, transport, { limits: { maxCapturedBytes: 3500 } }));
      expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: "maxCapturedBytes" } });
      await analyzeFiles(files, transport, { limits: { maxCapturedBytes: 5000 } });
    }
  });
});

describe("one layer over and over", () => {
  test("a manifest that names one layer of a thousand files twenty thousand times ends soon", async () => {
    const entries = Array.from({ length: 1000 }, (_, i) => file(`f${i}`, "x"));
    const [layer] = buildImage({ layers: [{ entries }] }).layers as [BuiltLayer];
    const count = 20_000;
    const image = buildImage({
      layers: [{ entries }],
      history: null,
      config: { rootfs: { type: "layers", diff_ids: Array.from({ length: count }, () => layer.diffId) } },
      manifest: {
        layers: Array.from({ length: count }, () => ({
          mediaType: layer.mediaType,
          digest: layer.digest,
          size: layer.blob.length,
        })),
      },
    });
    const error = await bounded(() => errorOf(analyzeBytes(image.asOciArchive())), { megabytes: 500 });
    expect(error.details["limit"]).toBe("maxEntries");
  });
});

test.each([-1, Number.NaN])("a limit of %d is a mistake of the caller", async (maxEntries) => {
  await expect(analyzeFiles(oci({ entries: [] }), "file", { limits: { maxEntries } })).rejects.toThrow(TypeError);
});
