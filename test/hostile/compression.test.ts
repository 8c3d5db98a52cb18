import { execFileSync } from "node:child_process";
import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { analyzeFiles, errorOf } from "../support/analyze-files.ts";
import { bounded } from "../support/bounded.ts";
import { buildImage, digestOf, json, ociFiles } from "../support/image-builder.ts";
import { file, filler, tarBytes } from "../support/tar-bytes.ts";
import { zstdFrame, zstdFrames, zstdSkippable } from "../support/zstd-bytes.ts";

/** A tar of two files (3,223 and 3,000 bytes) as `zstd -19 --check` packs it: entropy-coded, with a checksum. */
const REAL_ZSTD = Buffer.from(
  "KLUv/QRo7RAA5iVPGJC50AGwBVWg43naM7NTKXeSSaZM1f+rkFQAQgBEAKP/9PMxro6YWpvdvPJSrlDR4PTTzst1scuSI0nlU3lcPp3TJS55WBQcCBIHhCJhcNhh4CDgMMNmUAQsEBIMOxjGj80ww2g/g/1tMyAMKBIKAAILRNR38Nt3kssXKneMUD6dzFmukXijc842G87lCdU6TPbTdS7lMok/ajq9fWanbFNdhlQp5QhpGUXGyouy1YSmMg2qjvXpai7k8sV3i0qsjbRiq+xB9RlU8mnHfDZcROKO0oe0eUT3ZdqpWmOMTz8fdlXExOnwhmOrDX6Ueyry+Min9bxm10vsw43PEgrEAoDAAmHg6aJbQiy6DHIs57QyfFXN+qjQnpaslNzYkUSs+SetbI5Rym86zk6aV/tkntex47hx5Ki8U82j2ID7qCFIkjwpSNoNoKUgheYSQHA5BQpCME5t+f9H0hz91TJmPUnTHYBEqwxaGZoE17hFTOab44MnfE0JQeLXVEVutxNRSOqEfAmOU2MPx4UunY2QBl9t+JE3/STm4awXNDb2W9fX+XB8nLv7yRGxLXzhbIxPvr1SOTogtl6bK+16G0t++Ejc2hJ21ELwr3Elp3K7xwIHb20JrKUSWOGk7pVO+5ODcEBuQ4aoAuKUg+Z7JuGNjEe/BOf78i14BQ5/twgnNrGx0NPlx9OtNkD1DwDMDxRANNW/b8CSunD8A0qok6I=",
  "base64",
);
const REAL_DIFF_ID = "sha256:44927f7f52986dc97f177b318c8befeaec32f3087c7804e2a633fe3a0c670400";

const TAR = tarBytes([file("a", filler(3000)), file("b", Buffer.alloc(2000))]);

/** A layer of exactly these bytes, which the manifest declares as they are: only reading them can tell. */
async function layerOf(blob: Uint8Array, diffId = digestOf(TAR)) {
  const image = buildImage({ layers: [{ blob, diffId, mediaType: "application/octet-stream" }] });
  return bounded(() => analyzeFiles(ociFiles([image])));
}

async function codeOf(blob: Uint8Array): Promise<string> {
  return (await errorOf(layerOf(blob))).code;
}

describe("what a layer may be compressed as", () => {
  const half = TAR.length / 2;
  test.each([
    ["plain", TAR],
    ["gzip", gzipSync(TAR)],
    ["gzip without compression", gzipSync(TAR, { level: 0 })],
    ["three gzip members, one of them empty", gzipMembers(TAR.subarray(0, 100), Buffer.alloc(0), TAR.subarray(100))],
    ["gzip with zeros behind it", Buffer.concat([gzipSync(TAR), Buffer.alloc(1000)])],
    ["gzip with a name, a comment and an extra field", gzipWithFields(TAR)],
    ["zstd", zstdFrame(TAR)],
    ["zstd in blocks of 100 bytes", zstdFrame(TAR, 100)],
    ["zstd in frames of 3 bytes", zstdFrames(TAR, Math.ceil(TAR.length / 3))],
    ["zstd with an empty frame", Buffer.concat([zstdFrame(Buffer.alloc(0)), zstdFrame(TAR)])],
    [
      "zstd with skippable frames before, between and after",
      Buffer.concat([
        zstdSkippable(filler(10)),
        zstdFrame(TAR.subarray(0, half)),
        zstdSkippable(filler(300_000), 7),
        zstdFrame(TAR.subarray(half)),
        zstdSkippable(Buffer.alloc(0), 15),
      ]),
    ],
  ])("%s", async (_, blob) => {
    const { sizes } = await layerOf(blob);
    expect(sizes).toMatchObject({ contentBytes: 5000, tarBytes: TAR.length });
  });

  test("zstd as the real program packs it", async () => {
    const { sizes, largestFiles } = await layerOf(REAL_ZSTD, REAL_DIFF_ID);
    expect(sizes).toMatchObject({ contentBytes: 6223, tarBytes: 10_240, blobBytes: 554 });
    expect(largestFiles.map(({ path }) => path)).toEqual(["/etc/words", "/etc/zeros"]);
  });

  test.skipIf(!hasZstd())("zstd as the real program packs larger layers, at every level and with threads", async () => {
    const words = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `${i % 977} words and ${i * i}\n`).join(""));
    const tar = tarBytes([
      file("words", words),
      file("noise", filler(200_000)),
      file("zeros", Buffer.alloc(1_000_000)),
    ]);
    const image = buildImage({ layers: [{ tar }] });
    for (const options of [["-1"], ["-3", "-T2"], ["-19"], ["--long=27", "-5"], ["--no-check"], ["--fast=5"]]) {
      const blob = execFileSync("zstd", ["-c", "-q", ...options], { input: tar, maxBuffer: 2 ** 26 });
      const { sizes } = await layerOf(blob, image.layers[0]?.diffId);
      expect(sizes).toMatchObject({ contentBytes: words.length + 1_200_000, blobBytes: blob.length });
    }
  });
});

function hasZstd(): boolean {
  try {
    execFileSync("zstd", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function gzipMembers(...parts: Uint8Array[]): Buffer {
  return Buffer.concat(parts.map((part) => gzipSync(part)));
}

/** RFC 1952 §2.3: FEXTRA, FNAME and FCOMMENT, as eStargz and some gzip programs write them. */
function gzipWithFields(bytes: Uint8Array): Buffer {
  const trailer = gzipSync(bytes).subarray(-8);
  const head = Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 255]);
  const fields = Buffer.concat([Buffer.from([4, 0]), Buffer.from("SG\0\0"), Buffer.from("name\0comment\0")]);
  return Buffer.concat([head, fields, deflateRawSync(bytes), trailer]);
}

describe("what is damaged", () => {
  const gzipped = gzipSync(TAR);

  test("gzip: the checksum, the length, the method, a byte of the data", async () => {
    for (const [at, bit] of [
      [gzipped.length - 8, 1],
      [gzipped.length - 4, 1],
      [2, 1],
      [400, 255],
    ] as const) {
      const damaged = Buffer.from(gzipped);
      damaged[at] = (damaged[at] as number) ^ bit;
      expect(await codeOf(damaged), `byte ${at}`).toMatch(/^(?:ARCHIVE_MALFORMED|DIGEST_MISMATCH)$/);
    }
  });

  test.each([
    ["gzip", gzipped],
    ["gzip members", gzipMembers(TAR.subarray(0, 2048), TAR.subarray(2048))],
    ["zstd", zstdFrame(TAR, 700)],
    ["zstd frames", zstdFrames(TAR, 4)],
  ])("%s cut short anywhere is never a smaller layer", async (_, blob) => {
    for (let at = 4; at < blob.length; at += 97) {
      expect(await codeOf(blob.subarray(0, at)), `cut after ${at}`).toMatch(/^(?:ARCHIVE_|DIGEST_MISMATCH)/);
    }
    expect(await codeOf(blob.subarray(0, -1))).toMatch(/^(?:ARCHIVE_|DIGEST_MISMATCH)/);
  });

  test("zstd cut short, entropy-coded", async () => {
    for (let at = 5; at < REAL_ZSTD.length; at += 61) {
      const code = (await errorOf(layerOf(REAL_ZSTD.subarray(0, at), REAL_DIFF_ID))).code;
      expect(code, `cut after ${at}`).toBe("ARCHIVE_TRUNCATED");
    }
  });

  test.each([
    ["something behind gzip", Buffer.concat([gzipped, Buffer.from("trailing garbage")])],
    ["half a member behind gzip", Buffer.concat([gzipped, gzipSync(TAR).subarray(0, 20)])],
    ["something behind zeros behind gzip", Buffer.concat([gzipped, Buffer.alloc(512), Buffer.from("garbage")])],
    ["something behind zstd", Buffer.concat([zstdFrame(TAR), Buffer.from("trailing garbage")])],
    ["gzip behind zstd", Buffer.concat([zstdFrame(TAR), gzipped])],
    ["zstd behind gzip", Buffer.concat([gzipped, zstdFrame(TAR)])],
  ])("%s", async (_, blob) => {
    expect(await codeOf(blob)).toMatch(/^ARCHIVE_/);
  });

  test("zstd with a block of the reserved type", async () => {
    const blob = Buffer.concat([zstdFrame(TAR).subarray(0, 6), Buffer.from([0b0000_0111, 0, 0])]);
    expect(await codeOf(blob)).toMatch(/^ARCHIVE_/);
  });

  test("zstd blocks that claim more than a block may hold", async () => {
    const huge = Buffer.alloc(3);
    huge.writeUIntLE(((2 ** 21 - 1) << 3) | 2 | 1, 0, 3);
    const blob = Buffer.concat([zstdFrame(TAR).subarray(0, 6), huge, Buffer.alloc(1)]);
    expect(await codeOf(blob)).toMatch(/^(?:ARCHIVE_|DIGEST_MISMATCH)/);
  });
});

describe("what cannot be read", () => {
  const zstdHeader = (descriptor: number, ...rest: number[]): Buffer =>
    Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...rest]), Buffer.alloc(600)]);

  test.each([
    ["xz", Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), filler(2000)])],
    ["bzip2", Buffer.concat([Buffer.from("BZh9"), filler(2000)])],
    ["squashfs", Buffer.concat([Buffer.from("hsqs"), filler(2000)])],
    ["erofs", Buffer.concat([filler(1024), Buffer.from([0xe2, 0xe1, 0xf5, 0xe0]), filler(2000)])],
    ["zstd with a dictionary", zstdHeader(0b01, 0x38, 7)],
    ["zstd with a window of 2 GiB", zstdHeader(0, (31 - 10) << 3)],
    ["zstd with a single segment of 2^40 bytes", zstdHeader(0b1110_0000, 0, 0, 0, 0, 0, 1, 0, 0)],
  ])("%s", async (_, blob) => {
    expect(await codeOf(blob)).toBe("UNSUPPORTED_COMPRESSION");
  });

  test.each([
    ["JSON", json({ not: "a layer", padding: "x".repeat(1000) })],
    ["noise", filler(5000)],
    ["text", Buffer.from("hello ".repeat(300))],
    ["a byte", Buffer.from("x")],
    ["an image index", json({ schemaVersion: 2, manifests: [] })],
  ])("%s instead of a layer", async (_, blob) => {
    for (const transport of ["file", "stdin", "directory"] as const) {
      const image = buildImage({ layers: [{ blob, diffId: digestOf(TAR) }] });
      const error = await errorOf(analyzeFiles(ociFiles([image]), transport));
      expect(error.code, transport).toMatch(/^(?:ARCHIVE_MALFORMED|LAYER_MISSING)$/);
    }
  });

  test("an encrypted layer", async () => {
    const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted";
    const image = buildImage({ layers: [{ blob: filler(5000), diffId: digestOf(TAR), mediaType }] });
    const error = await errorOf(analyzeFiles(ociFiles([image])));
    expect(error.code).toBe("UNSUPPORTED_MEDIA_TYPE");
    expect(error.message).toContain("encrypted");
  });
});
