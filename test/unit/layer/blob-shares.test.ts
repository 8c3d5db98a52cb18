import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlobSteps, shareBlob } from "../../../packages/core/src/layer/blob-shares.ts";
import { ColumnBuilder } from "../../../packages/core/src/layer/column-builder.ts";
import { type EntryColumns, KIND } from "../../../packages/core/src/layer/layer-index.ts";
import { readBlob } from "../../support/layers.ts";
import { file, filler, tarBytes } from "../../support/tar-bytes.ts";

/** Entries that take these stretches of the tar. */
function columns(stretches: readonly (readonly [start: number, end: number])[]): EntryColumns {
  const builder = new ColumnBuilder();
  for (const [start, end] of stretches) {
    builder.add({
      path: "x",
      kind: KIND.directory,
      size: 0,
      mode: 0,
      uid: 0,
      gid: 0,
      mtime: 0,
      link: "",
      tarStart: start,
    });
    builder.endLast(end);
  }
  return builder.finish(false);
}

/** Steps given as input and output bytes. */
function steps(list: readonly (readonly [input: number, output: number])[]): BlobSteps {
  const made = new BlobSteps();
  for (const [input, output] of list) {
    made.output(output);
    made.step(input);
  }
  return made;
}

function shares(list: readonly (readonly [number, number])[], stretches: readonly (readonly [number, number])[]) {
  const { entryBytes, overheadBytes } = shareBlob(steps(list), columns(stretches));
  return { entries: [...entryBytes], overhead: overheadBytes };
}

describe("a step's input", () => {
  it("is divided in proportion; what rounding leaves goes to the last entry", () => {
    expect(
      shares(
        [[100, 300]],
        [
          [0, 100],
          [100, 200],
          [200, 300],
        ],
      ),
    ).toEqual({ entries: [33, 33, 34], overhead: 0 });
  });

  it("is overhead as far as no entry has it", () => {
    expect(shares([[100, 1000]], [[0, 500]])).toEqual({ entries: [50], overhead: 50 });
    expect(shares([[10, 3000]], [[1000, 2000]])).toEqual({ entries: [4], overhead: 6 });
    expect(shares([[10, 3000]], [])).toEqual({ entries: [], overhead: 10 });
  });

  it("is overhead where nothing came out", () => {
    expect(
      shares(
        [
          [30, 0],
          [10, 100],
          [8, 0],
        ],
        [[0, 100]],
      ),
    ).toEqual({ entries: [10], overhead: 38 });
  });

  it("goes to the entries of its own output alone", () => {
    expect(
      shares(
        [
          [10, 100],
          [1000, 100],
        ],
        [
          [0, 50],
          [50, 150],
          [150, 200],
        ],
      ),
    ).toEqual({ entries: [5, 505, 500], overhead: 0 });
  });

  it("is all one entry's, however many steps it spans", () => {
    expect(
      shares(
        [
          [1, 100],
          [2, 100],
          [3, 100],
        ],
        [[0, 300]],
      ),
    ).toEqual({ entries: [6], overhead: 0 });
  });

  it("never gets lost", () => {
    const step = fc.tuple(fc.nat({ max: 2 ** 18 }), fc.nat({ max: 2 ** 28 }));
    const stretch = fc.tuple(fc.nat({ max: 2 ** 20 }), fc.nat({ max: 2 ** 20 }));
    fc.assert(
      fc.property(fc.array(step), fc.array(stretch), (list, gaps) => {
        let at = 0;
        const stretches = gaps.map(([gap, length]) => {
          const start = at + gap;
          at = start + length;
          return [start, at] as const;
        });
        const { entries, overhead } = shares(list, stretches);
        expect(entries.reduce((sum, bytes) => sum + bytes, overhead)).toBe(
          list.reduce((sum, [input]) => sum + input, 0),
        );
        expect(entries.every((bytes) => Number.isSafeInteger(bytes) && bytes >= 0)).toBe(true);
      }),
    );
  });
});

describe("a blob's shares", () => {
  const tar = tarBytes([
    file("noise", filler(600_000)),
    file("zeros", Buffer.alloc(600_000)),
    file("small", "1"),
    file("more", filler(100_000, 2)),
  ]);

  it("are the same however it is cut, and follow what compresses", async () => {
    const blob = gzipSync(tar);
    const whole = await readBlob(blob);
    // The noise takes all of the first two steps; within a step nobody can tell.
    const bytes = whole.blob.shares?.entryBytes ?? new Float64Array();
    expect(bytes[0]).toBeGreaterThanOrEqual(2 * 2 ** 18);
    expect(bytes[3]).toBeLessThan(110_000);
    for (const chunkBytes of [1000, 2 ** 18, 2 ** 18 + 1])
      expect((await readBlob(blob, { chunkBytes })).blob).toEqual(whole.blob);
  });

  it("are none where the blob is a plain tar", async () => {
    const { blob } = await readBlob(tar);
    expect(blob).toMatchObject({ compression: "none", shares: null, blobBytes: tar.length });
  });
});
