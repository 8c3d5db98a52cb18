import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { analyzeFiles, errorOf, temporaryDirectory, temporaryFile } from "../support/analyze-files.ts";
import { bounded } from "../support/bounded.ts";
import { buildImage, type LayerSpec, ociFiles } from "../support/image-builder.ts";
import {
  base256,
  dir,
  entryBytes,
  extension,
  file,
  filler,
  globalPax,
  hardlink,
  opaque,
  paxRecords,
  type Sparse,
  symlink,
  type TarEntry,
  tarBytes,
  whiteout,
} from "../support/tar-bytes.ts";

type Entries = NonNullable<LayerSpec["entries"]>;

async function weighed(...layers: (Entries | LayerSpec)[]) {
  const specs = layers.map((layer): LayerSpec => (Array.isArray(layer) ? { entries: layer } : (layer as LayerSpec)));
  const analysis = await bounded(() => analyzeFiles(ociFiles([buildImage({ layers: specs })])));
  const { waste, sizes } = analysis;
  expect(waste.bytes + sizes.rootfsBytes).toBe(sizes.contentBytes);
  return {
    content: sizes.contentBytes,
    live: sizes.rootfsBytes,
    waste,
    files: Object.fromEntries(analysis.largestFiles.map(({ path, bytes }) => [path, bytes])),
    wasted: analysis.wasted.map(({ path, bytes, fate }) => [path, bytes, fate]),
    warnings: analysis.warnings.map(({ code }) => code),
    layers: analysis.layers,
    analysis,
  };
}

async function codeOf(...entries: Entries[number][]): Promise<string> {
  return (await bounded(() => errorOf(analyzeFiles(ociFiles([buildImage({ layers: [{ entries }] })]))))).code;
}

/** The regular files that another program finds in a tar, by path: what has to be in a root file system. */
function pythonFiles(tar: Uint8Array): Record<string, number> {
  const script = [
    "import tarfile, json, sys",
    "t = tarfile.open(sys.argv[1])",
    "print(json.dumps({'/' + m.name: m.size for m in t if m.isreg()}))",
  ].join("\n");
  return JSON.parse(execFileSync("python3", ["-c", script, temporaryFile("t.tar", tar)], { encoding: "utf8" }));
}

function unpackedFiles(tar: Uint8Array): Record<string, number> {
  const directory = temporaryDirectory();
  const options = { stdio: "pipe" } as const;
  execFileSync("tar", ["-xf", temporaryFile("t.tar", tar), "-C", directory, "--no-same-owner"], options);
  const files: Record<string, number> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const stats = statSync(join(directory, name));
    if (stats.isFile()) files[`/${name}`] = stats.size;
  }
  return files;
}

function has(program: string): boolean {
  try {
    return execFileSync(program, ["--version"], { encoding: "utf8" }).includes(program === "tar" ? "GNU" : "");
  } catch {
    return false;
  }
}

const LONG = `${"directory-of-some-length/".repeat(8)}file`;
// As GNU tar writes them: whole blocks but for the last part, and an empty part where a hole ends the file.
const SPARSE: Sparse = {
  size: 100_000,
  form: "gnu",
  fragments: [
    [0, filler(512)],
    [40_960, filler(1024, 2)],
    [99_840, filler(160, 3)],
  ],
};
const MANY: Sparse = {
  size: 400_000,
  form: "gnu",
  fragments: [...Array.from({ length: 60 }, (_, i): [number, Uint8Array] => [i * 5120, filler(512, i)]), [400_000, ""]],
};

/** Every way to write the same facts; other programs read them too. */
const FORMS: [string, TarEntry, string, number][] = [
  ["a name in the prefix field", file(LONG, 10, { long: "prefix" }), `/${LONG}`, 10],
  ["a GNU long name", file(LONG, 10), `/${LONG}`, 10],
  ["a PAX path", file(LONG, 10, { long: "pax" }), `/${LONG}`, 10],
  ["a name of exactly 100 bytes", file("n".repeat(100), 10), `/${"n".repeat(100)}`, 10],
  ["a base-256 size", file("f", 10, { base256: true }), "/f", 10],
  ["a PAX size over the header's", file("f", 10, { size: 0, pax: [["size", "10"]] }), "/f", 10],
  ["a signed checksum", file("f\u00e9\u00e9", 10, { checksum: "signed" }), "/f\u00e9\u00e9", 10],
  ["an old type flag", file("f", 10, { raw: [[156, Buffer.alloc(1)]] }), "/f", 10],
  ["a contiguous file", { ...file("f", 10), type: "contiguous" }, "/f", 10],
  ["no magic at all (v7)", file("f", 10, { raw: [[257, Buffer.alloc(8)]] }), "/f", 10],
  ["sparse, GNU", file("f", "", { sparse: SPARSE }), "/f", 100_000],
  ["sparse, GNU with extension headers", file("f", "", { sparse: MANY }), "/f", 400_000],
  ["sparse, PAX 0.0", file("f", "", { sparse: { ...SPARSE, form: "pax-0.0" } }), "/f", 100_000],
  ["sparse, PAX 0.1", file("f", "", { sparse: { ...SPARSE, form: "pax-0.1" } }), "/f", 100_000],
  ["sparse, PAX 1.0", file("f", "", { sparse: { ...SPARSE, form: "pax-1.0" } }), "/f", 100_000],
  ["sparse, PAX 1.0 with a long map", file("f", "", { sparse: { ...MANY, form: "pax-1.0" } }), "/f", 400_000],
];

describe.each(FORMS)("%s", (_, entry, path, bytes) => {
  test("is read as what it means", async () => {
    const { files, warnings } = await weighed([entry, file("after", "still in step")]);
    expect(files).toEqual({ [path]: bytes, "/after": 13 });
    expect(warnings).toEqual([]);
  });

  test.skipIf(!has("python3"))("is what Python's tarfile reads", () => {
    expect(pythonFiles(tarBytes([entry, file("after", "still in step")]))).toEqual({ [path]: bytes, "/after": 13 });
  });

  test.skipIf(!has("tar"))("is what GNU tar unpacks", () => {
    expect(unpackedFiles(tarBytes([entry, file("after", "still in step")]))).toEqual({ [path]: bytes, "/after": 13 });
  });
});

test("the content of a sparse file is its logical content: a dense copy of it is metadata-only", async () => {
  const dense = Buffer.alloc(SPARSE.size);
  filler(512).copy(dense, 0);
  filler(1024, 2).copy(dense, 40_960);
  filler(160, 3).copy(dense, 99_840);
  for (const form of ["gnu", "pax-0.0", "pax-0.1", "pax-1.0"] as const) {
    const { waste } = await weighed([file("f", "", { sparse: { ...SPARSE, form } })], [file("f", dense)]);
    expect(waste).toMatchObject({ metadataOnlyBytes: SPARSE.size, overwrittenBytes: 0 });
  }
});

describe("headers that break the format", () => {
  test.each([
    ["a wrong checksum", file("f", "x", { checksum: "0000000\0" })],
    ["a checksum that is no number", file("f", "x", { checksum: "garbage!" })],
    ["a negative size", file("f", "", { size: -1 })],
    ["a size beyond 2^63", file("f", "", { raw: [[124, base256(2n ** 70n)]] })],
    ["a size that is no number", file("f", "", { raw: [[124, "hello, world"]] })],
    ["a PAX size that is negative", file("f", "", { pax: [["size", "-5"]] })],
    ["a PAX size that is no number", file("f", "", { pax: [["size", "0x10"]] })],
    ["a PAX record of no length", extension("x", "pax", Buffer.from("path=x\n"))],
    ["a PAX record longer than the header", extension("x", "pax", Buffer.from("99 path=x\n"))],
    ["a PAX record shorter than itself", extension("x", "pax", Buffer.from("3 path=x\n"))],
    ["a PAX record without a line end", extension("x", "pax", Buffer.from("9 path=xy"))],
    ["a PAX path with a NUL", extension("x", "pax", paxRecords([["path", "a\0b"]]))],
    ["a sparse map that overlaps itself", file("f", "", { sparse: overlap("gnu") })],
    ["a sparse map that overlaps itself, PAX", file("f", "", { sparse: overlap("pax-1.0") })],
    ["a sparse map beyond the end", file("f", "", { sparse: { form: "pax-0.1", size: 2, fragments: [[0, "abc"]] } })],
    ["an extension header without an entry", extension("L", "././@LongLink", Buffer.from("name"))],
  ] as [string, Entries[number]][])("%s", async (_, entry) => {
    expect(await codeOf(entry instanceof Uint8Array ? Buffer.concat([entry]) : entry)).toMatch(/^ARCHIVE_/);
  });

  function overlap(form: Sparse["form"]): Sparse {
    return {
      form,
      size: 100,
      fragments: [
        [10, "abcdef"],
        [12, "ghi"],
      ],
    };
  }

  test("an entry larger than what is left", async () => {
    expect(await codeOf(file("f", "", { size: 10_000_000 }))).toBe("ARCHIVE_TRUNCATED");
    expect(await codeOf(file("f", "", { size: 2n ** 52n }))).toBe("ARCHIVE_TRUNCATED");
  });

  test("links, directories and devices have no content, whatever their size says", async () => {
    for (const type of ["link", "symlink", "char", "block", "dir", "fifo"]) {
      const { content, files } = await weighed([
        file("t", "x"),
        { name: "e", type, link: "t", size: 4096 },
        file("z", "zz"),
      ]);
      expect(content).toBe(3);
      expect(files).toEqual({ "/t": 1, "/z": 2 });
    }
  });

  test("an entry of an unknown type is passed over by its size", async () => {
    const { content, files } = await weighed([{ name: "v", type: "V", content: filler(600) }, file("z", "zz")]);
    expect(content).toBe(2);
    expect(files).toEqual({ "/z": 2 });
  });

  test("a global PAX header holds for nothing: engines ignore it", async () => {
    const { files } = await weighed([
      globalPax([
        ["path", "everywhere"],
        ["comment", "git archive"],
      ]),
      file("a", "x"),
    ]);
    expect(files).toEqual({ "/a": 1 });
  });
});

describe("ends", () => {
  test("what stands behind the end of the tar is hashed, counted, and no content", async () => {
    const trailing = Buffer.concat([entryBytes(file("ghost", 5000)), filler(777)]);
    const { content, layers, files, warnings } = await weighed({ entries: [file("a", "x")], end: { trailing } });
    expect(content).toBe(1);
    expect(files).toEqual({ "/a": 1 });
    expect(layers[0]?.tarBytes).toBe(1024 + 1024 + trailing.length);
    expect(warnings).toEqual([]);
  });

  test("a lone zero block, then more entries", async () => {
    const { files, warnings } = await weighed([file("a", "x"), new Uint8Array(512), file("b", "yy")]);
    expect(files).toEqual({ "/a": 1, "/b": 2 });
    expect(warnings).toEqual(["lone-zero-block"]);
  });

  test.each([0, 1])("%d end blocks, vouched for by the digest", async (endBlocks) => {
    const { files, warnings } = await weighed({ entries: [file("a", "x")], end: { endBlocks } });
    expect(files).toEqual({ "/a": 1 });
    expect(warnings).toEqual(["unterminated-tar"]);
  });

  test("a layer of no bytes at all, one of zeros, one of a single zero block", async () => {
    for (const bytes of [0, 1024, 10_240]) {
      const { content, layers } = await weighed({ tar: new Uint8Array(bytes) });
      expect([content, layers[0]?.tarBytes, layers[0]?.entries]).toEqual([0, bytes, 0]);
    }
    const { warnings } = await weighed({ tar: new Uint8Array(512) });
    expect(warnings).toEqual(["unterminated-tar"]);
  });

  test("an empty blob is an empty layer if that is what was declared", async () => {
    const { content, layers } = await weighed({ tar: new Uint8Array(0), compression: "none" });
    expect([content, layers[0]?.tarBytes]).toEqual([0, 0]);
  });
});

describe("names", () => {
  test.each([
    ["../../etc/passwd", "/etc/passwd", ["path-traversal"]],
    ["/etc/passwd", "/etc/passwd", []],
    ["//etc///passwd", "/etc/passwd", []],
    ["./etc/./passwd", "/etc/passwd", []],
    ["a/../etc/passwd", "/etc/passwd", []],
    ["a/../../etc/passwd", "/etc/passwd", ["path-traversal"]],
    ["..", null, ["path-traversal"]],
  ])("%s", async (name, path, warnings) => {
    if (path === null) return expect(await codeOf(file(name, "x"))).toBe("ARCHIVE_MALFORMED");
    const result = await weighed([file(name, "x")]);
    expect(result.files).toEqual({ [path]: 1 });
    expect(result.warnings).toEqual(warnings);
  });

  test.each(["", ".", "./", "/", "a/.."])("a regular file as the root: %j", async (name) => {
    expect(await codeOf({ name, content: "x" })).toBe("ARCHIVE_MALFORMED");
  });

  test("bytes that are not UTF-8 stay apart, and are given exactly", async () => {
    const names = [Buffer.from([0x66, 0xff]), Buffer.from([0x66, 0xfe]), Buffer.from("f\ufffd")];
    const { analysis, live } = await weighed(names.map((name, i) => file(name, "x".repeat(i + 1))));
    expect(live).toBe(6);
    expect(analysis.largestFiles).toEqual([
      { path: "/f\ufffd", bytes: 3, layer: 0 },
      { path: "/f\ufffd", pathBase64: Buffer.from("/f\xfe", "latin1").toString("base64"), bytes: 2, layer: 0 },
      { path: "/f\ufffd", pathBase64: Buffer.from("/f\xff", "latin1").toString("base64"), bytes: 1, layer: 0 },
    ]);
    const inPax = await weighed([file("short", "x", { pax: [["path", Buffer.from([0x67, 0xff])]] })]);
    expect(inPax.analysis.largestFiles[0]?.pathBase64).toBe(Buffer.from("/g\xff", "latin1").toString("base64"));
  });

  test("composed and decomposed letters are two names", async () => {
    expect((await weighed([file("\u00e9", "x"), file("e\u0301", "yy")])).live).toBe(3);
  });

  test("control, bidi and JSON-hostile characters are kept", async () => {
    const names = ["a\nb", "a\u001b[31mred", "a\u202etxt.exe", 'a"b\\c', "=cmd()", "a\tb", " "];
    const { files } = await weighed(names.map((name) => file(name, "x")));
    expect(Object.keys(files).sort()).toEqual(names.map((name) => `/${name}`).sort());
  });

  test("names of object members are names like others", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "__proto__/polluted"];
    const { live, warnings } = await weighed(names.slice(0, 4).map((name) => file(name, "x")));
    expect(live).toBe(4);
    expect(warnings).toEqual([]);
    const nested = await weighed([dir("__proto__"), file("__proto__/polluted", "yes")], [whiteout("__proto__")]);
    expect(nested.waste.deletedBytes).toBe(3);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("links", () => {
  test("to a missing path, to itself, to a directory, to a whiteout, to a later entry", async () => {
    const { live, warnings, layers } = await weighed(
      [file("old", 100), dir("d")],
      [
        hardlink("missing", "absent"),
        hardlink("self", "self"),
        hardlink("to-dir", "d"),
        whiteout("old"),
        hardlink("to-removed", "old"),
        hardlink("to-later", "later"),
        file("later", "xx"),
      ],
    );
    expect(live).toBe(2);
    expect(warnings).toEqual(["dangling-hardlink"]);
    expect(layers[0]).toMatchObject({ deletedBytes: 100 });
  });

  test("out of the root and back in", async () => {
    const { live, waste } = await weighed([file("a", 10), hardlink("b", "../../a")], [whiteout("a")]);
    expect(live).toBe(10);
    expect(waste.bytes).toBe(0);
  });

  test("symlinks in circles, to themselves, and in long chains", async () => {
    const chain = Array.from({ length: 1000 }, (_, i) => symlink(`l${i}`, `l${i + 1}`));
    const { live, warnings } = await weighed([
      symlink("a", "b"),
      symlink("b", "a"),
      symlink("self", "self"),
      ...chain,
      file("a/f", "x"),
      file("self/f", "xx"),
      file("l0/f", "xxx"),
    ]);
    expect(live).toBe(6);
    expect(warnings).toEqual(["symlink-loop"]);
  });

  test("symlinks that would leave the root stay inside it", async () => {
    const { files } = await weighed([
      symlink("out", "../../../.."),
      file("out/etc/x", "x"),
      symlink("abs", "/"),
      file("abs/y", "y"),
    ]);
    expect(files).toEqual({ "/etc/x": 1, "/y": 1 });
  });

  test("a symlink that doubles with every step costs no time", async () => {
    const links = Array.from({ length: 38 }, (_, i) => symlink(`d${i + 1}`, `d${i}/../d${i}`));
    const { live } = await weighed([dir("d0"), ...links, file("d38/f", "x")]);
    expect(live).toBe(1);
  });

  test("two thousand directories in each other", async () => {
    const deep = "d/".repeat(2047);
    const { live, waste } = await weighed([file(`${deep}f`, "x")], [whiteout("d")]);
    expect([live, waste.deletedBytes]).toEqual([0, 1]);
  });
});

describe("whiteouts", () => {
  test.each([".wh.", ".wh..", ".wh...", "d/.wh.", "d/.wh..", "d/.wh..."])("%s names nothing", async (name) => {
    const { live, warnings } = await weighed([dir("d"), file("d/f", "x"), file("f", "y")], [{ name, content: "" }]);
    expect(live).toBe(2);
    expect(warnings).toEqual(["invalid-whiteout"]);
  });

  test("carry no content, whatever they store", async () => {
    const { content, waste } = await weighed([file("a", 10)], [{ ...whiteout("a"), content: filler(5000) }]);
    expect([content, waste.deletedBytes]).toEqual([10, 10]);
    const marker = await weighed([file("d/a", 10)], [{ ...opaque("d"), content: filler(5000) }]);
    expect([marker.content, marker.waste.opaqueHiddenBytes]).toEqual([10, 10]);
  });

  test("of any type are whiteouts", async () => {
    for (const type of ["dir", "symlink", "link", "char", "fifo"]) {
      const { waste } = await weighed([file("a", 10)], [{ name: ".wh.a", type, link: "x" }]);
      expect(waste.deletedBytes).toBe(10);
    }
  });

  test("act on lower layers only, wherever they stand", async () => {
    for (const entries of [
      [whiteout("a"), file("a", "new")],
      [file("a", "new"), whiteout("a")],
    ]) {
      const { live, waste } = await weighed([file("a", 10)], entries);
      expect([live, waste.deletedBytes]).toEqual([3, 10]);
    }
    for (const entries of [
      [opaque("d"), file("d/a", "new")],
      [file("d/a", "new"), opaque("d")],
    ]) {
      const { live, waste } = await weighed([file("d/a", 10)], entries);
      expect([live, waste.opaqueHiddenBytes]).toEqual([3, 10]);
    }
  });

  test("of the root directory's contents", async () => {
    const { live, waste } = await weighed([file("a", 10), file("d/b", 20)], [opaque(""), file("c", "x")]);
    expect([live, waste.opaqueHiddenBytes]).toEqual([1, 30]);
  });
});

describe("one layer against itself", () => {
  test("the last of several entries of a path stays", async () => {
    const { live, waste } = await weighed([file("a", 10), file("a", 20), file("./a", 30), file("/a", 5)]);
    expect([live, waste.duplicateEntryBytes]).toEqual([5, 60]);
  });

  test("a file, a directory and a link of one name", async () => {
    const { live, waste, warnings } = await weighed([
      file("x", 10),
      dir("x"),
      file("x/f", 3),
      symlink("x", "y"),
      file("x", 2),
    ]);
    expect([live, waste.duplicateEntryBytes, warnings]).toEqual([2, 13, []]);
  });

  test("a file where a later entry needs a directory", async () => {
    const { live, waste, warnings } = await weighed([file("x", 10), file("x/y", 3)]);
    expect([live, waste.duplicateEntryBytes, warnings]).toEqual([3, 10, ["implied-directory-over-file"]]);
  });

  test("names that differ only by a slash at the end", async () => {
    const { live, waste } = await weighed([file("x", 10), { name: "x/", type: "dir" }]);
    expect([live, waste.duplicateEntryBytes]).toEqual([0, 10]);
  });
});
