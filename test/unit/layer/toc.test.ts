import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { entryLink, entryPath, KIND, type LayerIndex } from "../../../packages/core/src/doors/ledger.ts";
import { type Analysis, type AnalyzeOptions, analyzeImage, loadImage } from "../../../packages/core/src/index.ts";
import { errorOf, temporaryDirectory } from "../../support/analyze-files.ts";
import { elfBytes } from "../../support/elf-bytes.ts";
import { type BuiltImage, buildImage, type LayerSpec } from "../../support/image-builder.ts";
import { RemoteImage } from "../../support/remote-image.ts";
import { estargzLayer, type TocEntry, zstdChunkedLayer } from "../../support/seekable-layers.ts";
import { dir, file, filler, hardlink, opaque, symlink, type TarEntry, whiteout } from "../../support/tar-bytes.ts";

const MUSL = "/lib/ld-musl-x86_64.so.1";
const APK = "P:musl\nV:1.2.5-r0\nA:x86_64\nI:1\nF:lib\nR:ld-musl-x86_64.so.1\n\n";

/** Something of everything: empty files, links, whiteouts, a package database, a program, several chunks of a file. */
const ENTRIES: readonly TarEntry[] = [
  dir("etc"),
  file("etc/empty"),
  file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n", { mtime: 1_700_000_000 }),
  dir("lib"),
  file("lib/ld-musl-x86_64.so.1", filler(3000), { mode: 0o755 }),
  dir("lib/apk"),
  dir("lib/apk/db"),
  file("lib/apk/db/installed", APK),
  file("bin/app", elfBytes({ bits: 64, little: true, machine: 62, interpreter: MUSL }), {
    mode: 0o755,
    uid: 7,
    gid: 8,
  }),
  file("big", filler(300_000, 3)),
  symlink("bin/sh", "/bin/app"),
  hardlink("bin/same", "bin/app"),
  file("zeros", Buffer.alloc(100_000)),
  file("näme", "ü"),
  opaque("opt"),
  whiteout("var/gone"),
];

const FORMATS: readonly (readonly [string, (entries: readonly TarEntry[]) => LayerSpec])[] = [
  ["eStargz", (entries) => estargzLayer(entries)],
  ["eStargz of many chunks", (entries) => estargzLayer(entries, { chunkBytes: 50_000 })],
  ["eStargz whose table lies behind the end of its tar", (entries) => estargzLayer(entries, { lossless: true })],
  ["eStargz with the footer of stargz", (entries) => estargzLayer(entries, { legacyFooter: true })],
  ["eStargz with shared members", (entries) => estargzLayer(entries, { shared: true })],
  ["zstd:chunked of 2022", (entries) => zstdChunkedLayer(entries, { dialect: "2022" })],
  ["zstd:chunked with a tar-split", (entries) => zstdChunkedLayer(entries, { zeros: true })],
  ["zstd:chunked of stargz-snapshotter", (entries) => zstdChunkedLayer(entries, { dialect: "stargz" })],
];

function remote(...layers: LayerSpec[]): { image: BuiltImage; source: RemoteImage; path: string } {
  const image = buildImage({ layers, names: ["acme/app:1"] });
  const path = image.writeOciLayout(temporaryDirectory());
  return { image, source: new RemoteImage(path), path };
}

async function indexOf(source: RemoteImage, options: AnalyzeOptions = {}): Promise<LayerIndex> {
  const [layer] = (await loadImage(source, options)).layers;
  return (layer as { index: LayerIndex }).index;
}

function rows({ entries }: LayerIndex): unknown[] {
  let file = 0;
  return Array.from({ length: entries.count }, (_, i) => {
    const hash = entries.kinds[i] === KIND.regular ? entries.hashes?.subarray(file * 32, ++file * 32) : null;
    return [
      entryPath(entries, i),
      entries.kinds[i],
      entries.sizes[i],
      entries.modes[i],
      entries.uids[i],
      entries.gids[i],
      entries.mtimes[i],
      entryLink(entries, i),
      hash && Buffer.from(hash).toString("hex"),
    ];
  });
}

/** Everything of a result that a table of contents does not leave open. */
function comparable(analysis: Analysis) {
  const plain = (list: Analysis["unowned"]) => list.map(({ blobBytes: _, ...row }) => row);
  const { groups, ...rest } = analysis;
  return {
    ...rest,
    source: null,
    sizes: { ...analysis.sizes, tarBytes: null },
    findings: analysis.findings.map(({ bytes, exact, ...finding }) => ({ ...finding, content: bytes.content })),
    plan: { findings: analysis.plan.findings, contentBytes: analysis.plan.after.contentBytes },
    layers: analysis.layers.map((layer) => ({ ...layer, verified: null, tarBytes: null })),
    groups: Object.fromEntries(
      Object.entries(groups).map(([key, list]) => [key, plain(list).filter((row) => row.key !== "[format overhead]")]),
    ),
    unowned: plain(analysis.unowned),
  };
}

describe.each(FORMATS)("%s", (_name, make) => {
  test("lists the layer as reading it does", async () => {
    const { source } = remote(make(ENTRIES));
    const listed = await indexOf(source);
    const read = await indexOf(source, { verify: true });
    expect(listed).toMatchObject({ diffId: null, tarBytes: null, contentBytes: read.contentBytes });
    expect(read.tarBytes).toBeGreaterThan(0);
    expect(rows(listed)).toEqual(rows(read));
    expect(listed.captures).toEqual(read.captures);
    expect(listed.binaries).toEqual(read.binaries);
    expect(listed.binaries).toHaveLength(1);
  });

  test("says how it was verified, and comes to the same numbers", async () => {
    const { source } = remote(make(ENTRIES), { entries: [file("etc/os-release", "ID=alpine\n")] });
    const listed = await analyzeImage(source);
    const read = await analyzeImage(source, { verify: true });
    expect(listed.source.verified).toBe("toc");
    expect(listed.layers.map(({ verified }) => verified)).toEqual(["toc", "blob"]);
    expect(listed.layers.map(({ tarBytes }) => tarBytes === null)).toEqual([true, false]);
    expect(listed.sizes.tarBytes).toBeNull();
    expect(read.source.verified).toBe("blob");
    expect(comparable(listed)).toEqual(comparable(read));
    for (const group of [listed.groups.layer, listed.groups.directory, listed.groups.package])
      expect(group.reduce((sum, row) => sum + (row.blobBytes ?? 0), 0)).toBe(listed.sizes.blobBytes);
  });

  test("reads neither what nobody asks for nor, on a disk, by the table", async () => {
    const big = [...ENTRIES, file("huge", filler(12_000_000, 9))];
    const { source, path, image } = remote(make(big));
    await analyzeImage(source);
    const { bytes, reads } = source.take();
    expect(reads.every(({ range }) => range !== null)).toBe(true);
    // What shares its member with 12 MB cannot be read without it.
    if (_name !== "eStargz with shared members")
      expect(bytes).toBeLessThan((image.layers[0] as { blob: Buffer }).blob.length / 20);
    expect((await analyzeImage(path)).source.verified).toBe("blob");
    await analyzeImage(source, { verify: true });
    expect(source.take().reads).toEqual([{ key: expect.any(String), range: null }]);
  });
});

describe("shares of the blob", () => {
  const shares = async (layer: LayerSpec) => {
    const [read] = (await loadImage(remote(layer).source)).layers;
    const { index, blob } = read as NonNullable<typeof read>;
    const named = Object.fromEntries(
      Array.from(blob.shares?.entryBytes ?? [], (bytes, i) => [entryPath(index.entries, i), bytes]),
    );
    return { named, overhead: blob.shares?.overheadBytes, blobBytes: blob.blobBytes };
  };

  test("a file has the members that hold it; what follows the data is overhead", async () => {
    const places: Record<string, number> = {};
    const layer = estargzLayer([file("a", filler(5000)), dir("d"), file("b", filler(9000, 2))], {
      edit: (entries) => {
        for (const { name, offset } of entries) if (offset !== undefined) places[name as string] = offset as number;
        return entries;
      },
    });
    const { named, overhead, blobBytes } = await shares(layer);
    const tocOffset = Number.parseInt((layer.blob as Buffer).subarray(-35, -19).toString("latin1"), 16);
    const { a, b } = places as { a: number; b: number };
    // The header of d lies behind the contents of a, in their member; that of a before everything.
    expect(named).toEqual({ a: b - a + a, d: 0, b: tocOffset - b, "stargz.index.json": 0 });
    expect(overhead).toBe(blobBytes - tocOffset);
  });

  test("headers between contents are divided among those that they are of", async () => {
    let endOfA = 0;
    let startOfB = 0;
    const { named } = await shares(
      zstdChunkedLayer([file("a", filler(5000)), dir("d"), dir("e"), file("b", filler(9000, 2))], {
        edit: (entries) => {
          endOfA = entries[0]?.["endOffset"] as number;
          startOfB = entries[3]?.["offset"] as number;
          return entries;
        },
      }),
    );
    expect(named["d"]).toBe(Math.floor((startOfB - endOfA) / 3));
    expect(named["e"]).toBe(named["d"]);
  });
});

describe("programs", () => {
  const program = (bytes: number) =>
    Buffer.concat([elfBytes({ bits: 64, little: true, machine: 62, interpreter: MUSL }), filler(bytes, 5)]);

  test("of a large one only the pieces that say something are read", async () => {
    const { source } = remote(zstdChunkedLayer([file("bin/large", program(8_000_000), { mode: 0o755 })]));
    const { binaries, oddities } = await indexOf(source);
    expect(source.take().bytes).toBeLessThan(300_000);
    expect(binaries).toEqual((await indexOf(source, { verify: true })).binaries);
    expect(oddities).toEqual([]);
  });

  test("more than the allowance are told of", async () => {
    const many = Array.from({ length: 300 }, (_, i) => file(`bin/p${i}`, program(5000 + i), { mode: 0o755 }));
    const { source } = remote(estargzLayer(many));
    const { binaries, oddities } = await indexOf(source);
    const unread = oddities.find(({ code }) => code === "evidence-not-read");
    expect(binaries.length + (unread?.count ?? 0)).toBe(300);
    expect(unread?.count).toBeGreaterThan(0);
    const { warnings } = await analyzeImage(source);
    expect(warnings).toContainEqual(expect.objectContaining({ code: "evidence-not-read", layer: 0 }));
  });
});

describe("crafted tables end soon", () => {
  test("a program in pieces of one byte", async () => {
    const program = Buffer.concat([
      elfBytes({ bits: 64, little: true, machine: 62, interpreter: MUSL }),
      filler(20_000),
    ]);
    const { source } = remote(estargzLayer([file("bin/app", program, { mode: 0o755 })], { chunkBytes: 1 }));
    const { binaries } = await indexOf(source);
    expect(binaries).toEqual((await indexOf(source, { verify: true })).binaries);
  });

  test("twenty thousand programs that are none", async () => {
    const layer = estargzLayer([file("bin/app", "no program", { mode: 0o755 })], {
      edit: ([row]) => Array.from({ length: 20_000 }, (_, i) => ({ ...row, name: `bin/app${i}` })),
    });
    const { entries, oddities } = await indexOf(remote(layer).source);
    expect(entries.count).toBe(20_001);
    expect(oddities).toEqual([expect.objectContaining({ code: "evidence-not-read", count: 20_000 - 256 })]);
  });
});

describe("a table that cannot stand for its layer", () => {
  const broken: readonly (readonly [string, LayerSpec])[] = [
    ...(["eStargz", "zstd:chunked"] as const).flatMap((format) => {
      const make = (edit: (entries: TocEntry[]) => unknown) =>
        format === "eStargz" ? estargzLayer(ENTRIES, { edit }) : zstdChunkedLayer(ENTRIES, { edit });
      const change = (name: string, fields: TocEntry) => (entries: TocEntry[]) =>
        entries.map((entry) => (entry["name"] === name && entry["type"] !== "chunk" ? { ...entry, ...fields } : entry));
      return [
        [`${format}: no list`, make(() => ({}))],
        [`${format}: an entry that is none`, make((entries) => [...entries, 7])],
        [`${format}: an unknown type`, make(change("etc/", { type: "door" }))],
        [`${format}: no name`, make(change("etc/", { name: "" }))],
        [`${format}: a name that is not UTF-8`, make(change("etc/", { name: "etc\ufffd/" }))],
        [`${format}: no hash`, make(change("big", { digest: null }))],
        [`${format}: another hash`, make(change("big", { digest: `sha512:${"0".repeat(128)}` }))],
        [`${format}: a negative size`, make(change("big", { size: -1 }))],
        [`${format}: a size that is none`, make(change("big", { size: "many" }))],
        [`${format}: a size beyond its chunks`, make(change("bin/app", { size: 1e15, chunkSize: 5 }))],
        [`${format}: contents outside of the blob`, make(change("big", { offset: 1e12 }))],
        [`${format}: contents elsewhere`, make(change("lib/apk/db/installed", { offset: 1 }))],
        [
          `${format}: contents with another digest`,
          make(
            change("lib/apk/db/installed", {
              digest: `sha256:${"0".repeat(64)}`,
              chunkDigest: `sha256:${"0".repeat(64)}`,
            }),
          ),
        ],
        [`${format}: a piece of no file`, make((entries) => [{ type: "chunk", offset: 1 }, ...entries])],
        [
          `${format}: a piece that is too large`,
          make(change("lib/apk/db/installed", { size: 2 ** 27, innerOffset: 2 ** 27 })),
        ],
      ] as const;
    }),
    [
      "eStargz: another digest",
      estargzLayer(ENTRIES, {
        annotations: { "containerd.io/snapshot/stargz/toc.digest": `sha256:${"0".repeat(64)}` },
      }),
    ],
    [
      "eStargz: no digest",
      estargzLayer(ENTRIES, { annotations: { "containerd.io/snapshot/stargz/toc.digest": "md5:0" } }),
    ],
    ["eStargz: no footer", { ...estargzLayer(ENTRIES), blob: undefined as never }],
    [
      "zstd:chunked: another digest",
      zstdChunkedLayer(ENTRIES, {
        annotations: { "io.github.containers.zstd-chunked.manifest-checksum": `sha256:${"0".repeat(64)}` },
      }),
    ],
    [
      "zstd:chunked: no position",
      zstdChunkedLayer(ENTRIES, { annotations: { "io.github.containers.zstd-chunked.manifest-position": "1:2" } }),
    ],
    [
      "zstd:chunked: outside of the blob",
      zstdChunkedLayer(ENTRIES, {
        annotations: { "io.github.containers.zstd-chunked.manifest-position": "900000000000:10:10:1" },
      }),
    ],
    [
      "zstd:chunked: another length",
      zstdChunkedLayer(ENTRIES, {
        annotations: { "io.github.containers.zstd-chunked.manifest-position": "8:10:10:1" },
      }),
    ],
  ];

  test.each(broken)("%s: all of it is read", async (_name, layer) => {
    const notes: string[] = [];
    const { blob, ...rest } = layer;
    const { source, path } = remote(blob === undefined ? rest : layer);
    const analysis = await analyzeImage(source, {
      onProgress: (event) => event.type === "source" && event.note !== null && notes.push(event.note),
    });
    expect(analysis.source.verified).toBe("blob");
    expect({ ...analysis, source: null }).toEqual({ ...(await analyzeImage(path)), source: null });
    if (!/no digest|no position/.test(_name))
      expect(notes).toEqual([expect.stringMatching(/^layer 0 is read as a whole: /)]);
  });

  test("a blob that is not what it was is found out", async () => {
    const layer = estargzLayer(ENTRIES);
    const damaged = Buffer.from(layer.blob as Buffer);
    const at = damaged.length - 200;
    damaged[at] = (damaged[at] as number) ^ 1;
    const digest = buildImage({ layers: [layer] }).layers[0]?.digest as string;
    const { source, path } = remote(layer);
    writeFileSync(join(path, "blobs", digest.replace(":", "/")), damaged);
    expect((await errorOf(analyzeImage(source))).code).toMatch(/DIGEST_MISMATCH|ARCHIVE_MALFORMED/);
  });
});

describe("a table that lies, with the right digest", () => {
  const lie = estargzLayer([file("a", "four"), file("b", filler(700))], {
    edit: (entries) => entries.map((entry) => (entry["name"] === "a" ? { ...entry, name: "other" } : entry)),
  });

  test("is believed, and said to be; with all of it read the tar decides", async () => {
    const { source } = remote(lie);
    const paths = (analysis: Analysis) => analysis.largestFiles.map(({ path }) => path);
    expect(paths(await analyzeImage(source))).toContain("/other");
    const read = await analyzeImage(source, { verify: true });
    expect(paths(read)).toContain("/a");
    expect(paths(read)).not.toContain("/other");
    expect(read.source.verified).toBe("blob");
  });
});

describe("limits", () => {
  const limits = [
    ["maxTocBytes", 100],
    ["maxEntries", 3],
    ["maxPathBytes", 5],
    ["maxTotalBytes", 1000],
  ] as const;

  test.each(limits)("%s", async (limit, value) => {
    for (const layer of [estargzLayer(ENTRIES), zstdChunkedLayer(ENTRIES)]) {
      const error = await errorOf(analyzeImage(remote(layer).source, { limits: { [limit]: value } }));
      expect(error.code).toBe("LIMIT_EXCEEDED");
      expect(error.details["limit"]).toBe(limit);
    }
  });

  test("a table that inflates beyond its limit", async () => {
    const layer = estargzLayer(ENTRIES, {
      edit: (entries) => [
        ...entries,
        ..."x"
          .repeat(50)
          .split("")
          .map(() => ({ type: "dir", name: "d", filler: "x".repeat(20_000) })),
      ],
    });
    const error = await errorOf(analyzeImage(remote(layer).source, { limits: { maxTocBytes: 100_000 } }));
    expect(error.details["limit"]).toBe("maxTocBytes");
  });
});

describe("the cache", () => {
  test.each([estargzLayer(ENTRIES), zstdChunkedLayer(ENTRIES)])(
    "keeps listings apart from layers that were read",
    async (layer) => {
      const cache = { directory: temporaryDirectory() };
      const { source } = remote(layer);
      const cold = await analyzeImage(source, { cache });
      source.take();
      const warm = await analyzeImage(source, { cache });
      expect(warm).toEqual(cold);
      expect(source.take().reads).toEqual([]);
      const whole = await analyzeImage(source, { cache, verify: true });
      expect(whole.source.verified).toBe("blob");
      expect(source.take().reads).toEqual([{ key: expect.any(String), range: null }]);
      expect(await analyzeImage(source, { cache })).toEqual(cold);
      expect(source.take().reads).toEqual([]);
    },
  );

  test("an unusable table costs its own reading again, and no more", async () => {
    const cache = { directory: temporaryDirectory() };
    const { source } = remote(zstdChunkedLayer(ENTRIES, { edit: () => ({}) }));
    const cold = await analyzeImage(source, { cache });
    source.take();
    expect(await analyzeImage(source, { cache })).toEqual(cold);
    expect(source.take().reads.every(({ range }) => range !== null)).toBe(true);
  });
});
