import { describe, expect, test } from "vitest";
import { analyzeBytes, analyzeFiles } from "../support/analyze-files.ts";
import { buildImage, type LayerSpec, ociFiles } from "../support/image-builder.ts";
import { dir, file, filler, opaque, whiteout } from "../support/tar-bytes.ts";

/** A hundred megabytes in the original; a hundred kilobytes tell the same. */
const BIG = 100_000;

async function weighed(...layers: LayerSpec["entries"][]) {
  const image = buildImage({ layers: layers.map((entries) => ({ entries: entries ?? [] })) });
  const analysis = await analyzeBytes(image.asDockerArchive());
  const { waste, sizes, efficiency, wasted, layers: weights, warnings } = analysis;
  expect(waste.bytes + sizes.rootfsBytes).toBe(sizes.contentBytes);
  return { waste, sizes, efficiency, wasted, weights, warnings };
}

/** What dive answers to the same images is in its own tests and issues; wagoodman/dive#684 is the best known. */
describe("numbers that dive gets wrong", () => {
  test("a directory deleted by one whiteout in a later layer: dive sees no waste at all", async () => {
    const cache = Array.from({ length: 10 }, (_, i) => file(`var/cache/apk/p${i}.apk`, filler(BIG / 10, i)));
    const { waste, efficiency, wasted } = await weighed(
      [dir("var"), dir("var/cache"), dir("var/cache/apk"), ...cache, file("app", filler(2000))],
      [whiteout("var/cache/apk")],
    );
    expect(waste).toMatchObject({ bytes: BIG, deletedBytes: BIG });
    expect(efficiency).toBe(2000 / 102_000);
    expect(wasted).toHaveLength(10);
    expect(wasted[0]).toEqual({
      path: "/var/cache/apk/p0.apk",
      bytes: 10_000,
      fate: "deleted",
      addedIn: 0,
      removedIn: 1,
    });
  });

  test("ten whiteouts of the ten files: the same bytes, so the same answer", async () => {
    const cache = Array.from({ length: 10 }, (_, i) => file(`var/cache/apk/p${i}.apk`, filler(BIG / 10, i)));
    const { waste, wasted } = await weighed(
      [...cache, file("app", filler(2000))],
      cache.map((_, i) => whiteout(`var/cache/apk/p${i}.apk`)),
    );
    expect(waste).toMatchObject({ bytes: BIG, deletedBytes: BIG });
    expect(wasted).toHaveLength(10);
  });

  test("a directory replaced through an opaque whiteout: dive drops the marker", async () => {
    const { waste, sizes, wasted } = await weighed(
      [dir("srv"), file("srv/data/old", filler(BIG)), file("srv/top", filler(50))],
      [opaque("srv"), file("srv/new", filler(7))],
    );
    expect(waste).toMatchObject({ bytes: BIG + 50, opaqueHiddenBytes: BIG + 50 });
    expect(sizes.rootfsBytes).toBe(7);
    expect(wasted.map(({ path, fate }) => [path, fate])).toEqual([
      ["/srv/data/old", "opaque-hidden"],
      ["/srv/top", "opaque-hidden"],
    ]);
  });

  test("chmod of one file: dive counts the copy that stays as well, twice the truth", async () => {
    const { waste, sizes, efficiency } = await weighed(
      [file("bin/app", filler(BIG), { mode: 0o644 })],
      [file("bin/app", filler(BIG), { mode: 0o755 })],
    );
    expect(waste).toMatchObject({ bytes: BIG, metadataOnlyBytes: BIG, overwrittenBytes: 0 });
    expect(sizes).toMatchObject({ contentBytes: 2 * BIG, rootfsBytes: BIG });
    expect(efficiency).toBe(0.5);
  });

  test("an image of a single layer: dive's wasted percentage is not a number", async () => {
    const { waste, efficiency, sizes } = await weighed([file("app", filler(BIG))]);
    expect(waste.bytes).toBe(0);
    expect(efficiency).toBe(1);
    expect(sizes.rootfsBytes).toBe(BIG);
    const empty = await weighed([]);
    expect(empty.efficiency).toBe(1);
    expect(empty.sizes.contentBytes).toBe(0);
  });

  test("a whiteout of a path that is not there: dive stops counting the rest of the layer", async () => {
    const { waste, sizes, weights } = await weighed(
      [file("old", filler(BIG))],
      [whiteout("absent/deeper"), whiteout("gone"), whiteout("old"), file("new", filler(30))],
    );
    expect(waste).toMatchObject({ bytes: BIG, deletedBytes: BIG });
    expect(sizes).toMatchObject({ contentBytes: BIG + 30, rootfsBytes: 30 });
    expect(weights[1]).toMatchObject({ entries: 4, contentBytes: 30, liveBytes: 30 });
  });

  test("an OCI archive without manifest.json: dive takes the layers in random order", async () => {
    // Each layer overwrites the file with one byte more: only the right order leaves nine.
    const layers = Array.from({ length: 9 }, (_, i) => ({
      entries: [file("f", "x".repeat(i + 1)), file(`only-in-${i}`, "y")],
    }));
    const files = ociFiles([buildImage({ layers })]);
    expect(files.has("manifest.json")).toBe(false);
    for (const transport of ["file", "stdin", "directory"] as const) {
      const { sizes, layers: weights, waste } = await analyzeFiles(files, transport);
      expect(weights.map(({ contentBytes }) => contentBytes)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(sizes.rootfsBytes).toBe(9 + 9);
      expect(waste.overwrittenBytes).toBe(36);
    }
  });

  test("a repeated layer, stored as a symlink: dive reads it as empty", async () => {
    const entries = [file("f", filler(500))];
    const image = buildImage({ layers: [{ entries }, { entries: [whiteout("f")] }, { entries }] });
    const { layers, sizes, waste } = await analyzeBytes(image.asDockerArchive("classic"));
    expect(layers.map(({ contentBytes }) => contentBytes)).toEqual([500, 0, 500]);
    expect(sizes.rootfsBytes).toBe(500);
    expect(waste.deletedBytes).toBe(500);
  });

  test("a history longer than the layers: dive panics", async () => {
    const image = buildImage({
      layers: [{ entries: [file("f", filler(500))] }],
      history: [{ created_by: "COPY f /" }, { created_by: "RUN a" }, { created_by: "RUN b" }],
    });
    const { sizes, warnings } = await analyzeBytes(image.asDockerArchive());
    expect(sizes.contentBytes).toBe(500);
    expect(warnings.map(({ code }) => code)).toEqual(["history-mismatch"]);
  });

  test("a file truncated later: the small copy does not become the measure", async () => {
    const { waste, sizes, efficiency } = await weighed([file("log", filler(BIG))], [file("log", "x")]);
    expect(waste).toMatchObject({ bytes: BIG, overwrittenBytes: BIG });
    expect(sizes.rootfsBytes).toBe(1);
    expect(efficiency).toBe(1 / (BIG + 1));
  });
});
