import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imgweigh, ROOT, ran, temporaryDirectory } from "./tools.ts";

const MEBIBYTE = 2 ** 20;

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder.remove());

/** The peak of a process that weighs a generated image from standard input. */
async function peakOf(options: readonly string[]): Promise<number> {
  const tar = join(folder.path, "generated.tar");
  const usage = join(folder.path, "usage.json");
  await ran(process.execPath, [join(ROOT, "bench/generate.mjs"), "--out", tar, ...options]);
  const preload = pathToFileURL(join(ROOT, "test/e2e/resource-usage.mjs")).href;
  const env = { NODE_OPTIONS: `--import=${preload}`, IMGWEIGH_USAGE_FILE: usage };
  const { code, stderr } = await imgweigh(["analyze", "docker-archive:-", "--format", "json"], { env, stdin: tar });
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  await rm(tar);
  return (JSON.parse(await readFile(usage, "utf8")) as { peakBytes: number }).peakBytes;
}

describe("peak memory does not grow with file contents", () => {
  test("three large files: four times the bytes", async () => {
    const small = await peakOf(["--files", "3", "--bytes", String(50 * MEBIBYTE)]);
    const large = await peakOf(["--files", "3", "--bytes", String(200 * MEBIBYTE)]);
    expect(large - small).toBeLessThan(48 * MEBIBYTE);
    expect(large).toBeLessThan(256 * MEBIBYTE);
  });

  test("many small files: eight times the bytes", async () => {
    const small = await peakOf(["--files", "40000", "--bytes", "1000"]);
    const large = await peakOf(["--files", "40000", "--bytes", "8000"]);
    expect(large - small).toBeLessThan(64 * MEBIBYTE);
  });
});
