import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { Analysis } from "../../packages/core/src/finding/analysis.ts";
import { analyzeImage } from "../../packages/core/src/index.ts";
import { analyzeBytes, inChunks, ledgerOf, temporaryFile } from "../support/analyze-files.ts";
import { buildImage, dockerArchiveFiles, packFiles } from "../support/image-builder.ts";
import { dir, file, filler } from "../support/tar-bytes.ts";
import { zstdFrame } from "../support/zstd-bytes.ts";
import { image, SOURCES } from "./every-source.ts";
import { EXPECTED } from "./reference-image.ts";

const blobBytes = image.layers.map(({ blob }) => blob.length);
const blobTotal = blobBytes.reduce((sum, bytes) => sum + bytes, 0);

describe.each(SOURCES)("$name", (source) => {
  let analysis: Analysis;
  beforeAll(async () => {
    const [argument, options] = source.open();
    analysis = await analyzeImage(argument, options);
  });

  test("gives the ledger worked out by hand", () => {
    expect(analysis.sizes).toMatchObject({
      contentBytes: EXPECTED.contentBytes,
      rootfsBytes: EXPECTED.rootfsBytes,
      tarBytes: EXPECTED.tarBytes,
    });
    expect(analysis.waste).toEqual(EXPECTED.waste);
    expect(analysis.layers).toMatchObject(EXPECTED.layers);
    expect(analysis.wasted).toEqual(EXPECTED.wasted);
    expect(analysis.groups.directory.slice(0, 4)).toMatchObject(EXPECTED.directories);
    expect(analysis.efficiency).toBe(EXPECTED.rootfsBytes / EXPECTED.contentBytes);
    expect(analysis.warnings).toEqual([]);
  });

  test("knows what the layers are and that they are what the image declares", () => {
    expect(analysis.source).toEqual({ kind: source.kind, verified: "blob" });
    expect(analysis.layers.map(({ diffId }) => diffId)).toEqual(image.layers.map(({ diffId }) => diffId));
    expect(analysis.layers.every(({ verified }) => verified === "blob")).toBe(true);
    expect(analysis.layers.map(({ instruction }) => instruction)).toEqual([
      "COPY rootfs /",
      "RUN chmod 600 /etc/config",
      "RUN rm -rf /var/cache",
      "RUN rm -rf /app && make-new",
      "RUN chmod 600 /etc/config",
    ]);
    expect(analysis.image).toMatchObject({
      configDigest: image.configDigest,
      platform: { os: "linux", architecture: "amd64", variant: null },
    });
  });

  test(source.compressed ? "knows what a pull transfers" : "does not guess what a pull transfers", () => {
    const known = source.compressed;
    expect(analysis.sizes.blobBytes).toBe(known ? blobTotal : null);
    expect(analysis.layers.map((layer) => layer.blobBytes)).toEqual(known ? blobBytes : [null, null, null, null, null]);
    for (const rows of [analysis.groups.layer, analysis.groups.instruction, analysis.groups.directory]) {
      const values = rows.map((row) => row.blobBytes);
      if (known) expect(values.reduce<number>((sum, bytes) => sum + (bytes ?? Number.NaN), 0)).toBe(blobTotal);
      else expect(new Set(values)).toEqual(new Set([null]));
    }
  });
});

test("every source gives the same rows, and every source with blobs the same shares of them", async () => {
  const all = await Promise.all(SOURCES.map(async (source) => analyzeImage(...source.open())));
  const [first] = all;
  for (const analysis of all) expect(ledgerOf(analysis)).toEqual(ledgerOf(first as Analysis));
  const compressed = all.filter(({ sizes }) => sizes.blobBytes !== null);
  expect(compressed.length).toBe(SOURCES.filter((source) => source.compressed).length);
  for (const { groups } of compressed) expect(groups).toEqual(compressed[0]?.groups);
});

describe("a root file system", () => {
  const rootfs = buildImage({
    layers: [{ entries: [dir("etc"), file("etc/a", filler(700)), file("b", "1234"), file("b", "12345")] }],
  }).asRootfsTar();

  test.each(["file", "file.gz", "file.zst", "stdin", "stdin.gz", "stdin.zst"] as const)(
    "tar: %s",
    async (transport) => {
      const analysis = await analyzeBytes(rootfs, transport, {}, "tar:");
      expect(analysis.sizes).toEqual({
        contentBytes: 709,
        rootfsBytes: 705,
        tarBytes: 4 * 512 + 1024 + 512 + 512 + 1024,
        blobBytes: null,
      });
      expect(analysis.waste).toMatchObject({ bytes: 4, duplicateEntryBytes: 4 });
      expect(analysis.source).toEqual({ kind: "tar", verified: "none" });
      expect(analysis.image).toEqual({ reference: null, digest: null, configDigest: null, platform: null });
      expect(analysis.layers).toHaveLength(1);
    },
  );

  test.each(["file", "file.gz", "file.zst"] as const)("is recognised without a prefix: %s", async (transport) => {
    const analysis = await analyzeBytes(rootfs, transport);
    expect(analysis.source.kind).toBe("tar");
    expect(analysis.sizes.contentBytes).toBe(709);
  });
});

describe("chunks of stdin", () => {
  const small = buildImage({
    layers: [
      { entries: [file("a", filler(3000)), file("b", filler(600, 2))], compression: "gzip" },
      { entries: [file("c", filler(1000, 3))], compression: "zstd-skippable" },
    ],
  });
  test.each([1, 2, 511, 512, 513, 65_536, 10_000_000])("of %d bytes", async (size) => {
    const whole = await analyzeImage(temporaryFile("image.tar", small.asOciArchive()));
    const chunked = await analyzeImage("-", { stdin: inChunks(small.asOciArchive(), size) });
    expect(chunked).toEqual(whole);
    const packed = gzipSync(small.asOciArchive());
    expect(await analyzeImage("-", { stdin: inChunks(packed, size) })).toEqual(whole);
  });

  test("of every length in turn, empty ones included", async () => {
    async function* odd(): AsyncGenerator<Uint8Array, void, undefined> {
      const bytes = small.asOciArchive();
      for (let at = 0, size = 0; at < bytes.length; at += size, size = (size + 7) % 1300) {
        yield bytes.subarray(at, at + size);
      }
    }
    const whole = await analyzeImage(temporaryFile("image.tar", small.asOciArchive()));
    expect(await analyzeImage("-", { stdin: odd() })).toEqual(whole);
  });
});

describe("blob shares", () => {
  test("of a zstd blob, by hand", async () => {
    const entries = [file("one/a", filler(512)), file("two/b", filler(1024, 2))];
    const { tar } = buildImage({ layers: [{ entries }] }).layers[0] as { tar: Buffer };
    // Blocks of 1,024 bytes: a; the header and half of b; its other half and 512 zeros; 512 zeros as one byte.
    const one = buildImage({ layers: [{ entries, compression: "zstd", blob: zstdFrame(tar, 1024) }] });
    const { groups, sizes } = await analyzeImage("-", { stdin: inChunks(one.asOciArchive(), 100) });
    expect(sizes.blobBytes).toBe(6 + 3 * 1027 + 4);
    // The third block's 1,027: 513 to b, 513 to the end, the odd one to b.
    expect(Object.fromEntries(groups.directory.map(({ key, blobBytes: bytes }) => [key, bytes]))).toEqual({
      "/one": 6 + 1027,
      "/two": 1027 + 514,
      "[format overhead]": 513 + 4,
    });
  });

  test("of a gzip blob are counted in steps of 256 KiB of input from its first byte", async () => {
    // Stored blocks only: what is compressed grows by the same few bytes everywhere.
    const entries = [file("one/a", filler(300_000)), file("two/b", filler(300_000, 2))];
    const stored = buildImage({ layers: [{ entries }] });
    const { tar } = stored.layers[0] as { tar: Buffer };
    const blob = gzipSync(tar, { level: 0 });
    const one = buildImage({ layers: [{ entries, blob }] });
    const fromFile = await analyzeImage(temporaryFile("image.tar", one.asOciArchive()));
    for (const size of [4096, 100_003, 1_000_000]) {
      const chunked = await analyzeImage("-", { stdin: inChunks(one.asOciArchive(), size) });
      expect(chunked.groups).toEqual(fromFile.groups);
    }
    const shares = fromFile.groups.directory.map((row) => row.blobBytes as number);
    expect(shares.reduce((sum, bytes) => sum + bytes, 0)).toBe(blob.length);
    // Both files have the same tar bytes, so their shares differ by less than the end of the tar and the trailer.
    expect(Math.abs((shares[0] as number) - (shares[1] as number))).toBeLessThan(1500);
  });
});

describe("a layer that stands twice in an image", () => {
  test("is stored once and counts twice", async () => {
    const files = dockerArchiveFiles([image], "classic");
    expect([...files.values()].filter((content) => "link" in content)).toHaveLength(1);
    const analysis = await analyzeImage(temporaryFile("image.tar", packFiles(files)));
    expect(analysis.layers[1]?.diffId).toBe(analysis.layers[4]?.diffId);
    expect(analysis.groups.layer.map(({ contentBytes }) => contentBytes)).toEqual([307_110, 6100, 40, 77, 6100]);
  });
});

test("a path relative to cwd, and one that only its suffix gives away", async () => {
  const path = temporaryFile("image.tar", image.asOciArchive());
  const analysis = await analyzeImage("image.tar", { cwd: join(path, "..") });
  expect(analysis.sizes.contentBytes).toBe(EXPECTED.contentBytes);
});
