import { describe, expect, test } from "vitest";
import { analyzeBytes, analyzeFiles, errorOf, temporaryFile } from "../support/analyze-files.ts";
import { bounded } from "../support/bounded.ts";
import {
  buildImage,
  type Content,
  digestOf,
  dockerArchiveFiles,
  type Files,
  indexOf,
  json,
  MEDIA_TYPE,
  ociFiles,
  packFiles,
} from "../support/image-builder.ts";
import { bytesOf, dir, file, hardlink, symlink, tarBytes } from "../support/tar-bytes.ts";

const image = buildImage({ layers: [{ entries: [file("a", 100)] }], names: ["app:1"] });
const tar = image.layers[0]?.tar ?? Buffer.alloc(0);

function dockerWith(entry: object, more: Files = new Map()): Files {
  const files: Files = new Map([
    ["config.json", image.config],
    ["l/layer.tar", tar],
    ...more,
    ["manifest.json", json([{ Config: "config.json", RepoTags: ["app:1"], Layers: ["l/layer.tar"], ...entry }])],
  ]);
  return files;
}

async function codesOf(files: Files): Promise<string[]> {
  const codes = new Set<string>();
  for (const transport of ["file", "stdin", "file.gz"] as const) {
    codes.add((await bounded(() => errorOf(analyzeFiles(files, transport)))).code);
  }
  return [...codes];
}

describe("a manifest.json", () => {
  test.each([
    ["whose layer is not there", { Layers: ["x/layer.tar"] }, "LAYER_MISSING"],
    ["whose layer is out of the archive", { Layers: ["../../../../etc/passwd"] }, "LAYER_MISSING"],
    ["whose layer is a path of the machine", { Layers: ["/etc/passwd"] }, "LAYER_MISSING"],
    ["whose layer is a number", { Layers: [1] }, "ARCHIVE_MALFORMED"],
    ["whose layers are no list", { Layers: "l/layer.tar" }, "ARCHIVE_MALFORMED"],
    ["whose layers are an object", { Layers: { length: 1 } }, "ARCHIVE_MALFORMED"],
    ["without layers", { Layers: null }, "ARCHIVE_MALFORMED"],
    ["with a layer twice", { Layers: ["l/layer.tar", "l/layer.tar"] }, "ARCHIVE_MALFORMED"],
    ["without a config", { Config: null }, "ARCHIVE_MALFORMED"],
    ["whose config is not there", { Config: "other.json" }, "LAYER_MISSING"],
    ["whose config is out of the archive", { Config: "../../etc/passwd" }, "LAYER_MISSING"],
    ["whose tags are no list", { RepoTags: "app:1" }, "ARCHIVE_MALFORMED"],
  ])("%s", async (_, entry, code) => {
    expect(await codesOf(dockerWith(entry))).toEqual([code]);
  });

  test("whose config is the layer", async () => {
    for (const code of await codesOf(dockerWith({ Config: "l/layer.tar" }))) {
      expect(code).toMatch(/^(?:ARCHIVE_MALFORMED|LAYER_MISSING)$/);
    }
  });

  test("whose layer is the config", async () => {
    for (const code of await codesOf(dockerWith({ Layers: ["config.json"] }))) {
      expect(code).toMatch(/^(?:ARCHIVE_MALFORMED|LAYER_MISSING)$/);
    }
  });

  test("with tags that are odd: they are names at most", async () => {
    const tags = [null, 1, "", "__proto__", "app:1", "x".repeat(5000)];
    const { sizes } = await analyzeFiles(dockerWith({ RepoTags: tags }));
    expect(sizes.contentBytes).toBe(100);
  });

  test("with the keys of object prototypes", async () => {
    const text = String(json([{ Config: "config.json", RepoTags: null, Layers: ["l/layer.tar"] }]));
    const hostile = text.replace(
      "{",
      '{"__proto__":{"Layers":[],"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    );
    const { sizes } = await analyzeFiles(dockerWith({}).set("manifest.json", Buffer.from(hostile)));
    expect(sizes.contentBytes).toBe(100);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    // Only what stands there itself counts, not what a prototype would lend.
    const lent = '[{"__proto__":{"Config":"config.json","Layers":["l/layer.tar"]}}]';
    expect(await codesOf(dockerWith({}).set("manifest.json", Buffer.from(lent)))).toEqual(["ARCHIVE_MALFORMED"]);
  });

  const TEXTS: [string, string | Uint8Array][] = [
    ["lists nested a hundred thousand deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["objects nested a hundred thousand deep", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["text that is not UTF-8", Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d])],
    ["a byte order mark", "\ufeff[]"],
    ["two values", "[] []"],
    ["a number", "1e999"],
  ];
  test.each(TEXTS)("of %s", async (_, text) => {
    const codes = await codesOf(dockerWith({}).set("manifest.json", bytesOf(text)));
    for (const code of codes) expect(code).toMatch(/^(?:ARCHIVE_MALFORMED|NOT_AN_IMAGE)$/);
  });
});

describe("links between the files of an archive", () => {
  const layerAt = (link: string, more: [string, { link: string }][] = []): Files =>
    new Map<string, Content>([
      ["config.json", image.config],
      ["real/layer.tar", tar],
      ["l/layer.tar", { link }],
      ...more,
      ["manifest.json", json([{ Config: "config.json", RepoTags: null, Layers: ["l/layer.tar"] }])],
    ]);

  test.each(["../real/layer.tar", "../../../real/layer.tar", "/real/layer.tar", ".././l/../real/layer.tar"])(
    "%s stays inside",
    async (link) => {
      for (const transport of ["file", "stdin", "file.gz"] as const) {
        expect((await analyzeFiles(layerAt(link), transport)).sizes.contentBytes).toBe(100);
      }
    },
  );

  test.each(["layer.tar", "../l/layer.tar", "../../etc/passwd", "/etc/passwd", "../real", "", "."])(
    "%j leads nowhere",
    async (link) => {
      expect(await codesOf(layerAt(link))).toEqual(["LAYER_MISSING"]);
    },
  );

  test("circles of two and chains of a hundred", async () => {
    expect(await codesOf(layerAt("../m/x", [["m/x", { link: "../l/layer.tar" }]]))).toEqual(["LAYER_MISSING"]);
    const chain = Array.from({ length: 100 }, (_, i): [string, { link: string }] => [`c/${i}`, { link: `${i + 1}` }]);
    expect(await codesOf(layerAt("../c/0", chain))).toEqual(["LAYER_MISSING"]);
  });

  test("hard links count from the root of the archive", async () => {
    const archive = tarBytes([
      file("config.json", image.config),
      file("real/layer.tar", tar),
      hardlink("l/layer.tar", "real/layer.tar"),
      file("manifest.json", json([{ Config: "config.json", RepoTags: null, Layers: ["l/layer.tar"] }])),
    ]);
    for (const transport of ["file", "stdin"] as const) {
      expect((await analyzeBytes(archive, transport)).sizes.contentBytes).toBe(100);
    }
  });

  test("the last of two files of one name is the one that counts, as it is when unpacked", async () => {
    const other = buildImage({ layers: [{ entries: [file("a", 7)] }] });
    const manifest = (layer: string) => json([{ Config: "config.json", RepoTags: null, Layers: [layer] }]);
    const archive = tarBytes([
      file("config.json", other.config),
      file("l/layer.tar", other.layers[0]?.tar ?? ""),
      file("manifest.json", manifest("l/layer.tar")),
      file("./config.json", image.config),
      file("l//layer.tar", tar),
    ]);
    for (const transport of ["file", "stdin", "file.gz"] as const) {
      expect((await analyzeBytes(archive, transport)).sizes.contentBytes).toBe(100);
    }
  });

  test("a directory, a device or a symlink where manifest.json should be", async () => {
    for (const entry of [
      dir("manifest.json"),
      { name: "manifest.json", type: "fifo" },
      symlink("manifest.json", "/etc/passwd"),
    ]) {
      const error = await errorOf(analyzeBytes(tarBytes([entry, file("l/layer.tar", tar)])));
      expect(error.code).toBe("NOT_AN_IMAGE");
    }
  });
});

describe("an index", () => {
  test("nested nine deep", async () => {
    const files = ociFiles([image]);
    for (let depth = 0; depth < 10; depth++) {
      const bytes = files.get("index.json") as Buffer;
      const descriptor = { mediaType: MEDIA_TYPE.index, digest: digestOf(bytes), size: bytes.length };
      files.set(`blobs/${descriptor.digest.replace(":", "/")}`, bytes).set("index.json", indexOf([descriptor]));
    }
    expect(await codesOf(files)).toEqual(["ARCHIVE_MALFORMED"]);
  });

  test("that names itself cannot: its digest would have to be in its own bytes", async () => {
    const digest = digestOf(Buffer.from("itself"));
    const bytes = indexOf([{ mediaType: MEDIA_TYPE.index, digest, size: 300 }]);
    const files = ociFiles([image], [{ mediaType: MEDIA_TYPE.index, digest, size: bytes.length }]);
    files.set(`blobs/${digest.replace(":", "/")}`, bytes);
    expect(await codesOf(files)).toEqual(["DIGEST_MISMATCH"]);
  });

  test.each([
    ["whose manifests are no list", json({ schemaVersion: 2, manifests: {} })],
    ["of descriptors that are none", json({ schemaVersion: 2, manifests: [1, null] })],
    ["of a digest that leaves the layout", indexOf([{ mediaType: "", digest: "sha256:../../../etc/passwd", size: 1 }])],
    [
      "of a digest of no known algorithm",
      indexOf([{ mediaType: "", digest: "md5:d41d8cd98f00b204e9800998ecf8427e", size: 1 }]),
    ],
    ["of a negative size", indexOf([{ ...image.descriptor(), size: -1 }])],
  ])("%s", async (_, bytes) => {
    expect(await codesOf(ociFiles([image]).set("index.json", bytes))).toEqual(["ARCHIVE_MALFORMED"]);
  });
});

describe("a config", () => {
  test.each([
    ["null", null],
    ["no list", { 0: {} }],
    ["a list of nothing useful", [null, 1, "x", [], { created_by: 5, empty_layer: "yes" }]],
    ["ten thousand entries", Array.from({ length: 10_000 }, () => ({ created_by: "RUN x", empty_layer: true }))],
  ])("with a history that is %s", async (_, history) => {
    const odd = buildImage({ layers: [{ entries: [file("a", 100)] }], config: { history } });
    const outcome = await bounded(() => analyzeFiles(dockerArchiveFiles([odd])).catch((error: unknown) => error));
    // Instructions may be unknown; bytes are not, unless it is refused as a whole.
    expect(outcome).toMatchObject(
      outcome instanceof Error ? { code: "ARCHIVE_MALFORMED" } : { sizes: { contentBytes: 100 } },
    );
  });

  test("of odd platforms, labels and dates", async () => {
    const odd = buildImage({
      layers: [{ entries: [file("a", 100, { mtime: 2 ** 33 }), file("b", 1, { mtime: -1 })] }],
      config: {
        os: 5,
        architecture: null,
        created: "the day before yesterday",
        config: { Labels: { __proto__: "x", a: 1, b: "y" }, Cmd: 7, Env: "PATH" },
      },
    });
    const { sizes, image: described } = await analyzeFiles(dockerArchiveFiles([odd]));
    expect(sizes.contentBytes).toBe(101);
    expect(described.platform).toBeNull();
  });

  test("of an image without layers", async () => {
    const empty = buildImage({ layers: [], names: ["empty:1"] });
    for (const files of [dockerArchiveFiles([empty]), ociFiles([empty])]) {
      for (const transport of ["file", "stdin"] as const) {
        const { sizes, efficiency, layers } = await analyzeFiles(files, transport);
        expect(sizes).toEqual({ contentBytes: 0, tarBytes: 0, blobBytes: 0, rootfsBytes: 0 });
        expect([efficiency, layers]).toEqual([1, []]);
      }
    }
  });
});

test("nothing is ever written to disk from an image, nor read from beside it", async () => {
  const { readdirSync } = await import("node:fs");
  const { dirname } = await import("node:path");
  const hostile = buildImage({
    layers: [
      {
        entries: [file("../escaped", "x"), file("/tmp/escaped", "x"), symlink("etc", "/etc"), file("etc/escaped", "x")],
      },
    ],
  });
  const path = temporaryFile("i.tar", packFiles(dockerArchiveFiles([hostile])));
  const { analyzeImage } = await import("../../packages/core/src/index.ts");
  expect((await analyzeImage(path)).sizes.contentBytes).toBe(3);
  expect(readdirSync(dirname(path))).toEqual(["i.tar"]);
});
