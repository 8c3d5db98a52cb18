import { analyzeImage } from "@imgweigh/core";
import { describe, expect, test } from "vitest";
import { analyzeBytes, analyzeFiles, errorOf, temporaryDirectory, temporaryFile } from "../support/analyze-files.ts";
import { buildImage, DOCKER_DIALECTS, dockerArchiveFiles, ociFiles } from "../support/image-builder.ts";
import { dir, file, hardlink, tarBytes } from "../support/tar-bytes.ts";
import { EXPECTED, REFERENCE_LAYERS } from "./reference-image.ts";

const image = buildImage({ layers: REFERENCE_LAYERS, names: ["app:1"] });

describe("verify: false", () => {
  const LOCAL: [string, () => string][] = [
    ...DOCKER_DIALECTS.map((dialect): [string, () => string] => [
      dialect,
      () => temporaryFile("i.tar", image.asDockerArchive(dialect)),
    ]),
    ["OCI archive", () => temporaryFile("i.tar", image.asOciArchive())],
    ["OCI layout", () => image.writeOciLayout(temporaryDirectory())],
    ["skopeo's dir", () => image.writeSkopeoDirectory(temporaryDirectory())],
  ];

  test.each(LOCAL)("%s: the same sizes, and null where contents would have to be read", async (_, path) => {
    const analysis = await analyzeImage(path(), { verify: false });
    expect(analysis.sizes).toMatchObject({
      contentBytes: EXPECTED.contentBytes,
      rootfsBytes: EXPECTED.rootfsBytes,
      tarBytes: EXPECTED.tarBytes,
    });
    expect(analysis.waste).toEqual({ ...EXPECTED.waste, overwrittenBytes: null, metadataOnlyBytes: null });
    expect(analysis.layers).toMatchObject(EXPECTED.layers);
    expect(analysis.source.verified).toBe("none");
    expect(analysis.warnings.map(({ code, layer }) => [code, layer])).toEqual([["not-verified", null]]);
    // Lengths differ where content was changed to another length; where they are equal, nobody looked.
    const fates = Object.fromEntries(analysis.wasted.map(({ path: at, fate, addedIn }) => [`${addedIn} ${at}`, fate]));
    expect(fates["0 /etc/config"]).toBeNull();
    expect(fates["0 /etc/version"]).toBeNull();
    expect(fates["0 /var/cache/index"]).toBe("deleted");
  });

  test("digests stay those that the image declares", async () => {
    const analysis = await analyzeImage(temporaryFile("i.tar", image.asOciArchive()), { verify: false });
    expect(analysis.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
    expect(analysis.layers.map(({ digest }) => digest)).toEqual(image.layers.map(({ digest }) => digest));
    expect(analysis.sizes.blobBytes).toBe(image.layers.reduce((sum, { blob }) => sum + blob.length, 0));
  });

  test("a stream is read and verified all the same: there is nothing to skip", async () => {
    for (const transport of ["stdin", "file.gz"] as const) {
      const analysis = await analyzeBytes(image.asDockerArchive(), transport, { verify: false });
      expect(analysis.source.verified).toBe("blob");
      expect(analysis.waste).toEqual(EXPECTED.waste);
    }
  });

  test("changed contents go unseen, which is what was asked for", async () => {
    const bytes = image.asDockerArchive();
    const at = bytes.indexOf("version 01");
    bytes.write("VERSION", at);
    expect((await errorOf(analyzeBytes(bytes))).code).toBe("DIGEST_MISMATCH");
    const skipped = await analyzeBytes(bytes, "file", { verify: false });
    expect(skipped.sizes.contentBytes).toBe(EXPECTED.contentBytes);
    expect((await errorOf(analyzeBytes(bytes, "file", { verify: false, strict: true }))).code).toBe("WARNING_AS_ERROR");
  });
});

describe("strict", () => {
  test("an image without a fault passes", async () => {
    const analysis = await analyzeBytes(image.asDockerArchive(), "file", { strict: true });
    expect(analysis.warnings).toEqual([]);
  });

  const FAULTS: [string, Parameters<typeof buildImage>[0]][] = [
    ["aufs-metadata", { layers: [{ entries: [file(".wh..wh.aufs", "x")] }] }],
    ["dangling-hardlink", { layers: [{ entries: [hardlink("a", "absent")] }] }],
    ["history-mismatch", { layers: [{ entries: [file("a", "x")] }], history: [{}, {}, {}] }],
    ["implied-directory-over-file", { layers: [{ entries: [file("a", "x"), file("a/b", "y")] }] }],
    ["invalid-whiteout", { layers: [{ entries: [file("a/.wh.", "")] }] }],
    ["lone-zero-block", { layers: [{ entries: [file("a", "x"), new Uint8Array(512), file("b", "y")] }] }],
    ["path-traversal", { layers: [{ entries: [file("../../etc/passwd", "x")] }] }],
    ["unterminated-tar", { layers: [{ entries: [file("a", "x")], end: { endBlocks: 0 } }] }],
    [
      "media-type-mismatch",
      { layers: [{ entries: [file("a", "x")], mediaType: "application/vnd.oci.image.layer.v1.tar+zstd" }] },
    ],
    ["symlink-loop", { layers: [{ entries: [{ name: "a", type: "symlink", link: "a" }, file("a/b", "x")] }] }],
  ];

  test.each(FAULTS)("%s is a warning, and an error where it is asked for", async (code, spec) => {
    const files = ociFiles([buildImage(spec)]);
    for (const transport of ["file", "stdin", "directory"] as const) {
      const { warnings } = await analyzeFiles(files, transport);
      expect(warnings.map((warning) => warning.code)).toEqual([code]);
      const error = await errorOf(analyzeFiles(files, transport, { strict: true }));
      expect(error.code).toBe("WARNING_AS_ERROR");
      expect(error.details).toEqual({ warning: code });
      expect(error.message).toContain(code);
    }
  });

  test("a plain docker-archive says nothing of media types, so none can be wrong", async () => {
    const spec = { entries: [file("a", "x")], mediaType: "application/vnd.oci.image.layer.v1.tar+zstd" };
    const files = dockerArchiveFiles([buildImage({ layers: [spec] })], "kaniko");
    expect((await analyzeFiles(files, "file", { strict: true })).warnings).toEqual([]);
  });

  test("a thousand faults of a kind in one layer are one row", async () => {
    const entries = Array.from({ length: 1000 }, (_, i) => hardlink(`link${i}`, "absent"));
    const traversals = Array.from({ length: 1000 }, (_, i) => file(`../f${i}`, "x"));
    const { warnings } = await analyzeFiles(
      ociFiles([buildImage({ layers: [{ entries: [...entries, ...traversals] }] })]),
    );
    expect(warnings.map(({ code, layer, path }) => [code, layer, path])).toEqual([
      ["path-traversal", 0, "/f0"],
      ["dangling-hardlink", 0, "/link0"],
    ]);
    expect(warnings[0]?.message).toContain("1000 times");
  });
});

describe("concurrency", () => {
  const layers = Array.from({ length: 12 }, (_, i) => ({
    entries: [dir(`d${i}`), file(`d${i}/f`, i * 1000), file("same", "x".repeat(i))],
  }));
  const many = buildImage({ layers });

  test.each([1, 2, 7, 100])("%d layers at once give the same result", async (concurrency) => {
    const path = temporaryFile("i.tar", many.asOciArchive());
    const one = await analyzeImage(path, { concurrency: 1 });
    expect(await analyzeImage(path, { concurrency })).toEqual(one);
    expect(one.sizes.contentBytes).toBe(66_000 + 66);
    expect(one.sizes.rootfsBytes).toBe(66_000 + 11);
  });

  test("the first damaged layer ends it, and nothing is left reading", async () => {
    const files = ociFiles([many]);
    for (const name of files.keys())
      if (name.includes(many.layers[5]?.digest.slice(7) ?? "-")) files.set(name, tarBytes([]));
    for (const concurrency of [1, 4]) {
      expect((await errorOf(analyzeFiles(files, "file", { concurrency }))).code).toBe("DIGEST_MISMATCH");
    }
  });
});
