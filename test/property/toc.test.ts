import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsFrom } from "../../packages/core/src/archive/limits.ts";
import { isSoundIndex } from "../../packages/core/src/cache/sound-index.ts";
import { isImgweighError } from "../../packages/core/src/errors.ts";
import type { LayerIndex } from "../../packages/core/src/layer/layer-index.ts";
import { type ReadLayerOptions, readLayer } from "../../packages/core/src/layer/read-layer.ts";
import { readLayerByToc, type TocReading } from "../../packages/core/src/layer/toc/read-toc.ts";
import { tocLocation } from "../../packages/core/src/layer/toc/toc-location.ts";
import type { LayerSpec } from "../support/image-builder.ts";
import { estargzLayer, type TocEntry, zstdChunkedLayer } from "../support/seekable-layers.ts";
import { bytesOf, type TarEntry } from "../support/tar-bytes.ts";
import { anyStep, entriesOf } from "./arbitrary-images.ts";

const OPTIONS: ReadLayerOptions = {
  limits: limitsFrom(),
  captures: [
    { id: "named", version: 1, names: ["a", "lib/a"], prefixes: ["b/"], suffixes: [], magic: [], maxBytes: 2 },
    { id: "by-magic", version: 1, names: [], prefixes: [], suffixes: [], magic: ["6f6e65"], maxBytes: 100 },
  ],
  extractors: ["elf", "zip-jar"],
  blobAlgorithm: "sha256",
  diffIdAlgorithm: "sha256",
  where: "layer 0",
  onBytes: () => {},
};

type Make = (entries: readonly TarEntry[], edit?: (entries: TocEntry[]) => unknown) => LayerSpec;

const anyMake: fc.Arbitrary<Make> = fc.oneof(
  fc
    .record({
      lossless: fc.boolean(),
      legacyFooter: fc.boolean(),
      shared: fc.boolean(),
      chunkBytes: fc.constantFrom(1, 3, 100),
    })
    .map(
      (options): Make =>
        (entries, edit) =>
          estargzLayer(entries, { ...options, ...(edit && { edit }) }),
    ),
  fc
    .record({
      dialect: fc.constantFrom("2022" as const, "2023" as const, "stargz" as const),
      zeros: fc.boolean(),
      chunkBytes: fc.constantFrom(1, 3, 100),
    })
    .map(
      (options): Make =>
        (entries, edit) =>
          zstdChunkedLayer(entries, { ...options, ...(edit && { edit }) }),
    ),
);

const anyEntries = fc.array(anyStep, { maxLength: 12 }).map(entriesOf);

function list({ blob, annotations }: LayerSpec): Promise<TocReading> {
  const bytes = blob as Buffer;
  const location = tocLocation(new Map(Object.entries(annotations ?? {})));
  if (location === null) throw new Error("no table");
  const read = async (offset: number, length: number): Promise<Uint8Array> => bytes.subarray(offset, offset + length);
  return readLayerByToc(read, bytes.length, location, OPTIONS);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** All that a table of contents can say. */
function comparable({ entries, captures, binaries, archives, contentBytes }: LayerIndex): unknown {
  const { tarStarts: _, tarEnds: __, ...columns } = entries;
  return { columns, captures, binaries, archives, contentBytes };
}

function sameCapture(a: LayerIndex["captures"][number], b: typeof a): boolean {
  return a.request === b.request && a.entry === b.entry;
}

function isUtf8({ name, link }: TarEntry): boolean {
  return [name, link ?? ""].every((bytes) => {
    const stored = bytesOf(bytes);
    return Buffer.from(stored.toString("utf8"), "utf8").equals(stored);
  });
}

/** What must hold of a listing, whatever its table said. */
function expectSound(reading: TocReading, blobBytes: number): void {
  if (!("layer" in reading)) return;
  const { index, blob } = reading.layer;
  expect(isSoundIndex(index)).toBe(true);
  expect(index.entries.hashes).not.toBeNull();
  const shares = blob.shares?.entryBytes ?? new Float64Array();
  expect(shares.every((bytes) => bytes >= 0)).toBe(true);
  expect(shares.reduce((sum, bytes) => sum + bytes, blob.shares?.overheadBytes ?? Number.NaN)).toBe(blobBytes);
}

describe("any layer with a table of contents", () => {
  it("is listed as it is read, or not at all", () =>
    fc.assert(
      fc.asyncProperty(anyMake, anyEntries, async (make, entries) => {
        const layer = make(entries);
        const reading = await list(layer);
        if (!entries.every(isUtf8)) {
          expect(reading).toEqual({ unusable: expect.stringContaining("not UTF-8") });
          return;
        }
        const { index } = await readLayer(once(layer.blob as Buffer), OPTIONS);
        expectSound(reading, (layer.blob as Buffer).length);
        if (!("layer" in reading)) throw new Error(reading.unusable);
        // By their first bytes only what may be run is looked for.
        const captures = index.captures.filter(
          ({ request, entry }) => request !== "by-magic" || ((index.entries.modes[entry] as number) & 0o111) !== 0,
        );
        const own = reading.layer.index.captures.filter((file) => captures.some((one) => sameCapture(one, file)));
        expect(comparable({ ...reading.layer.index, captures: own })).toEqual(comparable({ ...index, captures }));
      }),
      { numRuns: 150 },
    ));

  const anyKey = fc.constantFrom(
    ...[
      "name",
      "type",
      "size",
      "digest",
      "offset",
      "endOffset",
      "chunkOffset",
      "chunkSize",
      "chunkDigest",
      "innerOffset",
    ],
    ...["linkName", "mode", "uid", "gid", "modtime", "chunkType"],
  );
  const anyValue = fc.oneof(
    fc.jsonValue(),
    fc.integer(),
    fc.constantFrom(0, 1, 2, 511, 512, 2 ** 31, 2 ** 53, 1e300, -1, 0.5),
    fc.constantFrom(
      "reg",
      "dir",
      "chunk",
      "symlink",
      "hardlink",
      "a",
      "lib/a",
      "../a",
      "zeros",
      `sha256:${"0".repeat(64)}`,
    ),
  );
  const anyEdit = fc.array(fc.record({ at: fc.nat(20), key: anyKey, value: anyValue }), { minLength: 1, maxLength: 4 });

  it("is listed soundly or not at all, whatever its table says", () =>
    fc.assert(
      fc.asyncProperty(anyMake, anyEntries, anyEdit, async (make, entries, edits) => {
        const layer = make(entries.filter(isUtf8), (rows) => {
          for (const { at, key, value } of edits) if (rows[at] !== undefined) rows[at][key] = value;
          return rows;
        });
        const reading = await list(layer).catch((error: unknown) => error);
        if (isImgweighError(reading)) expect(reading.code).toBe("LIMIT_EXCEEDED");
        else expectSound(reading as TocReading, (layer.blob as Buffer).length);
      }),
      { numRuns: 300 },
    ));

  it("is listed as it was or not at all, where the blob is damaged", () =>
    fc.assert(
      fc.asyncProperty(
        anyMake,
        anyEntries,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (make, entries, at, flip) => {
          const layer = make(entries.filter(isUtf8));
          const blob = Buffer.from(layer.blob as Buffer);
          blob[at % blob.length] = (blob[at % blob.length] as number) ^ flip;
          const [good, damaged] = await Promise.all([list(layer), list({ ...layer, blob })]);
          if ("layer" in damaged && "layer" in good)
            expect(comparable(damaged.layer.index)).toEqual(comparable(good.layer.index));
        },
      ),
      { numRuns: 200 },
    ));
});
