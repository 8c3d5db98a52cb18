import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Image } from "../../packages/core/src/image/image.ts";
import { KIND } from "../../packages/core/src/layer/layer-index.ts";
import { limitSummary, summarizeLedger } from "../../packages/core/src/ledger/analysis.ts";
import { findEqualContent } from "../../packages/core/src/ledger/equal-content.ts";
import { type GroupRow, groupByDirectory, groupEntries } from "../../packages/core/src/ledger/group.ts";
import { Ledger, weigh } from "../../packages/core/src/ledger/ledger.ts";
import { UNOWNED } from "../../packages/core/src/ledger/owner-keys.ts";
import { explainPath } from "../../packages/core/src/ledger/path-life.ts";
import { apkDatabase } from "../../packages/core/src/package-db/apk/apk-db.ts";
import { FATE_NAMES } from "../../packages/core/src/tree/fate.ts";
import { compress } from "../support/image-builder.ts";
import { imageOf, imageOfBlobs, readBlob } from "../support/layers.ts";
import { file, opaque, type TarEntry, tarBytes, whiteout } from "../support/tar-bytes.ts";
import { anyImage, anyStep, entriesOf, type LayerSteps } from "./arbitrary-images.ts";
import { stackNaively } from "./naive-model.ts";

const RUNS = { numRuns: 100 };

function entriesOfAll(layers: readonly LayerSteps[]): TarEntry[][] {
  return layers.map(entriesOf);
}

function tars(layers: readonly LayerSteps[]): Buffer[] {
  return layers.map((steps) => tarBytes(entriesOf(steps)));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Runs a law over arbitrary images. */
function law(name: string, holds: (layers: readonly LayerSteps[]) => Promise<void>, runs = RUNS): void {
  it(name, () => fc.assert(fc.asyncProperty(anyImage, holds), runs));
}

/** Rows sum to one in every column, and no two have one key. */
function expectSums(rows: readonly GroupRow[], whole: GroupRow): void {
  for (const column of ["contentBytes", "liveBytes", "wastedBytes", "blobBytes"] as const) {
    expect(sum(rows.map((row) => row[column] ?? Number.NaN)), column).toBe(whole[column]);
  }
  for (const row of rows) expect(row.contentBytes).toBe(row.liveBytes + row.wastedBytes);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
}

/** Layers of anything, and of each package the files that apk's database gives it after the layer. */
const anyOwnedImage = fc.array(
  fc.array(anyStep, { maxLength: 10 }).chain((steps) => {
    const some = fc.subarray([...new Set(steps.map(({ path }) => path))]);
    return fc.record({ steps: fc.constant(steps), owned: fc.dictionary(fc.constantFrom("one", "two", "gcc"), some) });
  }),
  { minLength: 1, maxLength: 4 },
);

/** Links may lead away from where a layer stores it; then it counts there, or not at all. */
function apkState(owned: Readonly<Record<string, readonly string[]>>): TarEntry[] {
  const records = Object.entries(owned).map(([name, paths]) => {
    const files = paths.map((path) => {
      const slash = path.lastIndexOf("/");
      return `F:${path.slice(0, Math.max(slash, 0))}\nR:${path.slice(slash + 1)}\n`;
    });
    return `P:${name}\nV:1\n${files.join("")}\n`;
  });
  return [file("lib/apk/db/installed", Buffer.from(records.join(""), "latin1"))];
}

describe("for any image", () => {
  law(
    "every file has the fate that the naive model gives it, and the same files are there in the end",
    async (layers) => {
      const image = await imageOf(...entriesOfAll(layers));
      const { squash, fates } = weigh(image);
      const expected = stackNaively(layers);
      const contents = layers.flatMap((steps) => steps.flatMap((step) => (step.do === "file" ? [step.content] : [])));
      const files = image.layers.flatMap(({ index: { entries } }, layer) =>
        Array.from({ length: entries.count }, (_, i) => i)
          .filter((i) => entries.kinds[i] === KIND.regular)
          .map((i) => (squash.starts[layer] as number) + i)
          .map((at) => ({ at, layer })),
      );
      const told = files.map(({ at, layer }, i) => {
        const removedIn = squash.removedIn[at] as number;
        return `${layer} ${contents[i]} ${FATE_NAMES[squash.fates[at] as number]} ${removedIn < 0 ? "-" : removedIn}`;
      });
      expect(told).toEqual(expected.files);
      const instanceToContent = new Map(files.map(({ at }, i) => [at, contents[i]]));
      const { tree } = squash;
      const live = new Map<string, string | undefined>();
      const symlinks = new Map<string, string | undefined>();
      const visit = (node: number): void => {
        for (const child of tree.childrenOf(node)?.values() ?? []) {
          const inode = tree.inodes[child] as number;
          if (inode >= 0) live.set(tree.pathOf(child), instanceToContent.get(inode));
          if (tree.kinds[child] === KIND.symlink) symlinks.set(tree.pathOf(child), tree.links.get(child));
          visit(child);
        }
      };
      visit(0);
      expect(live).toEqual(expected.live);
      expect(symlinks).toEqual(expected.symlinks);
      expect(fates.live).toBe(expected.rootfsBytes);
    },
    { numRuns: 500 },
  );

  law("bytes are conserved, in each layer and in the image", async (layers) => {
    const analysis = summarizeLedger(weigh(await imageOf(...entriesOfAll(layers))));
    layers.forEach((steps, i) => {
      const layer = analysis.layers[i];
      const stored = sum(steps.map((step) => (step.do === "file" ? step.content.length : 0)));
      expect(layer?.contentBytes).toBe(stored);
      const parts = [layer?.liveBytes, layer?.overwrittenBytes, layer?.metadataOnlyBytes, layer?.deletedBytes];
      expect(
        sum([...parts, layer?.opaqueHiddenBytes, layer?.duplicateEntryBytes].map((part) => part ?? Number.NaN)),
      ).toBe(stored);
    });
    const { sizes, waste, wasted, efficiency } = analysis;
    expect(sizes.contentBytes).toBe(sum(analysis.layers.map(({ contentBytes }) => contentBytes)));
    expect(sizes.rootfsBytes).toBe(sum(analysis.layers.map(({ liveBytes }) => liveBytes)));
    expect(sizes.contentBytes).toBe(sizes.rootfsBytes + waste.bytes);
    expect(sum(wasted.map(({ bytes }) => bytes))).toBe(waste.bytes);
    const byFate = (fate: string): number => sum(wasted.filter((row) => row.fate === fate).map(({ bytes }) => bytes));
    expect(byFate("overwritten")).toBe(waste.overwrittenBytes);
    expect(byFate("metadata-only")).toBe(waste.metadataOnlyBytes);
    expect(byFate("deleted")).toBe(waste.deletedBytes);
    expect(byFate("opaque-hidden")).toBe(waste.opaqueHiddenBytes);
    expect(byFate("duplicate-entry")).toBe(waste.duplicateEntryBytes);
    expect(efficiency).toBe(sizes.contentBytes === 0 ? 1 : sizes.rootfsBytes / sizes.contentBytes);
    for (const { addedIn, removedIn, fate } of wasted) {
      if (fate === "duplicate-entry") expect(removedIn).toBe(addedIn);
      else expect(removedIn).toBeGreaterThan(addedIn);
    }
  });

  law("every grouping sums to the image in every column", async (layers) => {
    const blobs = tars(layers).map((tar, i) => compress(tar, i % 2 === 0 ? "gzip" : "zstd-skippable"));
    const ledger = weigh(await imageOfBlobs(...blobs));
    const { groups, sizes, waste } = summarizeLedger(ledger);
    const byParity = groupEntries(ledger, (layer, entry) => ((layer + entry) % 2 === 0 ? "even" : "odd"));
    const blobBytes = sum(blobs.map(({ length }) => length));
    const whole = { contentBytes: sizes.contentBytes, liveBytes: sizes.rootfsBytes, wastedBytes: waste.bytes };
    for (const rows of [...Object.values(groups), byParity]) expectSums(rows, { key: "all", ...whole, blobBytes });
  });

  it("every grouping sums to the image, whoever owns the files, however they split, and whatever the base is", async () => {
    let runsWithOwners = 0;
    await fc.assert(
      fc.asyncProperty(anyOwnedImage, fc.nat({ max: 5 }), async (layers, baseLayers) => {
        const blobs = layers.map(({ steps, owned }, i) =>
          compress(tarBytes([...entriesOf(steps), ...apkState(owned)]), i % 2 === 0 ? "gzip" : "zstd-skippable"),
        );
        const image = await imageOfBlobs(...blobs);
        const read = await Promise.all(blobs.map((blob) => readBlob(blob, { captures: apkDatabase.captures })));
        const captured: Image = { ...image, layers: image.layers.map((layer, i) => ({ ...layer, ...read[i] })) };
        const ledger = weigh(captured);
        // Half of each file of odd number is debug symbols.
        const sizes = captured.layers.flatMap(({ index }) => [...index.entries.sizes.subarray(0, index.entries.count)]);
        const debugBytes = new Map(
          sizes.map((size, i) => [i, i % 2 === 0 ? 0 : Math.ceil(size / 2)] as const).filter(([, half]) => half > 0),
        );
        const base = { ...ledger.attribution.base, layers: baseLayers };
        const { groups, unowned, packages, ...analysis } = summarizeLedger(
          new Ledger(captured, ledger.squash, { ...ledger.attribution, debugBytes, base }, ledger),
        );
        const whole: GroupRow = {
          key: "all",
          contentBytes: analysis.sizes.contentBytes,
          liveBytes: analysis.sizes.rootfsBytes,
          wastedBytes: analysis.waste.bytes,
          blobBytes: sum(blobs.map(({ length }) => length)),
        };
        for (const rows of Object.values(groups)) expectSums(rows, whole);
        const none = { key: UNOWNED, contentBytes: 0, liveBytes: 0, wastedBytes: 0, blobBytes: 0 };
        expectSums(unowned, groups.package.find(({ key }) => key === UNOWNED) ?? none);
        if (packages.some(({ liveBytes }) => liveBytes > 0)) runsWithOwners++;
        for (const { ecosystem, name, liveBytes, wastedBytes } of packages) {
          const row = groups.package.find(({ key }) => key === `${ecosystem}/${name}`) ?? none;
          expect({ liveBytes, wastedBytes }).toEqual({ liveBytes: row.liveBytes, wastedBytes: row.wastedBytes });
        }
      }),
      { numRuns: 100 },
    );
    expect(runsWithOwners).toBeGreaterThan(20);
  });

  law("the result is plain JSON, and the same each time", async (layers) => {
    const [first, second] = [await imageOf(...entriesOfAll(layers)), await imageOf(...entriesOfAll(layers))];
    const analysis = summarizeLedger(weigh(first));
    expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
    expect(JSON.stringify(summarizeLedger(weigh(second)))).toBe(JSON.stringify(analysis));
    expect(JSON.stringify(summarizeLedger(weigh(first)))).toBe(JSON.stringify(analysis));
    expect(JSON.stringify(findEqualContent(weigh(first)))).toBe(JSON.stringify(findEqualContent(weigh(second))));
  });

  law(
    "a layer index survives a thread or a cache",
    async (layers) => {
      const image = await imageOf(...entriesOfAll(layers));
      const copy: Image = {
        ...image,
        layers: image.layers.map((layer) => ({ ...layer, index: structuredClone(layer.index) })),
      };
      copy.layers.forEach((layer, i) => {
        expect(layer.index).toEqual(image.layers[i]?.index);
      });
      expect(summarizeLedger(weigh(copy))).toEqual(summarizeLedger(weigh(image)));
    },
    { numRuns: 50 },
  );

  law(
    "neither compression nor chunks change what a layer is",
    async (layers) => {
      const [tar] = tars(layers);
      if (tar === undefined) return;
      const { index } = await readBlob(tar);
      for (const compression of ["gzip", "gzip-members", "zstd", "zstd-frames", "zstd-skippable"] as const) {
        const blob = compress(tar, compression);
        const whole = await readBlob(blob);
        expect(whole.index).toEqual(index);
        expect(whole.blob.blobBytes).toBe(blob.length);
        const { entryBytes, overheadBytes } = whole.blob.shares ?? { entryBytes: [], overheadBytes: Number.NaN };
        expect(sum(entryBytes) + overheadBytes).toBe(blob.length);
        for (const chunkBytes of [13, 512, 4096]) expect(await readBlob(blob, { chunkBytes })).toEqual(whole);
      }
      for (const chunkBytes of [13, 512, 4096]) expect((await readBlob(tar, { chunkBytes })).index).toEqual(index);
    },
    { numRuns: 30 },
  );

  law("a layer on top changes no lower layer's content, and brings no byte back to life", async (layers) => {
    const whole = summarizeLedger(weigh(await imageOf(...entriesOfAll(layers))));
    const below = summarizeLedger(weigh(await imageOf(...entriesOfAll(layers.slice(0, -1)))));
    below.layers.forEach((layer, i) => {
      expect(whole.layers[i]?.contentBytes).toBe(layer.contentBytes);
      expect(whole.layers[i]?.liveBytes).toBeLessThanOrEqual(layer.liveBytes);
    });
  });

  law("nothing is left once everything is deleted", async (layers) => {
    const entries = entriesOfAll(layers);
    const top = ["a", "b", "lib", "etc", "nowhere"].map((name) => whiteout(name));
    const names: TarEntry = { name: Buffer.from(".wh.n\u00ff", "latin1") };
    for (const last of [[opaque("")], [...top, names]]) {
      const { sizes, waste } = summarizeLedger(weigh(await imageOf(...entries, last)));
      expect(sizes.rootfsBytes).toBe(0);
      expect(waste.bytes).toBe(sizes.contentBytes);
    }
  });

  law("empty layers anywhere change nothing but layer numbers", async (layers) => {
    const { sizes, waste } = summarizeLedger(weigh(await imageOf(...entriesOfAll(layers))));
    const spread = summarizeLedger(
      weigh(await imageOf(...entriesOfAll(layers).flatMap((entries) => [[], entries, []]))),
    );
    expect(spread.sizes).toEqual({ ...sizes, tarBytes: expect.any(Number) });
    expect(spread.waste).toEqual(waste);
  });

  law("the root's life holds every byte of every layer", async (layers) => {
    const image = await imageOf(...entriesOfAll(layers));
    const { sizes } = summarizeLedger(weigh(image));
    const life = explainPath(weigh(image), "/");
    expect(life).toMatchObject({ contentBytes: sizes.contentBytes, liveBytes: sizes.rootfsBytes, exists: true });
  });

  law(
    "the life of each wasted file holds its bytes, and of each live one says that it exists",
    async (layers) => {
      const image = await imageOf(...entriesOfAll(layers));
      const { wasted, largestFiles } = summarizeLedger(weigh(image));
      for (const { path, pathBase64, bytes } of wasted) {
        if (pathBase64 !== undefined) continue;
        // Where a later symlink leads elsewhere, the path is another file's.
        const life = await Promise.resolve()
          .then(() => explainPath(weigh(image), path))
          .catch(() => null);
        if (life !== null && life.path === path) expect(life.contentBytes).toBeGreaterThanOrEqual(bytes);
      }
      for (const { path, pathBase64, bytes } of largestFiles) {
        if (pathBase64 !== undefined) continue;
        const life = explainPath(weigh(image), path);
        expect(life.exists).toBe(true);
        expect(life.liveBytes).toBeGreaterThanOrEqual(bytes);
      }
    },
    { numRuns: 30 },
  );

  it("cut lists say what was left out", () =>
    fc.assert(
      fc.asyncProperty(anyImage, fc.nat({ max: 5 }), async (layers, limit) => {
        const whole = summarizeLedger(weigh(await imageOf(...entriesOfAll(layers))));
        const cut = limitSummary(whole, limit);
        expect(cut.wasted.length).toBeLessThanOrEqual(limit);
        expect(cut.wasted.length + (cut.omitted["wasted"]?.count ?? 0)).toBe(whole.wasted.length);
        expect(sum(cut.wasted.map(({ bytes }) => bytes)) + (cut.omitted["wasted"]?.bytes ?? 0)).toBe(whole.waste.bytes);
        const { directory } = cut.groups;
        const left = cut.omitted["groups.directory"]?.bytes ?? 0;
        expect(sum(directory.map(({ contentBytes }) => contentBytes)) + left).toBe(whole.sizes.contentBytes);
        expect(cut.layers).toEqual(whole.layers);
      }),
      { numRuns: 50 },
    ));
});

describe("for any blob", () => {
  it("the directory rows of a gzip layer are the same from chunks of any size", () =>
    fc.assert(
      fc.asyncProperty(anyImage, fc.integer({ min: 1, max: 2000 }), async (layers, chunkBytes) => {
        const blobs = tars(layers).map((tar) => gzipSync(tar));
        const image = await imageOfBlobs(...blobs);
        const chunked = await Promise.all(blobs.map((blob) => readBlob(blob, { chunkBytes })));
        const same: Image = { ...image, layers: image.layers.map((layer, i) => ({ ...layer, ...chunked[i] })) };
        expect(groupByDirectory(weigh(same))).toEqual(groupByDirectory(weigh(image)));
      }),
      { numRuns: 40 },
    ));
});
