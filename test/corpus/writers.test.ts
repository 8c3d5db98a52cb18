import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type AnalyzeOptions, analyzeImage, analyzePlatforms } from "@imgweigh/core";
import { describe, expect, test } from "vitest";
import { errorOf } from "../support/analyze-files.ts";

const WRITERS = join(import.meta.dirname, "../../../shared/corpus/writers");
const TRUTH = join(WRITERS, "truth.json");

/** What is true of one image, as other programs measured it. */
interface Row {
  readonly name?: string;
  readonly content: number;
  readonly rootfs: number;
  readonly wasted: number;
  readonly layers: number;
  readonly entries?: number;
  readonly tar?: number;
  readonly blob?: number;
}

interface Refused {
  readonly refused: string;
}

const truth: Readonly<Record<string, readonly Row[] | Refused>> = existsSync(TRUTH)
  ? JSON.parse(readFileSync(TRUTH, "utf8"))
  : {};
const ways = Object.entries(truth).flatMap(([path, rows]) => {
  const isFile = statSync(join(WRITERS, path)).isFile();
  return (isFile ? (["file", "pipe"] as const) : (["file"] as const)).map((way) => ({ path, rows, way }));
});

function opened(path: string, way: "file" | "pipe"): [string, AnalyzeOptions] {
  const full = join(WRITERS, path);
  return way === "file" ? [full, {}] : ["-", { stdin: createReadStream(full) }];
}

describe.runIf(ways.length > 0)(
  "what today's writers write, where ../shared/corpus/writers is beside the checkout",
  () => {
    test.each(ways)("$path, $way", async ({ path, rows, way }) => {
      if (!Array.isArray(rows)) {
        const [argument, options] = opened(path, way);
        return expect((await errorOf(analyzeImage(argument, options))).code).toBe((rows as Refused).refused);
      }
      const images = new Set(rows.map(({ name }) => name));
      for (const name of images) {
        const [argument, options] = opened(path, way);
        const image = images.size > 1 && name !== undefined ? { image: name.split(", ")[0] } : {};
        const { analyses } = await analyzePlatforms(argument, { ...options, ...image });
        const expected = rows.filter((row) => row.name === name);
        // Where one of several platforms was measured, it is the one that the engine would run.
        if (expected.length > 1) expect(analyses).toHaveLength(expected.length);
        for (const row of expected) {
          const same = analyses.filter(({ sizes, waste, layers }) => {
            const found = [sizes.contentBytes, sizes.rootfsBytes, waste.bytes, layers.length];
            return found.join() === [row.content, row.rootfs, row.wasted, row.layers].join();
          });
          expect(same.length).toBeGreaterThan(0);
          const tars = same.map(({ sizes }) => sizes.tarBytes);
          if (row.tar !== undefined) expect(tars).toContain(row.tar);
          const blobs = same.map(({ sizes }) => sizes.blobBytes);
          if (row.blob !== undefined && !blobs.includes(null)) expect(blobs).toContain(row.blob);
          const entries = same.map(({ layers }) => layers.reduce((sum, layer) => sum + layer.entries, 0));
          if (row.entries !== undefined) expect(entries).toContain(row.entries);
        }
      }
    });
  },
);
