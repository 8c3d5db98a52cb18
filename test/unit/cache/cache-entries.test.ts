import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { RELEASE_FILES } from "../../../packages/core/src/base/os-release.ts";
import { decodeEntry, type Entry, encodeEntry } from "../../../packages/core/src/cache/entry-format.ts";
import { imageMeta, readImageMeta } from "../../../packages/core/src/cache/image-entry.ts";
import { blobEntry, layerEntry, readBlobEntry, readLayerEntry } from "../../../packages/core/src/cache/layer-entry.ts";
import { loadImage, resolveSource } from "../../../packages/core/src/index.ts";
import { LAYER_INDEX_VERSION, type LayerIndex } from "../../../packages/core/src/layer/layer-index.ts";
import { temporaryFile } from "../../support/analyze-files.ts";
import { elfBytes } from "../../support/elf-bytes.ts";
import { buildImage, digestOf } from "../../support/image-builder.ts";
import { readBlob } from "../../support/layers.ts";
import { dir, file, hardlink, opaque, symlink, tarBytes, whiteout } from "../../support/tar-bytes.ts";

const KEY = '["layer","sha256:00"]';

/** As it comes from a disk: one buffer of its own. */
function stored(key: string, entry: Entry): Buffer {
  const bytes = Buffer.concat(encodeEntry(key, entry));
  return Buffer.from(new Uint8Array(bytes).buffer);
}

async function layer() {
  const tar = tarBytes([
    dir("etc"),
    file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n"),
    file("etc/empty", ""),
    file(Buffer.from("n\xff", "latin1"), "not UTF-8"),
    hardlink("etc/linked", "etc/os-release"),
    symlink("usr/lib", "../lib"),
    whiteout("gone"),
    opaque("var"),
    file("../up", "escapes"),
    file("usr/bin/program", elfBytes({ bits: 64, little: true, machine: 62, needed: ["libc.so.6"] })),
  ]);
  return readBlob(gzipSync(tar), { captures: RELEASE_FILES.captures, extractors: ["elf", "zip-jar"] });
}

describe("an entry", () => {
  const entry: Entry = {
    meta: { text: "ä\u2028", list: [1, null] },
    columns: {
      bytes: new Uint8Array([1, 2, 3]),
      none: new Uint32Array(0),
      shorts: new Uint16Array([65_535, 1]),
      words: new Uint32Array([0xffff_ffff]),
      numbers: new Float64Array([-1.5, 2 ** 53]),
    },
  };

  test("comes back as it was, its columns being parts of the bytes", () => {
    const bytes = stored(KEY, entry);
    const read = decodeEntry(KEY, bytes);
    expect(read).toEqual(entry);
    for (const column of Object.values(read?.columns ?? {})) expect(column.buffer).toBe(bytes.buffer);
  });

  test("is none under another key", () => {
    expect(decodeEntry('["layer","sha256:01"]', stored(KEY, entry))).toBeNull();
  });

  test("is none where a bit is wrong, whichever it is", () => {
    const bytes = stored(KEY, entry);
    for (let i = 0; i < bytes.length * 8; i++) {
      const wrong = Buffer.from(new Uint8Array(bytes).buffer);
      wrong[i >> 3] = (wrong[i >> 3] as number) ^ (1 << (i & 7));
      expect(decodeEntry(KEY, wrong), `bit ${i}`).toBeNull();
    }
  });

  test("is none where it is cut or goes on", () => {
    const bytes = stored(KEY, entry);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeEntry(KEY, Buffer.from(new Uint8Array(bytes.subarray(0, length)).buffer)), `${length}`).toBeNull();
    }
    expect(decodeEntry(KEY, Buffer.from(new Uint8Array(Buffer.concat([bytes, Buffer.alloc(8)])).buffer))).toBeNull();
  });
});

describe("a layer", () => {
  test("comes back as it was read", async () => {
    const { index } = await layer();
    expect(index.captures).not.toEqual([]);
    expect(index.binaries).not.toEqual([]);
    expect(index.oddities).not.toEqual([]);
    const entry = decodeEntry(KEY, stored(KEY, layerEntry(index)));
    expect(readLayerEntry(entry as Entry)).toEqual(index);
  });

  test("is recorded as it was when this version of the index began", async () => {
    const recorded = digestOf(stored(KEY, layerEntry((await layer()).index)));
    // Where this fails on purpose, caches hold what is no longer recorded so: raise LAYER_INDEX_VERSION.
    expect([LAYER_INDEX_VERSION, recorded]).toEqual([
      2,
      "sha256:bdb71326b5832f83a8464103e9d1de7a24a4dde45f73c510928d8a754c4440b4",
    ]);
  });

  test("without an entry comes back too", async () => {
    const { index, blob } = await readBlob(tarBytes([]));
    expect(readLayerEntry(decodeEntry(KEY, stored(KEY, layerEntry(index))) as Entry)).toEqual(index);
    const entry = decodeEntry(KEY, stored(KEY, blobEntry(blob, index.diffId)));
    expect(readBlobEntry(entry as Entry, index)).toEqual(blob);
  });

  type Change = (index: Mutable, entries: Mutable) => void;
  type Mutable = Record<string, unknown>;

  /** What an entry with a right checksum gives whose layer was tampered with. */
  async function tampered(change: Change): Promise<LayerIndex | null> {
    const { index } = await layer();
    const entries = Object.fromEntries(
      Object.entries(index.entries).map(([name, value]) => [name, typeof value === "object" ? value?.slice() : value]),
    );
    const copy: Mutable = { ...index, entries };
    change(copy, entries);
    return readLayerEntry(decodeEntry(KEY, stored(KEY, layerEntry(copy as unknown as LayerIndex))) as Entry);
  }

  test("that nobody tampered with is one", async () => {
    expect(await tampered(() => {})).toEqual((await layer()).index);
  });

  const set =
    (name: string, i: number, value: number): Change =>
    (_, entries) => {
      (entries[name] as Float64Array)[i] = value;
    };
  const ELF = { type: "shared", machine: "x", bits: 64, interpreter: null, needed: [], soname: null, runpath: null };
  const FACTS = { ...ELF, pie: false, neededVersions: [], debugBytes: 0, goBuildInfo: null, rustDependencies: null };
  const WRONG: Record<string, Change> = {
    "another version": (index) => Object.assign(index, { version: 0 }),
    "no diffID": (index) => Object.assign(index, { diffId: 5 }),
    "negative tar bytes": (index) => Object.assign(index, { tarBytes: -1 }),
    "an unknown end": (index) => Object.assign(index, { terminated: "yes" }),
    "another sum of contents": (index) => Object.assign(index, { contentBytes: 1 }),
    "more entries than rows": (_, entries) => Object.assign(entries, { count: 11 }),
    "a negative number of entries": (_, entries) => Object.assign(entries, { count: -1 }),
    "no kinds": (_, entries) => delete entries["kinds"],
    "kinds as numbers": (_, entries) => Object.assign(entries, { kinds: new Float64Array(10) }),
    "a kind that is none": set("kinds", 0, 11),
    "a directory with a size": set("sizes", 0, 1),
    "a size that is no number": set("sizes", 1, Number.NaN),
    "a size below nothing": set("sizes", 1, -5),
    "a path that ends before it begins": set("pathEnds", 1, 0),
    "a path beyond the paths": set("pathEnds", 9, 10_000),
    "paths with bytes left": set("pathEnds", 9, 1),
    "a link beyond the links": set("linkEnds", 9, 10_000),
    "a tar offset of half a byte": set("tarStarts", 3, 0.5),
    "an entry that ends nowhere": set("tarEnds", 3, Number.POSITIVE_INFINITY),
    "too few hashes": (_, entries) => Object.assign(entries, { hashes: new Uint8Array(32) }),
    "a captured file that is no file": (index) =>
      Object.assign(index, { captures: [{ request: "x", entry: 0, content: new Uint8Array(1), truncated: false }] }),
    "a captured file of no entry": (index) =>
      Object.assign(index, { captures: [{ request: "x", entry: 99, content: new Uint8Array(1), truncated: false }] }),
    "a captured file without request": (index) =>
      Object.assign(index, { captures: [{ request: 1, entry: 1, content: new Uint8Array(1), truncated: false }] }),
    "oddities that are none": (index) => Object.assign(index, { oddities: [{ code: "x", entry: 0, count: 1 }] }),
    "an oddity of no entry": (index) =>
      Object.assign(index, { oddities: [{ code: "path-traversal", entry: 10, count: 1 }] }),
    "no list of oddities": (index) => Object.assign(index, { oddities: "none" }),
    "facts of a directory": (index) => Object.assign(index, { binaries: [{ entry: 0, facts: FACTS }] }),
    "facts without needs": (index) =>
      Object.assign(index, { binaries: [{ entry: 1, facts: { ...FACTS, needed: null } }] }),
    "needs that are no text": (index) =>
      Object.assign(index, { binaries: [{ entry: 1, facts: { ...FACTS, needed: [1] } }] }),
    "no facts": (index) => Object.assign(index, { binaries: [{ entry: 1 }] }),
    "an archive without contents": (index) => Object.assign(index, { archives: [{ entry: 1, facts: { maven: [] } }] }),
  };

  test.each(Object.entries(WRONG))("with %s is none", async (_, change) => {
    expect(await tampered(change)).toBeNull();
  });
});

describe("a blob's record", () => {
  test("comes back as it was read, for the layer that it holds and no other", async () => {
    const { index, blob } = await layer();
    const entry = decodeEntry(KEY, stored(KEY, blobEntry(blob, index.diffId))) as Entry;
    expect(blob.shares?.entryBytes.length).toBe(index.entries.count);
    expect(readBlobEntry(entry, index)).toEqual(blob);
    expect(readBlobEntry(entry, (await readBlob(tarBytes([]))).index)).toBeNull();
  });

  test.each<[string, (meta: Record<string, unknown>, shares: Float64Array) => void]>([
    ["a negative size", (meta) => Object.assign(meta, { blobBytes: -1 })],
    ["an unknown compression", (meta) => Object.assign(meta, { compression: "xz" })],
    ["shares that do not add up", (_, shares) => shares.fill(1)],
    ["a share that is no number", (_, shares) => shares.fill(Number.NaN)],
    ["no overhead", (meta) => Object.assign(meta, { overheadBytes: null })],
    ["another layer", (meta) => Object.assign(meta, { diffId: `sha256:${"0".repeat(64)}` })],
  ])("with %s is none", async (_, change) => {
    const { index, blob } = await layer();
    const { meta, columns } = blobEntry(blob, index.diffId);
    const shares = (columns["entryBytes"] as Float64Array).slice();
    const copy = { ...(meta as object) };
    change(copy, shares);
    expect(readBlobEntry({ meta: copy, columns: { entryBytes: shares } }, index)).toBeNull();
  });
});

describe("an image", () => {
  async function known() {
    const layers = [{ entries: [file("a", "1")], createdBy: "COPY a /" }];
    const image = buildImage({
      layers,
      names: ["app:1"],
      config: { config: { Labels: { one: "1", __proto__: "2" } } },
    });
    const { description, layers: read } = await loadImage(resolveSource(temporaryFile("i.tar", image.asOciArchive())));
    const digests = read.map(({ index, blob }) => ({ diffId: index.diffId, blob: blob.digest }));
    const annotated = { ...description, annotations: new Map([["labels", "x"]]) };
    return { description: annotated, digests } as Parameters<typeof imageMeta>[0];
  }

  test("comes back as it was described", async () => {
    const image = await known();
    const meta = JSON.parse(JSON.stringify(imageMeta(image)));
    expect(readImageMeta(meta)).toEqual(image);
    expect(image.description.config.labels.size).toBeGreaterThan(0);
  });

  interface Meta {
    description: { config: { labels: unknown; history: unknown }; layers: { key: unknown }[] };
    digests: { blob: string }[];
  }

  test.each<[string, (meta: Meta) => void]>([
    ["no description", (meta) => Object.assign(meta, { description: null })],
    ["fewer layers than it describes", (meta) => Object.assign(meta, { digests: [] })],
    ["a digest that is none", ({ digests: [first] }) => Object.assign(first ?? {}, { blob: "sha256:1" })],
    ["labels that are no pairs", (meta) => Object.assign(meta.description.config, { labels: [["a"]] })],
    ["a history of numbers", (meta) => Object.assign(meta.description.config, { history: [1] })],
    ["layers without keys", (meta) => Object.assign(meta.description.layers[0] ?? {}, { key: null })],
  ])("with %s is none", async (_, change) => {
    const meta = JSON.parse(JSON.stringify(imageMeta(await known())));
    change(meta);
    expect(readImageMeta(meta)).toBeNull();
  });
});
