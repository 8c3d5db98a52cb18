import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type AnalyzeOptions, analyzeImage, analyzePlatforms } from "../../packages/core/src/index.ts";
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
        expect(analyses).toHaveLength(expected.length);
        for (const [i, row] of expected.entries()) {
          const { sizes, waste, layers } = analyses[i] as (typeof analyses)[0];
          expect([sizes.contentBytes, sizes.rootfsBytes, waste.bytes, layers.length]).toEqual([
            row.content,
            row.rootfs,
            row.wasted,
            row.layers,
          ]);
          if (row.tar !== undefined) expect(sizes.tarBytes).toBe(row.tar);
          if (row.blob !== undefined && sizes.blobBytes !== null) expect(sizes.blobBytes).toBe(row.blob);
          if (row.entries !== undefined)
            expect(layers.reduce((sum, { entries }) => sum + entries, 0)).toBe(row.entries);
        }
      }
    });
  },
);
