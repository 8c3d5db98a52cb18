import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { limitsFrom } from "../../../packages/core/src/archive/limits.ts";
import type { ExtractorId } from "../../../packages/core/src/layer/extractors.ts";
import { FileKeeper } from "../../../packages/core/src/layer/file-parts.ts";
import { entryPath } from "../../../packages/core/src/layer/layer-index.ts";
import { skimLayer } from "../../../packages/core/src/layer/read-layer.ts";
import { readBlob } from "../../support/layers.ts";
import { tarBytes } from "../../support/tar-bytes.ts";

const fixture = (path: string): Buffer => readFileSync(join(import.meta.dirname, "../../fixtures", path));

const ELF = fixture("elf/dynamic-pie");
const LAYER = tarBytes([
  { name: "app/app.jar", content: fixture("java/app.jar") },
  { name: "app/notes.txt", content: "x".repeat(300_000) },
  { name: "app/renamed.bin", content: fixture("java/app.jar") },
  { name: "bin/", type: "dir" },
  { name: "bin/demo", content: ELF },
  { name: "bin/empty", content: "" },
  { name: "bin/short", content: "\x7fEL" },
  { name: "bin/link", type: "link", link: "bin/demo" },
]);

describe("extractors", () => {
  it.each([1, 3, 512, undefined])("find binaries and archives, whatever the chunks (%s bytes)", async (chunkBytes) => {
    const options = { extractors: ["elf", "zip-jar"] as const, ...(chunkBytes === undefined ? {} : { chunkBytes }) };
    const { index } = await readBlob(LAYER, options);
    expect(index.binaries.map(({ entry }) => entryPath(index.entries, entry))).toEqual(["bin/demo"]);
    expect(index.binaries[0]?.facts.needed).toEqual(["libdemo.so.1"]);
    expect(index.archives.map(({ entry }) => entryPath(index.entries, entry))).toEqual(["app/app.jar"]);
    expect(index.archives[0]?.facts.nested).toHaveLength(2);
  });

  it("read nothing that they were not asked for", async () => {
    const none = (await readBlob(LAYER)).index;
    expect([none.binaries, none.archives]).toEqual([[], []]);
    const elf = (await readBlob(LAYER, { extractors: ["elf"] })).index;
    expect([elf.binaries.length, elf.archives.length]).toEqual([1, 0]);
    await expect(readBlob(LAYER, { extractors: ["nonsense" as ExtractorId] })).rejects.toThrow(/nonsense/);
  });

  it("say of a file beyond the limit what its beginning and end hold", async () => {
    const large = Buffer.concat([ELF.subarray(0, 1544), Buffer.alloc(100_000), ELF.subarray(1544)]);
    const table = Number(large.readBigUInt64LE(40)) + 100_000;
    large.writeBigUInt64LE(BigInt(table), 40);
    const blob = tarBytes([{ name: "a", content: large }]);
    const { index } = await readBlob(blob, {
      extractors: ["elf"],
      limits: { maxCapturedFileBytes: 8192 },
      chunkBytes: 1000,
    });
    expect(index.binaries[0]?.facts.interpreter).toBe("/lib/ld-musl-x86_64.so.1");
    expect(index.binaries[0]?.facts.needed).toEqual(["libdemo.so.1"]);
  });

  it("without verification pass over what is neither", async () => {
    let bytes = 0;
    const read = (offset: number, length: number): Uint8Array => {
      bytes += length;
      return LAYER.subarray(offset, offset + length);
    };
    const options = {
      limits: limitsFrom(),
      captures: [],
      extractors: ["elf"] as const,
      diffIdAlgorithm: "sha256" as const,
      blobAlgorithm: "sha256" as const,
      where: "it",
      onBytes: () => {},
    };
    const stream = (): never => {
      throw new Error("not needed");
    };
    const { index } = await skimLayer(read, LAYER.length, stream, options);
    expect(index.binaries).toHaveLength(1);
    expect(bytes).toBeLessThan(LAYER.length - 200_000);
  });
});

describe("a file that passes", () => {
  it("is kept whole, or as its two ends", () => {
    const whole = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    for (const limit of [0, 1, 2, 7, 100, 255, 256, 300]) {
      for (const step of [1, 5, 64, 256]) {
        const keeper = new FileKeeper(limit);
        keeper.begin(whole.length);
        for (let at = 0; at < whole.length; at += step) keeper.data(whole.subarray(at, at + step));
        const parts = keeper.parts();
        let kept = 0;
        for (let at = 0; at < whole.length; at++) {
          const byte = parts.bytes(at, 1);
          if (byte === null) continue;
          kept++;
          expect(byte[0]).toBe(at);
        }
        expect(kept).toBe(Math.min(limit, whole.length));
        expect(parts.bytes(0, 257)).toBeNull();
        expect(parts.bytes(-1, 1)).toBeNull();
        expect(parts.bytes(Number.NaN, 1)).toBeNull();
      }
    }
  });
});
