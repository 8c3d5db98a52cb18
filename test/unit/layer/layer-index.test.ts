import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsFrom } from "../../../packages/core/src/archive/limits.ts";
import { ColumnBuilder, type ColumnRow } from "../../../packages/core/src/layer/column-builder.ts";
import { entryLink, entryPath, KIND, type LayerIndex } from "../../../packages/core/src/layer/layer-index.ts";
import { skimLayer } from "../../../packages/core/src/layer/read-layer.ts";
import { compress } from "../../support/image-builder.ts";
import { indexOf, readBlob } from "../../support/layers.ts";
import { chunked } from "../../support/streams.ts";
import {
  dir,
  file,
  filler,
  hardlink,
  opaque,
  symlink,
  type TarEntry,
  tarBytes,
  whiteout,
} from "../../support/tar-bytes.ts";
import { sha256 } from "../../support/tar-events.ts";

const byteString = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const row: fc.Arbitrary<ColumnRow> = fc.record({
  path: byteString,
  kind: fc.constantFrom(KIND.regular, KIND.symlink, KIND.directory, KIND.whiteout),
  size: fc.maxSafeNat(),
  mode: fc.nat({ max: 0o7777 }),
  uid: fc.nat({ max: 0xffffffff }),
  gid: fc.nat({ max: 0xffffffff }),
  mtime: fc.maxSafeInteger(),
  link: byteString,
  tarStart: fc.maxSafeNat(),
});

describe("columns", () => {
  it("give back what was put in, bytes and all, and survive a copy", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        const builder = new ColumnBuilder();
        for (const [i, entry] of rows.entries()) {
          builder.add(entry);
          builder.endLast(entry.tarStart + i);
        }
        const columns = builder.finish(false);
        expect(structuredClone(columns)).toEqual(columns);
        expect(columns.count).toBe(rows.length);
        for (const [i, entry] of rows.entries()) {
          expect(entryPath(columns, i)).toBe(entry.path);
          expect(entryLink(columns, i)).toBe(entry.link);
          expect(columns.sizes[i]).toBe(entry.kind === KIND.regular ? entry.size : 0);
          expect([columns.kinds[i], columns.modes[i], columns.uids[i], columns.gids[i], columns.mtimes[i]]).toEqual([
            entry.kind,
            entry.mode,
            entry.uid,
            entry.gid,
            entry.mtime,
          ]);
          expect([columns.tarStarts[i], columns.tarEnds[i]]).toEqual([entry.tarStart, entry.tarStart + i]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("keep owners that do not fit at the largest there is", async () => {
    const { entries } = await indexOf([
      file("x", "", {
        pax: [
          ["uid", "4294967296"],
          ["gid", "-1"],
        ],
      }),
    ]);
    expect([entries.uids[0], entries.gids[0]]).toEqual([0xffffffff, 0xffffffff]);
  });
});

/** `kind path -> link` of each entry. */
function listed({ entries }: LayerIndex): string[] {
  const names = Object.fromEntries(Object.entries(KIND).map(([name, kind]) => [kind, name]));
  return Array.from({ length: entries.count }, (_, i) => {
    const link = entryLink(entries, i);
    return `${names[entries.kinds[i] as number]} ${entryPath(entries, i)}${link === "" ? "" : ` -> ${link}`}`;
  });
}

describe("a layer's entries", () => {
  it("have kinds; whiteouts are told by name, whatever their type", async () => {
    const entries: TarEntry[] = [
      file("./a", "1"),
      dir("/d"),
      symlink("s", "../x//y/"),
      hardlink("h", "./a"),
      { name: "c", type: "char" },
      { name: "b", type: "block" },
      { name: "p", type: "fifo" },
      { name: "v", type: "V" },
      whiteout("d/gone"),
      dir(".wh.gone-dir"),
      opaque(""),
      opaque("d/e"),
      file(".wh."),
      file("d/.wh.."),
      file(".wh..."),
      file(".wh..wh.plnk"),
      file("not.wh.x"),
      file(".wh"),
      file(".wh.x/inside"),
      dir("."),
    ];
    expect(listed(await indexOf(entries))).toEqual([
      "regular a",
      "directory d",
      "symlink s -> ../x//y/",
      "hardLink h -> a",
      "charDevice c",
      "blockDevice b",
      "fifo p",
      "other v",
      "whiteout d/gone",
      "whiteout gone-dir",
      "opaque ",
      "opaque d/e",
      "ignored .wh.",
      "ignored d/.wh..",
      "ignored .wh...",
      "ignored .wh..wh.plnk",
      "regular not.wh.x",
      "regular .wh",
      "regular .wh.x/inside",
      "directory ",
    ]);
  });

  it("that are odd are counted, and the first one is named", async () => {
    const index = await indexOf([
      file("x"),
      file("../y"),
      file(".wh."),
      file("a/../../z"),
      file(".wh..wh.aufs"),
      Buffer.alloc(512),
      file("w"),
    ]);
    expect(index.oddities).toEqual([
      { code: "path-traversal", entry: 1, count: 2 },
      { code: "invalid-whiteout", entry: 2, count: 1 },
      { code: "aufs-metadata", entry: 4, count: 1 },
      { code: "lone-zero-block", entry: -1, count: 1 },
    ]);
  });

  it("may not put a file in place of the root", async () => {
    await expect(indexOf([file("./", "x")])).rejects.toMatchObject({ code: "ARCHIVE_MALFORMED" });
  });
});

describe("a layer's totals", () => {
  const entries = [
    file("a", "12345"),
    dir("d"),
    file("d/b", filler(1000)),
    hardlink("c", "a"),
    { ...whiteout("x"), content: "bytes" },
  ];

  it("are content bytes, tar bytes past the tar's own end, and the digest of all of them", async () => {
    const tar = tarBytes(entries, { trailing: "a table of contents" });
    const index = await indexOf(entries, { trailing: "a table of contents" });
    expect(index).toMatchObject({
      contentBytes: 1005,
      tarBytes: tar.length,
      terminated: true,
      diffId: `sha256:${sha256(tar)}`,
    });
    expect(await indexOf(entries, { endBlocks: 0 })).toMatchObject({ terminated: false });
  });

  it("have one hash for each regular file, empty ones too", async () => {
    const { hashes } = (await indexOf([...entries, file("empty")])).entries;
    const rows = [0, 1, 2].map((row) =>
      Buffer.from(hashes ?? [])
        .subarray(row * 32, row * 32 + 32)
        .toString("hex"),
    );
    expect(rows).toEqual([sha256("12345"), sha256(filler(1000)), sha256("")]);
    expect(hashes).toHaveLength(96);
  });

  it.each(["none", "gzip", "zstd"] as const)(
    "without contents (%s) are the same but for digests and hashes",
    async (compression) => {
      const blob = compress(tarBytes(entries, { trailing: filler(100_000) }), compression);
      const read = await readBlob(blob);
      const options = {
        limits: limitsFrom(),
        captures: [],
        diffIdAlgorithm: "sha256",
        blobAlgorithm: "sha256",
        where: "it",
        onBytes: () => {},
      } as const;
      const skimmed = await skimLayer(
        (offset, length) => blob.subarray(offset, offset + length),
        blob.length,
        () => chunked(blob, 1000),
        options,
      );
      expect(skimmed.index).toEqual({ ...read.index, diffId: null, entries: { ...read.index.entries, hashes: null } });
      expect(skimmed.blob).toEqual({ ...read.blob, digest: null });
    },
  );

  it("are told of before they are read", async () => {
    const tar = tarBytes(entries);
    let told = 0;
    const blob = compress(tar, "gzip");
    const { readLayer } = await import("../../../packages/core/src/layer/read-layer.ts");
    const options = {
      limits: limitsFrom(),
      captures: [],
      diffIdAlgorithm: "sha256",
      blobAlgorithm: "sha256",
      where: "it",
    } as const;
    await readLayer(chunked(blob), { ...options, onBytes: (bytes) => (told += bytes) });
    expect(told).toBe(tar.length);
    const stop = new Error("stop");
    const refuse = (): void => {
      throw stop;
    };
    for (const each of [blob, tar, compress(tar, "zstd")]) {
      const source = chunked(each, 100);
      await expect(readLayer(source, { ...options, onBytes: refuse })).rejects.toBe(stop);
      expect(source.released).toBe(true);
    }
  });

  it("know sha512 as well as sha256", async () => {
    const { readLayer } = await import("../../../packages/core/src/layer/read-layer.ts");
    const { digestOf } = await import("../../../packages/core/src/archive/digest.ts");
    const tar = tarBytes(entries);
    const options = {
      limits: limitsFrom(),
      captures: [],
      diffIdAlgorithm: "sha512",
      blobAlgorithm: "sha256",
      where: "it",
      onBytes: () => {},
    } as const;
    for (const compression of ["none", "gzip"] as const) {
      const bytes = compress(tar, compression);
      const { index, blob } = await readLayer(chunked(bytes), options);
      expect(index.diffId).toBe(digestOf(tar, "sha512"));
      expect(blob.digest).toBe(digestOf(bytes));
    }
  });
});

describe("a blob", () => {
  it("of no bytes is a tar of no entries", async () => {
    const { index, blob } = await readBlob(new Uint8Array());
    expect(index).toMatchObject({ tarBytes: 0, contentBytes: 0, terminated: false });
    expect(blob.compression).toBe("none");
  });

  it.each([
    ["xz", Buffer.from("fd377a585a00", "hex"), "UNSUPPORTED_COMPRESSION"],
    ["bzip2", Buffer.from("BZh9"), "UNSUPPORTED_COMPRESSION"],
    ["squashfs", Buffer.from("hsqs"), "UNSUPPORTED_COMPRESSION"],
    [
      "erofs",
      Buffer.concat([Buffer.alloc(4, 1), Buffer.alloc(1020), Buffer.from("e2e1f5e0", "hex")]),
      "UNSUPPORTED_COMPRESSION",
    ],
    ["JSON", Buffer.from(' \n{"a":1}'), "ARCHIVE_MALFORMED"],
    ["text", Buffer.from("hello"), "ARCHIVE_MALFORMED"],
  ])("that is %s is refused", async (_, blob, code) => {
    await expect(readBlob(blob)).rejects.toMatchObject({ code });
    await expect(readBlob(blob, { chunkBytes: 1 })).rejects.toMatchObject({ code });
  });
});
