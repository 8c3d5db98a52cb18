import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decompress, decompressed } from "../../../packages/core/src/archive/decompress.ts";
import { LIMITS, limitFlag, limitsFrom, RATIO_GRACE_BYTES } from "../../../packages/core/src/archive/limits.ts";
import { sniff } from "../../../packages/core/src/archive/sniff.ts";
import { compress } from "../../support/image-builder.ts";
import { chunked, collect, Recorder, Source } from "../../support/streams.ts";
import { file, filler, tarBytes } from "../../support/tar-bytes.ts";
import { zstdBomb, zstdSkippable } from "../../support/zstd-bytes.ts";

const LIMITS_SET = limitsFrom();
const CONTENT = Buffer.concat([filler(900_000), Buffer.alloc(2_000_000), filler(300_000, 2)]);
const COMPRESSIONS = ["none", "gzip", "gzip-members", "zstd", "zstd-frames", "zstd-skippable"] as const;

function claimed(compression: (typeof COMPRESSIONS)[number]): "none" | "gzip" | "zstd" {
  return compression.startsWith("gzip") ? "gzip" : compression.startsWith("zstd") ? "zstd" : "none";
}

describe.each(COMPRESSIONS)("a stream of %s", (compression) => {
  const blob = compress(CONTENT, compression);
  const inflated = (source: Source) => decompressed(source, claimed(compression), LIMITS_SET, "it");

  it.each([100, 65_536, 10_000_000])("is inflated from chunks of %d", async (chunkBytes) => {
    expect((await collect(inflated(chunked(blob, chunkBytes)))).equals(CONTENT)).toBe(true);
  });

  it("takes no more input than it has given output for", async () => {
    const source = new Source(blob, 4096);
    const stream = inflated(source);
    await stream.next();
    const taken = source.taken;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(source.taken).toBe(taken);
    // One step of gzip, one block of zstd, and the chunks that these end in.
    expect(taken).toBeLessThanOrEqual(2 ** 18 + 2 * 4096 + 300_100);
    await stream.return();
  });

  it("releases the input when it is left", async () => {
    const source = new Source(blob, 4096);
    for await (const _ of inflated(source)) break;
    expect(source.released).toBe(true);
    expect(source.taken).toBeLessThan(blob.length);
  });

  it("throws what the input throws, after what came before it", async () => {
    const failure = new Error("unplugged");
    await expect(collect(inflated(new Source(blob.subarray(0, 500_000), 4096, failure)))).rejects.toBe(failure);
  });

  it("can be ended before it began", async () => {
    const source = new Source(blob, 4096);
    await inflated(source).return();
    expect(source.taken).toBe(0);
  });
});

describe("bombs", () => {
  it.each([
    ["gzip", gzipSync(Buffer.alloc(200 * 2 ** 20))],
    ["zstd", zstdBomb(1600)],
  ] as const)("of %s end early", async (compression, blob) => {
    const sink = new Recorder();
    let produced = 0;
    const counting = {
      output: (bytes: Uint8Array) => {
        produced += bytes.length;
      },
      step: () => {},
    };
    await expect(
      decompress(chunked(blob), compression, counting, limitsFrom({ maxInflateRatio: 100 }), "it"),
    ).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
      details: { limit: "maxInflateRatio" },
    });
    expect(produced).toBeGreaterThanOrEqual(RATIO_GRACE_BYTES);
    expect(produced).toBeLessThan(RATIO_GRACE_BYTES + 2 ** 25);
    expect(sink.produced).toBe(0);
  });

  it("are not what is short", async () => {
    const sink = new Recorder();
    await decompress(chunked(gzipSync(Buffer.alloc(2 ** 25))), "gzip", sink, limitsFrom({ maxInflateRatio: 1 }), "it");
    expect(sink.produced).toBe(2 ** 25);
  });
});

describe("sniff", () => {
  it.each([
    ["empty", new Uint8Array()],
    ["gzip", gzipSync("x")],
    ["zstd", compress(Buffer.from("x"), "zstd")],
    ["zstd", zstdSkippable(Buffer.from("x"), 15)],
    ["none", tarBytes([file("x", "1")])],
    ["none", Buffer.alloc(512)],
    ["none", tarBytes([{ name: "v7", type: "\0", raw: [[257, Buffer.alloc(8)]] }])],
    ["xz", Buffer.from("fd377a585a00", "hex")],
    ["json", Buffer.from("\ufeff{}").subarray(3)],
    ["json", Buffer.from("\n [1]")],
    ["unknown", Buffer.from("PK\x03\x04")],
    ["unknown", Buffer.alloc(511)],
    ["unknown", Buffer.from([0x1f])],
  ])("sees %s", (content, bytes) => {
    expect(sniff(bytes)).toBe(content);
    // Wherever the bytes lie in their buffer.
    expect(sniff(Buffer.concat([Buffer.from("abc"), bytes]).subarray(3))).toBe(content);
  });
});

describe("limits", () => {
  it("are the defaults, some replaced", () => {
    expect(limitsFrom().maxEntries).toBe(LIMITS.maxEntries.default);
    expect(limitsFrom({ maxEntries: 3 })).toEqual({ ...limitsFrom(), maxEntries: 3 });
    expect(limitsFrom({ maxEntries: 0 }).maxEntries).toBe(0);
    for (const wrong of [-1, Number.NaN]) expect(() => limitsFrom({ maxEntries: wrong })).toThrow(TypeError);
  });

  it("have flags", () => {
    expect(limitFlag("maxCapturedFileBytes")).toBe("max-captured-file-bytes");
  });
});
