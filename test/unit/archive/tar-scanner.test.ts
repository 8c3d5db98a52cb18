import { describe, expect, it } from "vitest";
import {
  base256,
  dir,
  extension,
  file,
  filler,
  globalPax,
  hardlink,
  paxRecords,
  type SparseForm,
  symlink,
  type TarEntry,
  tarBytes,
} from "../../support/tar-bytes.ts";
import { scan, sha256 } from "../../support/tar-events.ts";

const LONG = `${"directory/".repeat(20)}file`;

/** The one entry of a tar. */
function only(entry: TarEntry | Uint8Array, ...more: (TarEntry | Uint8Array)[]) {
  const { entries } = scan(tarBytes([entry, ...more]));
  expect(entries).toHaveLength(1);
  return entries[0] as (typeof entries)[number];
}

const malformed = expect.objectContaining({ code: "ARCHIVE_MALFORMED" });
const truncated = expect.objectContaining({ code: "ARCHIVE_TRUNCATED" });
const limited = (limit: string) =>
  expect.objectContaining({ code: "LIMIT_EXCEEDED", details: expect.objectContaining({ limit }) });

describe("headers", () => {
  it("give name, size, mode, owner and time", () => {
    const entry = only(file("etc/passwd", "root", { mode: 0o4755, uid: 1000, gid: 50, mtime: 1_700_000_000 }));
    expect(entry).toMatchObject({
      name: "etc/passwd",
      size: 4,
      mode: 0o4755,
      uid: 1000,
      gid: 50,
      mtime: 1_700_000_000,
      type: 0x30,
    });
    expect(entry).toMatchObject({ start: 0, end: 1024, contentBytes: 4, sha256: sha256("root") });
  });

  it.each([
    ["dir", "5"],
    ["char", "3"],
    ["block", "4"],
    ["fifo", "6"],
    ["symlink", "2"],
    ["link", "1"],
  ])("of a %s carry no data, whatever their size says", (type, flag) => {
    const { entries } = scan(tarBytes([{ name: "x", type, link: "t", size: 5000 }, file("y", "1")]));
    expect(entries.map(({ name, type, size }) => [name, String.fromCharCode(type), size])).toEqual([
      ["x", flag, 0],
      ["y", "0", 1],
    ]);
  });

  it("of unknown types have data by their size", () => {
    const { entries } = scan(
      tarBytes([
        { name: "v", type: "V", content: filler(700) },
        { name: "n", type: "N", content: "x" },
        file("y", "1"),
      ]),
    );
    expect(entries.map(({ name, size, end }) => [name, size, end])).toEqual([
      ["v", 0, 1536],
      ["n", 0, 2560],
      ["y", 1, 3584],
    ]);
  });

  it("of the old form tell a directory by its slash; it has no data", () => {
    const { entries } = scan(
      tarBytes([
        { name: "d/", type: "\0", size: 4096 },
        { name: "f", type: "\0", content: "1" },
      ]),
    );
    expect(entries.map(({ name, type, size }) => [name, String.fromCharCode(type), size])).toEqual([
      ["d/", "5", 0],
      ["f", "0", 1],
    ]);
  });

  it("of contiguous files are those of files, of GNU dump directories those of directories with data", () => {
    const { entries } = scan(
      tarBytes([
        { name: "c", type: "contiguous", content: "123" },
        { name: "d/", type: "D", content: "Yx\0\0" },
      ]),
    );
    expect(entries.map(({ type, size, end }) => [String.fromCharCode(type), size, end])).toEqual([
      ["0", 3, 1024],
      ["5", 0, 2048],
    ]);
  });

  it.each([0, 1, 8 ** 11 - 1])("hold the size %d in octal or base-256", (size) => {
    const headers = [
      { name: "x", size },
      { name: "x", size, base256: true },
    ].map((entry) => tarBytes([entry], { endBlocks: 0 }).subarray(0, 512));
    for (const header of headers) {
      const content = size > 10 ? Buffer.alloc(0) : Buffer.alloc(512 * Math.ceil(size / 512));
      if (size > 10) expect(() => scan(header)).toThrow(truncated);
      else expect(scan(Buffer.concat([header, content])).entries[0]?.size).toBe(size);
    }
  });

  it("hold sizes beyond 8 GiB in base-256, and skip over them", () => {
    const size = 2 ** 33 + 5;
    const tar = tarBytes([{ name: "big", size }], { endBlocks: 0 });
    expect(() => scan(tar)).toThrow(truncated);
  });

  it.each([
    ["negative", base256(-1)],
    ["beyond 2⁵³", base256(2n ** 60n)],
    ["not octal", "9999999999\0"],
    ["text", "size\0"],
  ])("with a size that is %s are refused", (_, field) => {
    expect(() => scan(tarBytes([{ name: "x", raw: [[124, field]] }]))).toThrow(malformed);
  });

  it.each([
    ["spaces before", "         12 "],
    ["nothing after", "000000000012"],
    ["a NUL after", "00000000012\0"],
    ["NULs before", "\0\0\0\0\0\0\0\0\x3012 "],
  ])("take octal with %s", (_, field) => {
    expect(only({ name: "x", content: "0123456789", raw: [[124, field]] }).size).toBe(10);
  });

  it("take an unreadable mode, owner or time for 0", () => {
    const entry = only({
      name: "x",
      raw: [
        [100, "xxxxxxx\0"],
        [108, "yyyyyyy\0"],
        [136, "zzzzzzzzzzz\0"],
      ],
    });
    expect(entry).toMatchObject({ mode: 0, uid: 0, mtime: 0 });
  });

  it("take times before 1970", () => {
    expect(only({ name: "x", raw: [[136, base256(-86_400)]] }).mtime).toBe(-86_400);
    expect(only({ name: "x", pax: [["mtime", "-1.5"]] }).mtime).toBe(-1);
  });

  it("take the checksum of signed bytes, which old writers made", () => {
    expect(only({ name: Buffer.from([0xe9, 0xff]), checksum: "signed" }).name).toBe("\u00e9\u00ff");
  });

  it.each(["0000000\0", "xxxxxxxx", "        "])("with the checksum %j are refused", (checksum) => {
    expect(() => scan(tarBytes([{ name: "x", checksum }]))).toThrow(malformed);
  });
});

describe("names", () => {
  it.each(["gnu", "pax", "prefix"] as const)("that are long: %s", (long) => {
    const { entries } = scan(tarBytes([file(LONG, "1", { long }), file("short", "2")]));
    expect(entries.map(({ name, size }) => [name, size])).toEqual([
      [LONG, 1],
      ["short", 1],
    ]);
    expect(entries[0]?.start).toBe(0);
  });

  it("keep bytes that are not UTF-8", () => {
    const name = Buffer.from([0x62, 0xff, 0xfe, 0x80]);
    expect(only({ name }).name).toBe("b\u00ff\u00fe\u0080");
    expect(only({ name: Buffer.alloc(150, name) }).name).toHaveLength(150);
    expect(only({ name: "x", pax: [["path", name]] }).name).toBe("b\u00ff\u00fe\u0080");
  });

  it("of exactly 100 bytes need no NUL", () => {
    expect(only(file("n".repeat(100))).name).toBe("n".repeat(100));
    expect(only({ name: "l", type: "symlink", link: "t".repeat(100) }).linkName).toBe("t".repeat(100));
  });

  it("do not take GNU's times for a prefix", () => {
    expect(
      only({
        name: "x",
        raw: [
          [257, "ustar  \0"],
          [345, "14000000000\0"],
        ],
      }).name,
    ).toBe("x");
  });

  it("have links of their own", () => {
    const { entries } = scan(
      tarBytes([
        symlink("s", LONG),
        hardlink(LONG, `${LONG}2`),
        symlink("p", LONG, { long: "pax" }),
        symlink("q", "t"),
      ]),
    );
    expect(entries.map(({ name, linkName }) => [name, linkName])).toEqual([
      ["s", LONG],
      [LONG, `${LONG}2`],
      ["p", LONG],
      ["q", "t"],
    ]);
  });

  it("take K before L and L before K", () => {
    const long = extension("L", "././@LongLink", Buffer.from("name\0"));
    const link = extension("K", "././@LongLink", Buffer.from("target\0"));
    for (const order of [
      [long, link],
      [link, long],
    ]) {
      const { entries } = scan(tarBytes([...order, symlink("x", "y"), file("z", "1")]));
      expect(entries.map(({ name, linkName, start }) => [name, linkName, start])).toEqual([
        ["name", "target", 0],
        ["z", "", 2560],
      ]);
    }
  });

  it("by GNU go before those by PAX, as in Go", () => {
    const long = extension("L", "././@LongLink", Buffer.from("gnu\0"));
    expect(only(long, { name: "x", pax: [["path", "pax"]] }).name).toBe("gnu");
  });
});

describe("PAX headers", () => {
  it("replace the fields of the next entry, and only of that", () => {
    const { entries } = scan(
      tarBytes([
        {
          name: "x",
          content: "12345",
          size: 0,
          pax: [
            ["size", "5"],
            ["path", "é"],
            ["uid", "4294967296"],
            ["gid", "7"],
            ["mtime", "1.9"],
            ["SCHILY.xattr.user.a", "b=c\nd"],
          ],
        },
        file("y", "1"),
      ]),
    );
    expect(entries[0]).toMatchObject({
      name: "\u00c3\u00a9",
      size: 5,
      uid: 2 ** 32,
      gid: 7,
      mtime: 1,
      contentBytes: 5,
    });
    expect(entries[1]).toMatchObject({ name: "y", size: 1, uid: 0, mtime: 0 });
  });

  it("that hold for all entries are passed over, and are no entry's bytes", () => {
    const { entries } = scan(
      tarBytes([
        globalPax([
          ["path", "no"],
          ["comment", "git archive"],
        ]),
        file("y", "1"),
      ]),
    );
    expect(entries.map(({ name, start }) => [name, start])).toEqual([["y", 1024]]);
  });

  it("follow each other: the last one holds", () => {
    const first = extension(
      "x",
      "PaxHeaders/x",
      paxRecords([
        ["path", "first"],
        ["uid", "9"],
      ]),
    );
    expect(only(first, { name: "x", pax: [["path", "second"]] })).toMatchObject({ name: "second", uid: 0, start: 0 });
  });

  it("that are empty change nothing", () => {
    expect(only(extension("x", "PaxHeaders/x", new Uint8Array()), file("x", "1")).name).toBe("x");
  });

  it("with no entry behind them are refused", () => {
    const pax = extension("x", "PaxHeaders/x", paxRecords([["path", "p"]]));
    expect(() => scan(tarBytes([pax]))).toThrow(malformed);
    expect(() => scan(pax)).toThrow(truncated);
  });
});

describe("sparse files", () => {
  const forms: SparseForm[] = ["gnu", "pax-0.0", "pax-0.1", "pax-1.0"];
  const fragments = [
    [0, "head"],
    [100_000, "middle"],
    [200_000, filler(1000)],
  ] as const;
  const logical = Buffer.alloc(300_000);
  for (const [at, data] of fragments) Buffer.from(data).copy(logical, at);

  describe.each(forms)("of the form %s", (form) => {
    it("have their logical size and contents", () => {
      const { entries } = scan(tarBytes([{ name: "s", sparse: { form, size: 300_000, fragments } }, file("y", "1")]));
      expect(entries[0]).toMatchObject({ name: "s", size: 300_000, contentBytes: 300_000, sha256: sha256(logical) });
      expect(entries[1]).toMatchObject({ name: "y", contentBytes: 1 });
    });

    it("may be one hole", () => {
      const entry = only({ name: "s", sparse: { form, size: 1000, fragments: [[1000, ""]] } });
      expect(entry).toMatchObject({ size: 1000, sha256: sha256(Buffer.alloc(1000)) });
    });

    it("may have many fragments, empty ones too", () => {
      const many = Array.from({ length: 60 }, (_, i) => [i * 1000, i % 7 === 3 ? "" : `part ${i}`] as const);
      const whole = Buffer.alloc(70_000);
      for (const [at, data] of many) whole.write(data, at);
      expect(only({ name: "s", sparse: { form, size: 70_000, fragments: many } }).sha256).toBe(sha256(whole));
    });

    it.each([
      [
        "overlap",
        [
          [0, "ab"],
          [1, "c"],
        ],
      ],
      ["leave the file", [[8, "abc"]]],
      [
        "do not ascend",
        [
          [5, "a"],
          [0, "b"],
        ],
      ],
    ] as const)("whose fragments %s are refused", (_, wrong) => {
      expect(() => scan(tarBytes([{ name: "s", sparse: { form, size: 10, fragments: wrong } }]))).toThrow(malformed);
    });

    it("with holes beyond the limit are refused", () => {
      const sparse = { form, size: 2 ** 40, fragments: [[0, "x"]] } as const;
      expect(() => scan(tarBytes([{ name: "s", sparse }]))).toThrow(limited("maxSparseBytes"));
      const two = { form, size: 600, fragments: [[600, ""]] } as const;
      expect(() =>
        scan(
          tarBytes([
            { name: "s", sparse: two },
            { name: "t", sparse: two },
          ]),
          { limits: { maxSparseBytes: 1000 } },
        ),
      ).toThrow(limited("maxSparseBytes"));
    });
  });

  it("of an unknown version are plain files", () => {
    const entry = only({
      name: "x",
      content: "stored",
      pax: [
        ["GNU.sparse.major", "2"],
        ["GNU.sparse.minor", "0"],
        ["GNU.sparse.realsize", "99"],
        ["GNU.sparse.name", "n"],
      ],
    });
    expect(entry).toMatchObject({ name: "x", size: 6, sha256: sha256("stored") });
    expect(only({ name: "x", content: "stored", pax: [["GNU.sparse.realsize", "99"]] }).size).toBe(6);
  });

  it("whose map does not end or is no number are refused", () => {
    const pax = [
      ["GNU.sparse.major", "1"],
      ["GNU.sparse.minor", "0"],
      ["GNU.sparse.realsize", "9"],
    ] as const;
    for (const content of ["", "3\n0\n1\n", "x\n", "-1\n", "1\n99999999999999999\n1\n", "9".repeat(600)]) {
      expect(() => scan(tarBytes([{ name: "x", content, pax }]))).toThrow(malformed);
    }
    const long = Buffer.from(`400\n${"1\n".repeat(300)}`);
    expect(() =>
      scan(tarBytes([{ name: "x", content: long, size: 2 ** 20, pax }]), { limits: { maxHeaderBytes: 512 } }),
    ).toThrow();
  });
});

describe("the end", () => {
  it("is two zero blocks; what is behind them counts and is not looked at", () => {
    const seen = scan(tarBytes([file("x", "1")], { endBlocks: 20, trailing: "a table of contents" }));
    expect(seen).toMatchObject({ terminated: true, offset: 1024 + 20 * 512 + 19 });
    expect(seen.entries).toHaveLength(1);
  });

  it("may be missing between entries", () => {
    for (const endBlocks of [0, 1]) {
      expect(scan(tarBytes([file("x", "1")], { endBlocks }))).toMatchObject({ terminated: false, loneZeroBlocks: [] });
    }
    expect(scan(new Uint8Array())).toMatchObject({ terminated: false, offset: 0, entries: [] });
    expect(scan(Buffer.alloc(1024))).toMatchObject({ terminated: true, entries: [] });
  });

  it("is not one zero block with an entry behind it", () => {
    const seen = scan(tarBytes([file("x", "1"), Buffer.alloc(512), file("y", "2"), Buffer.alloc(512), dir("z")]));
    expect(seen.entries.map(({ name }) => name)).toEqual(["x", "y", "z/"]);
    expect(seen.loneZeroBlocks).toEqual([1024, 2560]);
    expect(seen.terminated).toBe(true);
  });

  it("inside an entry is an error at every byte", () => {
    const tar = tarBytes([file(LONG, filler(700)), symlink("s", "t")], { endBlocks: 0 });
    const boundaries = new Set([0, tar.length - 512]);
    // A content that is whole may lack its padding: every engine takes it.
    const padding = 1024 - 700;
    for (let length = 0; length < tar.length; length += 7) {
      if (length > tar.length - 512 - padding && length < tar.length - 512) boundaries.add(length);
      if (boundaries.has(length)) continue;
      expect(() => scan(tar.subarray(0, length)), `${length} bytes`).toThrow(truncated);
    }
    for (const length of boundaries) expect(() => scan(tar.subarray(0, length))).not.toThrow();
  });
});

describe("limits", () => {
  it("of entries: as many are fine, one more is not", () => {
    const tar = tarBytes([file("a"), file("b"), file("c")]);
    expect(() => scan(tar, { limits: { maxEntries: 3 } })).not.toThrow();
    expect(() => scan(tar, { limits: { maxEntries: 2 } })).toThrow(limited("maxEntries"));
  });

  it("of paths and link targets", () => {
    expect(() => scan(tarBytes([file("p".repeat(4096))]))).not.toThrow();
    expect(() => scan(tarBytes([file("p".repeat(4097))]))).toThrow(limited("maxPathBytes"));
    expect(() => scan(tarBytes([symlink("l", "t".repeat(4097))]))).toThrow(limited("maxPathBytes"));
  });

  it.each(["x", "L", "K", "g"])("of headers, by what they claim: %s", (flag) => {
    const claims = extension(flag, "x", new Uint8Array(), 2 ** 20 + 1);
    expect(() => scan(claims)).toThrow(limited("maxHeaderBytes"));
    expect(() => scan(extension(flag, "x", new Uint8Array(), 2 ** 20))).toThrow(truncated);
  });
});

describe("chunks", () => {
  const forms: SparseForm[] = ["gnu", "pax-0.0", "pax-0.1", "pax-1.0"];
  const tar = tarBytes(
    [
      file("empty"),
      file("a", filler(513)),
      dir("d"),
      file(LONG, filler(100), { long: "pax" }),
      file(`${LONG}2`, filler(512), { long: "gnu" }),
      symlink("s", LONG),
      Buffer.alloc(512),
      globalPax([["comment", "x"]]),
      ...forms.map((form) => ({
        name: form,
        sparse: {
          form,
          size: 5000,
          fragments: [
            [10, "abc"],
            [600, filler(700)],
            [4000, "z"],
          ],
        } as const,
      })),
      file("last", filler(1000)),
    ],
    { trailing: filler(333) },
  );
  const whole = scan(tar);

  it("of any size give the same events", () => {
    for (const chunkBytes of [1, 2, 3, 7, 100, 511, 512, 513, 1000, 1024, 4096, 10_000]) {
      expect(scan(tar, { chunkBytes })).toEqual(whole);
    }
  });

  it("of which contents are skipped give the same entries", () => {
    for (const chunkBytes of [1, 512, 700, 100_000]) {
      const skipped = scan(tar, { chunkBytes, skip: true });
      expect(skipped.entries.map(({ contentBytes: _, sha256: __, ...entry }) => entry)).toEqual(
        whole.entries.map(({ contentBytes: _, sha256: __, ...entry }) => entry),
      );
      expect(skipped.offset).toBe(tar.length);
    }
  });
});
