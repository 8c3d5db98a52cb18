import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { inChunks } from "../support/analyze-files.ts";
import { buildImage } from "../support/image-builder.ts";
import { file, filler } from "../support/tar-bytes.ts";
import { zstdFrames } from "../support/zstd-bytes.ts";
import { ROOT } from "./workspace.ts";

/** Only what was built can be loaded by a thread. */
const built = pathToFileURL(join(ROOT, "packages/core/dist/index.js")).href;
const { analyzeImage, isImgweighError } = (await import(
  /* @vite-ignore */ built
)) as typeof import("../../packages/core/src/index.ts");

// Large enough for a thread, and small enough to be read without one, in either order.
const large = [file("etc/a", "a"), file("srv/large", filler(17_000_000)), file("srv/z", "z")];
const small = [file("srv/small", filler(70_000, 4))];
const image = buildImage({ layers: [{ entries: small }, { entries: large }, { entries: small }], names: ["app:1"] });
const WHOLE = image.asDockerArchive("kaniko");
const STREAMS: [string, Buffer][] = [
  ["plain layers", image.asDockerArchive()],
  ["gzip layers", WHOLE],
  ["gzip around it all", gzipSync(image.asDockerArchive(), { level: 1 })],
  ["zstd around it all", zstdFrames(image.asDockerArchive(), 3)],
];

/** Places to cut at: near both ends, at and beside whole chunks and blocks, and in between. */
function cuts(length: number): number[] {
  const beside = [0.1, 0.35, 0.6, 0.85].map((part) => Math.floor((length * part) / 512) * 512);
  return [1, 511, 1024, ...beside, ...beside.map((at) => at + 1), 2 ** 19 * 20, length - 20_000, length - 1].filter(
    (at) => at > 0 && at < length,
  );
}

async function outcome(bytes: Uint8Array, concurrency: number): Promise<string> {
  try {
    const { sizes } = await analyzeImage("-", { stdin: inChunks(bytes), concurrency });
    return `${sizes.contentBytes} bytes`;
  } catch (error) {
    if (isImgweighError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe.each(STREAMS)("a stream that breaks off: %s", (_, bytes) => {
  test("ends in the same error, whoever reads it", async () => {
    for (const at of cuts(bytes.length)) {
      const alone = await outcome(bytes.subarray(0, at), 1);
      expect(await outcome(bytes.subarray(0, at), 2), `cut at ${at}`).toBe(alone);
      if (at < bytes.length - 20_000) expect(alone).toMatch(/^(?:ARCHIVE_TRUNCATED|NOT_AN_IMAGE): /);
    }
  }, 180_000);
});

test("what breaks a stream off comes out as it is", async () => {
  for (const concurrency of [1, 2]) {
    const reason = new Error("the pipe burst");
    async function* burst(): AsyncGenerator<Uint8Array, void, undefined> {
      yield* inChunks(image.asDockerArchive().subarray(0, 12_000_000));
      throw reason;
    }
    await expect(analyzeImage("-", { stdin: burst(), concurrency })).rejects.toBe(reason);
  }
});
