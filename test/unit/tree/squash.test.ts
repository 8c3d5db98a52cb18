import { describe, expect, it } from "vitest";
import { type Entries, stack } from "../../support/layers.ts";
import { dir, file, hardlink, opaque, symlink, type TarEntry, whiteout } from "../../support/tar-bytes.ts";

interface Case {
  readonly name: string;
  readonly layers: readonly Entries[];
  readonly files: readonly string[];
  readonly tree?: readonly string[];
  readonly warnings?: readonly string[];
}

function check(cases: readonly Case[]): void {
  it.each(cases)("$name", async ({ layers, files, tree, warnings }) => {
    const result = await stack(...layers);
    expect(result.files).toEqual(files);
    if (tree !== undefined) expect(result.tree).toEqual(tree);
    expect(result.warnings).toEqual(warnings ?? []);
  });
}

const A = file("a", "aaa");

describe("whiteouts", () => {
  check([
    {
      name: "remove a file of a lower layer",
      layers: [[A, file("b", "b")], [whiteout("a")]],
      files: ["0 /a deleted 1", "0 /b live"],
      tree: ["f /b"],
    },
    {
      name: "remove everything below a directory",
      layers: [[dir("d"), file("d/x", "1"), dir("d/e"), file("d/e/y", "2"), symlink("d/l", "x")], [whiteout("d")]],
      files: ["0 /d/x deleted 1", "0 /d/e/y deleted 1"],
      tree: [],
    },
    {
      name: "leave files of their own layer alone, wherever they stand in the tar",
      layers: [[A], [file("a", "new"), whiteout("a"), file("b", "b"), whiteout("b")]],
      files: ["0 /a deleted 1", "1 /a live", "1 /b live"],
    },
    {
      name: "of a missing path are nothing",
      layers: [
        [whiteout("x"), whiteout("d/x"), opaque("d/e")],
        [A, whiteout("a/b")],
      ],
      files: ["1 /a live"],
      tree: ["f /a"],
    },
    {
      name: "act before entries: a file that replaces a deleted one did not overwrite it, even with equal content",
      layers: [[A], [whiteout("a"), A]],
      files: ["0 /a deleted 1", "1 /a live"],
    },
    {
      name: "remove a symlink, not what it points to",
      layers: [[A, symlink("l", "a")], [whiteout("l")]],
      files: ["0 /a live"],
      tree: ["f /a"],
    },
    {
      name: "resolve the directories above them",
      layers: [[dir("usr"), dir("usr/lib"), file("usr/lib/x", "1"), symlink("lib", "usr/lib")], [whiteout("lib/x")]],
      files: ["0 /usr/lib/x deleted 1"],
    },
    {
      name: "may be of any type and size",
      layers: [
        [A, file("b", "b"), file("c", "c")],
        [dir(".wh.a"), { ...whiteout("b"), content: "xxxx" }, { ...whiteout("c"), type: "symlink", link: "a" }],
      ],
      files: ["0 /a deleted 1", "0 /b deleted 1", "0 /c deleted 1"],
      tree: [],
    },
    {
      name: "act in each layer on what the lower ones left",
      layers: [[A], [whiteout("a")], [A], [whiteout("a")], [A]],
      files: ["0 /a deleted 1", "2 /a deleted 3", "4 /a live"],
    },
    {
      name: "without a name, and AUFS bookkeeping, do nothing",
      layers: [
        [A],
        [file(".wh.", ""), file(".wh..", ""), file(".wh...", ""), file(".wh..wh.plnk/1.2", "x"), dir(".wh..wh.aufs")],
      ],
      files: ["0 /a live", "1 /.wh..wh.plnk/1.2 live"],
    },
  ]);
});

describe("opaque whiteouts", () => {
  const LOWER: Entries = [dir("d"), file("d/x", "1"), dir("d/e"), file("d/e/y", "22"), A];
  check([
    {
      name: "hide what a directory had, not the directory and not the rest",
      layers: [LOWER, [opaque("d")]],
      files: ["0 /d/x opaque-hidden 1", "0 /d/e/y opaque-hidden 1", "0 /a live"],
      tree: ["f /a", "d /d"],
    },
    {
      name: "leave their own layer alone, wherever they stand in the tar",
      layers: [LOWER, [dir("d"), file("d/x", "new"), opaque("d"), file("d/z", "z")]],
      files: ["0 /d/x opaque-hidden 1", "0 /d/e/y opaque-hidden 1", "0 /a live", "1 /d/x live", "1 /d/z live"],
    },
    {
      name: "act before whiteouts, even of what stands above them",
      layers: [LOWER, [whiteout("d"), opaque("d/e"), whiteout("d/x")]],
      files: ["0 /d/x deleted 1", "0 /d/e/y opaque-hidden 1", "0 /a live"],
    },
    {
      name: "act before entries: equal content is no metadata-only copy",
      layers: [LOWER, [file("d/x", "1"), opaque("d")]],
      files: ["0 /d/x opaque-hidden 1", "0 /d/e/y opaque-hidden 1", "0 /a live", "1 /d/x live"],
    },
    {
      name: "of the root hide everything",
      layers: [LOWER, [opaque(""), file("n", "n")]],
      files: ["0 /d/x opaque-hidden 1", "0 /d/e/y opaque-hidden 1", "0 /a opaque-hidden 1", "1 /n live"],
      tree: ["f /n"],
    },
    {
      name: "follow a symlink that their layer leaves alone",
      layers: [[dir("usr"), dir("usr/lib"), file("usr/lib/x", "1"), symlink("lib", "usr/lib")], [opaque("lib")]],
      files: ["0 /usr/lib/x opaque-hidden 1"],
      tree: ["l /lib -> usr/lib", "d /usr", "d /usr/lib"],
    },
    {
      name: "say nothing about where a symlink pointed that their layer replaces by a directory",
      layers: [
        [dir("usr"), dir("usr/lib"), file("usr/lib/x", "1"), symlink("lib", "usr/lib")],
        [dir("lib"), opaque("lib"), file("lib/y", "2")],
      ],
      files: ["0 /usr/lib/x live", "1 /lib/y live"],
      tree: ["d /lib", "f /lib/y", "d /usr", "d /usr/lib", "f /usr/lib/x"],
    },
    {
      name: "follow a symlink where their layer points it",
      layers: [
        [dir("a"), file("a/x", "1"), dir("b"), file("b/x", "2"), symlink("l", "a")],
        [symlink("l", "b"), opaque("l")],
      ],
      files: ["0 /a/x live", "0 /b/x opaque-hidden 1"],
    },
    {
      name: "of something that is no directory are nothing",
      layers: [[A], [opaque("a")]],
      files: ["0 /a live"],
    },
    {
      name: "stay what they are where the directory then becomes a file",
      layers: [LOWER, [opaque("d"), file("d", "now a file")]],
      files: ["0 /d/x opaque-hidden 1", "0 /d/e/y opaque-hidden 1", "0 /a live", "1 /d live"],
    },
  ]);
});

describe("rewrites", () => {
  check([
    {
      name: "with other content overwrite",
      layers: [[A], [file("a", "bbb")]],
      files: ["0 /a overwritten 1", "1 /a live"],
    },
    {
      name: "with equal content are metadata-only: other mode, owner, time",
      layers: [[A], [file("a", "aaa", { mode: 0o755, uid: 7, gid: 8, mtime: 9 })]],
      files: ["0 /a metadata-only 1", "1 /a live"],
    },
    {
      name: "with nothing changed are metadata-only too",
      layers: [[A], [A]],
      files: ["0 /a metadata-only 1", "1 /a live"],
    },
    {
      name: "of an empty file by an empty file are metadata-only",
      layers: [[file("a")], [file("a")]],
      files: ["0 /a metadata-only 1", "1 /a live"],
    },
    {
      name: "are judged each by its own killer",
      layers: [[A], [A], [file("a", "bbb")], [A]],
      files: ["0 /a metadata-only 1", "1 /a overwritten 2", "2 /a overwritten 3", "3 /a live"],
    },
    {
      name: "by another type overwrite: symlink, device, fifo",
      layers: [
        [A, file("b", "b"), file("c", "c")],
        [symlink("a", "b"), { name: "b", type: "char" }, { name: "c", type: "fifo" }],
      ],
      files: ["0 /a overwritten 1", "0 /b overwritten 1", "0 /c overwritten 1"],
      tree: ["l /a -> b", "c /b", "p /c"],
    },
    {
      name: "of a file by a directory overwrite",
      layers: [[A], [dir("a"), file("a/x", "1")]],
      files: ["0 /a overwritten 1", "1 /a/x live"],
    },
    {
      name: "of a directory by a file take everything below with them",
      layers: [[dir("d"), file("d/x", "1"), file("d/e/y", "2")], [file("d", "1")]],
      files: ["0 /d/x overwritten 1", "0 /d/e/y overwritten 1", "1 /d live"],
      tree: ["f /d"],
    },
    {
      name: "of a directory by a symlink take everything below with them",
      layers: [
        [dir("d"), file("d/x", "1"), dir("e")],
        [symlink("d", "e"), file("d/x", "1")],
      ],
      files: ["0 /d/x overwritten 1", "1 /e/x live"],
    },
    {
      name: "of a directory by a directory leave what is below",
      layers: [
        [dir("d"), file("d/x", "1")],
        [dir("d", { mode: 0o700 }), file("d/y", "2")],
      ],
      files: ["0 /d/x live", "1 /d/y live"],
    },
    {
      name: "of a symlink by a directory replace the symlink",
      layers: [
        [dir("e"), file("e/x", "1"), symlink("d", "e")],
        [dir("d"), file("d/y", "2")],
      ],
      files: ["0 /e/x live", "1 /d/y live"],
      tree: ["d /d", "f /d/y", "d /e", "f /e/x"],
    },
    {
      name: "of a symlink by a file do not write through it",
      layers: [[A, symlink("l", "a")], [file("l", "aaa")]],
      files: ["0 /a live", "1 /l live"],
    },
    {
      name: "of a file by the directory that a later entry needs overwrite, with a warning",
      layers: [[A], [file("a/x", "1")]],
      files: ["0 /a overwritten 1", "1 /a/x live"],
      tree: ["d /a", "f /a/x"],
      warnings: ["implied-directory-over-file"],
    },
  ]);
});

describe("duplicate entries", () => {
  check([
    {
      name: "are those killed by a later one of their layer, equal or not",
      layers: [[A, file("a", "bbb"), file("a", "bbb")]],
      files: ["0 /a duplicate-entry 0", "0 /a duplicate-entry 0", "0 /a live"],
    },
    {
      name: "are meant whatever kills them: a symlink, a directory, a parent",
      layers: [[A, symlink("a", "b"), file("d/x", "1"), file("d", "2"), file("e", "3"), dir("e")]],
      files: ["0 /a duplicate-entry 0", "0 /d/x duplicate-entry 0", "0 /d live", "0 /e duplicate-entry 0"],
    },
    {
      name: "leave the lower layer's file to the first of them",
      layers: [[A], [A, file("a", "b")]],
      files: ["0 /a metadata-only 1", "1 /a duplicate-entry 1", "1 /a live"],
    },
    {
      name: "are found under different spellings and through symlinks",
      layers: [[file("./x//y", "1"), file("/x/y", "2"), symlink("l", "x"), file("l/y", "3"), file("x/../x/y", "4")]],
      files: ["0 /x/y duplicate-entry 0", "0 /x/y duplicate-entry 0", "0 /x/y duplicate-entry 0", "0 /x/y live"],
    },
  ]);
});

describe("hard links", () => {
  check([
    {
      name: "count an inode once, under its first live path",
      layers: [[A, hardlink("b", "a"), hardlink("c", "b")]],
      files: ["0 /a live"],
      tree: ["f /a", "f /b", "f /c"],
    },
    {
      name: "keep an inode alive, which then goes by the first path left in tar order",
      layers: [[A, hardlink("z", "a"), hardlink("b", "a")], [whiteout("a")]],
      files: ["0 /z live"],
    },
    {
      name: "die with the last path, in the layer and by the event that took it",
      layers: [[A, hardlink("b", "a")], [whiteout("a")], [file("b", "new")]],
      files: ["0 /a overwritten 2", "2 /b live"],
    },
    {
      name: "the other way round are deleted",
      layers: [[A, hardlink("b", "a")], [file("a", "new")], [whiteout("b")]],
      files: ["0 /a deleted 2", "1 /a live"],
    },
    {
      name: "with the last path hidden are opaque-hidden",
      layers: [[file("x", "1"), dir("d"), hardlink("d/y", "x")], [whiteout("x")], [opaque("d")]],
      files: ["0 /x opaque-hidden 2"],
    },
    {
      name: "with the last path rewritten alike are metadata-only",
      layers: [[A, hardlink("b", "a")], [whiteout("a")], [file("b", "aaa")]],
      files: ["0 /a metadata-only 2", "2 /b live"],
    },
    {
      name: "reach into lower layers, and store nothing",
      layers: [[A], [hardlink("b", "a")], [whiteout("a")]],
      files: ["0 /b live"],
      tree: ["f /b"],
    },
    {
      name: "follow symlinks to their target's directory, not the target itself",
      layers: [
        [
          dir("usr/lib"),
          symlink("lib", "usr/lib"),
          file("usr/lib/x", "1"),
          hardlink("y", "lib/x"),
          symlink("s", "y"),
          hardlink("t", "s"),
        ],
      ],
      files: ["0 /usr/lib/x live"],
      tree: ["l /lib -> usr/lib", "l /s -> y", "l /t -> y", "d /usr", "d /usr/lib", "f /usr/lib/x", "f /y"],
    },
    {
      name: "that replace another file end it",
      layers: [[A, file("b", "bbb")], [hardlink("b", "a")]],
      files: ["0 /a live", "0 /b overwritten 1"],
    },
    {
      name: "that replace an equal file end it metadata-only",
      layers: [[A, file("b", "aaa")], [hardlink("b", "a")]],
      files: ["0 /a live", "0 /b metadata-only 1"],
    },
    {
      name: "to the file that stands there already change nothing",
      layers: [
        [A, hardlink("b", "a")],
        [hardlink("b", "a"), hardlink("a", "a")],
      ],
      files: ["0 /a live"],
      tree: ["f /a", "f /b"],
    },
    {
      name: "stored again in their layer are duplicates of no bytes",
      layers: [[A, hardlink("b", "a"), file("b", "b"), file("a", "x")]],
      files: ["0 /a duplicate-entry 0", "0 /b live", "0 /a live"],
    },
    {
      name: "to nothing, to a directory and to the root are dangling",
      layers: [[hardlink("x", "gone"), dir("d"), hardlink("y", "d"), hardlink("z", "/")]],
      files: [],
      tree: ["d /d", "? /x", "? /y", "? /z"],
      warnings: ["dangling-hardlink"],
    },
    {
      name: "to what comes later in the tar are dangling, and their path still takes the place of what stood there",
      layers: [[A], [hardlink("a", "b"), file("b", "1")]],
      files: ["0 /a overwritten 1", "1 /b live"],
      warnings: ["dangling-hardlink"],
    },
    {
      name: "to what a whiteout of their layer removed are dangling",
      layers: [[A], [whiteout("a"), hardlink("b", "a")]],
      files: ["0 /a deleted 1"],
      warnings: ["dangling-hardlink"],
    },
    {
      name: "written with a leading slash or dots find their target",
      layers: [[A, hardlink("b", "/a"), hardlink("c", "./x/../a"), hardlink("d", "../../a")], [whiteout("a")]],
      files: ["0 /b live"],
    },
    {
      name: "to devices and fifos are such",
      layers: [[{ name: "p", type: "fifo" }, hardlink("q", "p")]],
      files: [],
      tree: ["p /p", "p /q"],
    },
  ]);
});

describe("symlinked parents", () => {
  const USR_MERGE: Entries = [
    dir("usr"),
    dir("usr/bin"),
    dir("usr/lib"),
    symlink("bin", "usr/bin"),
    symlink("lib", "/usr/lib"),
  ];
  check([
    {
      name: "lead to where the file is written",
      layers: [USR_MERGE, [file("bin/sh", "1"), file("lib/x", "2")], [file("usr/bin/sh", "1"), whiteout("usr/lib/x")]],
      files: ["1 /usr/bin/sh metadata-only 2", "1 /usr/lib/x deleted 2", "2 /usr/bin/sh live"],
    },
    {
      name: "may point up, past the root, and through each other",
      layers: [
        [
          dir("a/b"),
          symlink("a/b/up", ".."),
          symlink("a/far", "../../../../../a/b"),
          symlink("a/b/chain", "../far/up/b"),
        ],
        [file("a/b/up/x", "1"), file("a/far/y", "2"), file("a/b/chain/z", "3")],
      ],
      files: ["1 /a/x live", "1 /a/b/y live", "1 /a/b/z live"],
    },
    {
      name: "that dangle get the directory they name",
      layers: [[symlink("data", "var/data")], [file("data/x", "1")]],
      files: ["1 /var/data/x live"],
      tree: ["l /data -> var/data", "d /var", "d /var/data", "f /var/data/x"],
    },
    {
      name: "that point at themselves are taken literally after 40 links, with a warning",
      layers: [[symlink("l", "l"), file("l/x", "1")], [file("l/x", "2")]],
      files: ["0 /l/x overwritten 1", "1 /l/x live"],
      warnings: ["symlink-loop", "symlink-loop"],
    },
    {
      name: "that lead ever deeper are taken literally from the first of them on",
      layers: [[symlink("a", "/a/a")], [file("a/a", "1")], [file("a/b/c", "1")]],
      files: ["1 /a/a live", "2 /a/b/c live"],
      warnings: ["symlink-loop", "symlink-loop"],
    },
    {
      name: "that point at a file replace it by a directory, with a warning",
      layers: [[A, symlink("l", "a")], [file("l/x", "1")]],
      files: ["0 /a overwritten 1", "1 /a/x live"],
      warnings: ["implied-directory-over-file"],
    },
    {
      name: "are followed as they stand when the entry comes",
      layers: [
        [
          dir("a"),
          dir("b"),
          symlink("l", "a"),
          file("l/x", "1"),
          symlink("l", "b"),
          file("l/x", "2"),
          dir("l"),
          file("l/x", "3"),
        ],
      ],
      files: ["0 /a/x live", "0 /b/x live", "0 /l/x live"],
      tree: ["d /a", "f /a/x", "d /b", "f /b/x", "d /l", "f /l/x"],
    },
    {
      name: "in the middle of a path are followed too",
      layers: [[dir("r/s"), symlink("q", "r"), file("q/s/t/x", "1")], [whiteout("q/s/t")]],
      files: ["0 /r/s/t/x deleted 1"],
    },
  ]);

  function chain(links: number): TarEntry[] {
    return [dir("l0"), ...Array.from({ length: links }, (_, i) => symlink(`l${i + 1}`, `l${i}`))];
  }
  it("are followed 40 times and no more", async () => {
    const fits = await stack([...chain(40), file("l40/x", "1")]);
    expect(fits.files).toEqual(["0 /l0/x live"]);
    expect(fits.warnings).toEqual([]);
    const over = await stack([...chain(41), file("l41/x", "1")]);
    expect(over.files).not.toEqual(["0 /l0/x live"]);
    expect(over.warnings).toEqual(["symlink-loop"]);
  });
});

describe("paths", () => {
  check([
    {
      name: "imply their parents",
      layers: [[file("a/b/c", "1")], [dir("a"), dir("a/b")]],
      files: ["0 /a/b/c live"],
      tree: ["d /a", "d /a/b", "f /a/b/c"],
    },
    {
      name: "are clamped at the root",
      layers: [[file("../../etc/x", "1"), file("/etc/x", "2")]],
      files: ["0 /etc/x duplicate-entry 0", "0 /etc/x live"],
    },
    {
      name: "are bytes: case and composition differ",
      layers: [[file("X", "1"), file("x", "2"), file("\u00e9", "3"), file("e\u0301", "4")], [whiteout("x")]],
      files: ["0 /X live", "0 /x deleted 1", "0 /\u00e9 live", "0 /e\u0301 live"],
    },
    {
      name: "that are names of Object.prototype are names",
      layers: [[file("__proto__/constructor", "1"), file("toString", "2")], [whiteout("toString")]],
      files: ["0 /__proto__/constructor live", "0 /toString deleted 1"],
    },
    {
      name: "of dead files are those of the entries that carried their bytes",
      layers: [[file("z", "1"), hardlink("a", "z")], [whiteout("z")], [whiteout("a")]],
      files: ["0 /z deleted 2"],
    },
  ]);

  it("that do not differ but in bytes that are not UTF-8 are two", async () => {
    const name = (byte: number): Uint8Array => Buffer.from([0x78, byte]);
    const { squash } = await stack([
      { name: name(0xff), content: "1" },
      { name: name(0xfe), content: "2" },
    ]);
    expect([...squash.fates]).toEqual([0, 0]);
    expect(squash.tree.count).toBe(3);
  });
});

it("counts a layer each time it stands in the image", async () => {
  const { files } = await stack([A], [A], [A]);
  expect(files).toEqual(["0 /a metadata-only 1", "1 /a metadata-only 2", "2 /a live"]);
});

it("warns once a layer and kind of trouble", async () => {
  const { warnings } = await stack([hardlink("a", "x"), hardlink("b", "y")], [hardlink("c", "x")]);
  expect(warnings).toEqual(["dangling-hardlink", "dangling-hardlink"]);
});

it("takes an image without layers, and layers without entries", async () => {
  expect((await stack()).files).toEqual([]);
  expect((await stack([], [])).tree).toEqual([]);
});
