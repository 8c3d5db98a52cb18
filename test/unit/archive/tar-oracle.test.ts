import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { limitsFrom } from "../../../packages/core/src/archive/limits.ts";
import { listTar } from "../../../packages/core/src/archive/tar-listing.ts";
import { has, run } from "../../support/programs.ts";
import { dir, file, filler, hardlink, symlink, tarBytes } from "../../support/tar-bytes.ts";
import { scan, sha256 } from "../../support/tar-events.ts";

const work = mkdtempSync(join(tmpdir(), "imgweigh-tar-"));
afterAll(() => rmSync(work, { recursive: true }));

/** A directory of everything that tars hold; `long` adds what the v7 format cannot. */
function tree(name: string, { long, sparse }: { long: boolean; sparse: boolean }): string {
  const root = join(work, name);
  mkdirSync(join(root, "d/e"), { recursive: true });
  writeFileSync(join(root, "empty"), "");
  writeFileSync(join(root, "d/small"), "small\n");
  writeFileSync(join(root, "d/e/block"), filler(512));
  writeFileSync(join(root, "d/e/big"), filler(100_001), { mode: 0o755 });
  linkSync(join(root, "d/small"), join(root, "z-hard"));
  symlinkSync("d/small", join(root, "soft"));
  writeFileSync(Buffer.concat([Buffer.from(join(root, "bad-")), Buffer.from([0xff, 0xfe])]), "not UTF-8");
  if (long) {
    mkdirSync(join(root, "x".repeat(90), "y".repeat(60)), { recursive: true });
    writeFileSync(join(root, "x".repeat(90), "y".repeat(60), "z".repeat(90)), "long");
    symlinkSync("t".repeat(200), join(root, "soft-long"));
  }
  if (sparse) {
    writeFileSync(join(root, "holes"), "begin");
    truncateSync(join(root, "holes"), 3_000_000);
    writeFileSync(join(root, "holes"), filler(70_000), { flag: "a" });
    writeFileSync(join(root, "many-holes"), "");
    for (let i = 1; i <= 40; i++) {
      truncateSync(join(root, "many-holes"), i * 65_536);
      writeFileSync(join(root, "many-holes"), `part ${i}`, { flag: "a" });
    }
    writeFileSync(join(root, "all-hole"), "");
    truncateSync(join(root, "all-hole"), 1_000_000);
  }
  return root;
}

const TYPES = new Map([
  ["0", "file"],
  ["1", "link"],
  ["2", "symlink"],
  ["5", "dir"],
  ["6", "fifo"],
  ["3", "char"],
]);

/** What the scanner says: name, type, size, link and contents. */
function ours(tar: Uint8Array): string[] {
  return scan(tar, { chunkBytes: 1000 }).entries.map(({ name, type, size, linkName, mode, mtime, sha256: hash }) => {
    const word = TYPES.get(String.fromCharCode(type)) ?? "?";
    const hex = Buffer.from(name.replace(/\/+$/, ""), "latin1").toString("hex");
    const isLink = word === "link" || word === "symlink";
    return [hex, word, size, mode.toString(8), mtime, isLink ? linkName : "", word === "file" ? hash : ""].join(" ");
  });
}

const PYTHON = `
import sys, tarfile, hashlib
types = {tarfile.REGTYPE: 'file', tarfile.AREGTYPE: 'file', tarfile.CONTTYPE: 'file', tarfile.GNUTYPE_SPARSE: 'file',
         tarfile.LNKTYPE: 'link', tarfile.SYMTYPE: 'symlink', tarfile.DIRTYPE: 'dir', tarfile.FIFOTYPE: 'fifo', tarfile.CHRTYPE: 'char'}
with tarfile.open(sys.argv[1], encoding='utf-8', errors='surrogateescape') as tar:
    for m in tar:
        name = m.name.encode(tar.encoding, 'surrogateescape').rstrip(b'/').hex()
        word = types[m.type]
        body = hashlib.sha256(tar.extractfile(m).read()).hexdigest() if word == 'file' else ''
        print(name, word, m.size if word == 'file' else 0, '%o' % (m.mode & 0o7777), int(m.mtime), m.linkname, body)
`;

function pythons(path: string): string[] {
  return run("python3", ["-c", PYTHON, path]).toString().replace(/\n$/, "").split("\n");
}

/** Names and sizes as `tar -tv` prints them, octal escapes undone. */
function tars(path: string): string[] {
  const listing = run("tar", ["-tvf", path, "--quoting-style=escape", "--numeric-owner", "--full-time"]).toString(
    "latin1",
  );
  return listing
    .trimEnd()
    .split("\n")
    .map((line) => {
      // Fractions of seconds are padded to one width, so more than one space may stand before the name.
      const match = /^(.)\S+ +\S+ +(\S+) \S+ \S+ +(.*)$/.exec(line);
      if (!match) throw new Error(line);
      const [, kind = "", size = "", rest = ""] = match;
      const name = rest.replace(/ (->|link to) .*$/, "").replace(/\/$/, "");
      const bytes = name.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
      const sized = kind === "-" ? size : "0";
      return `${Buffer.from(bytes, "latin1").toString("hex")} ${kind} ${sized}`;
    });
}

const KINDS: Record<string, string> = { file: "-", link: "h", symlink: "l", dir: "d", fifo: "p", char: "c" };

function short(line: string): string {
  const [name, word = "", size] = line.split(" ");
  return `${name} ${KINDS[word]} ${size}`;
}

describe.skipIf(!has("tar") || !has("python3"))("tars made by GNU tar are read as tar and python read them", () => {
  const plain = tree("plain", { long: false, sparse: false });
  const long = tree("long", { long: true, sparse: false });
  const sparse = tree("sparse", { long: true, sparse: true });
  it.each([
    ["v7", plain, ["--format=v7"]],
    ["oldgnu", long, ["--format=oldgnu"]],
    ["gnu", long, ["--format=gnu"]],
    ["ustar", plain, ["--format=ustar"]],
    ["pax", long, ["--format=pax"]],
    ["pax with a global header", long, ["--format=pax", "--pax-option=comment=x,globexthdr.name=g"]],
    ["gnu sparse", sparse, ["--format=gnu", "-S"]],
    ["oldgnu sparse", sparse, ["--format=oldgnu", "-S"]],
    ["pax sparse 0.0", sparse, ["--format=pax", "-S", "--sparse-version=0.0"]],
    ["pax sparse 0.1", sparse, ["--format=pax", "-S", "--sparse-version=0.1"]],
    ["pax sparse 1.0", sparse, ["--format=pax", "-S", "--sparse-version=1.0"]],
    ["gnu, names with dots", long, ["--format=gnu", "--transform=s,^[.]/,/./,", "-P"]],
  ])("%s", (name, root, options) => {
    const path = join(work, `${name.replaceAll(" ", "-")}.tar`);
    run("tar", ["-cf", path, ...options, "--sort=name", "-C", root, "."]);
    const seen = ours(readFileSync(path));
    expect(seen.map(short)).toEqual(tars(path));
    expect(seen).toEqual(pythons(path));
    if (options.includes("-S")) {
      // That it was about sparse files at all: the tar is much shorter than what it holds.
      expect(readFileSync(path).length).toBeLessThan(3_000_000);
      const holes = Buffer.concat([Buffer.from("begin"), Buffer.alloc(2_999_995), filler(70_000)]);
      expect(seen.join("\n")).toContain(`file 3070000`);
      expect(seen.join("\n")).toContain(sha256(holes));
    }
  });
});

const MAKE = `
import sys, tarfile, io
formats = {'ustar': tarfile.USTAR_FORMAT, 'gnu': tarfile.GNU_FORMAT, 'pax': tarfile.PAX_FORMAT}
with tarfile.open(sys.argv[1], 'w', format=formats[sys.argv[2]]) as tar:
    def add(name, type=tarfile.REGTYPE, body=b'', link='', **more):
        m = tarfile.TarInfo(name)
        m.type, m.size, m.linkname = type, len(body), link
        for key, value in more.items(): setattr(m, key, value)
        tar.addfile(m, io.BytesIO(body))
    add('d', tarfile.DIRTYPE, mode=0o1777)
    add('d/f', body=b'x' * 1000, mode=0o4711, uid=70000, gid=80000, mtime=1e9)
    add('d/l', tarfile.SYMTYPE, link='f')
    add('d/h', tarfile.LNKTYPE, link='d/f')
    add('p', tarfile.FIFOTYPE)
    add('c', tarfile.CHRTYPE, devmajor=1, devminor=3)
    add('g' * 50 + '/' + 'h' * 99, body=b'1')
    if sys.argv[2] != 'ustar':
        add('n' * 300, body=b'22')
        add('s', tarfile.SYMTYPE, link='t' * 300)
        add('caf\\u00e9', body=b'333')
    if sys.argv[2] == 'pax':
        add('times', body=b'4', mtime=1234567890.75)
`;

describe.skipIf(!has("python3"))("tars made by python are read as python reads them", () => {
  it.each(["ustar", "gnu", "pax"])("%s", (format) => {
    const path = join(work, `python-${format}.tar`);
    run("python3", ["-c", MAKE, path, format]);
    expect(ours(readFileSync(path))).toEqual(pythons(path));
  });
});

describe.skipIf(!has("python3"))("tars made by hand are read as python reads them", () => {
  it("which shows that the hand is right", () => {
    const path = join(work, "hand.tar");
    const long = "a/".repeat(120);
    writeFileSync(
      path,
      tarBytes([
        file("x", filler(700), { mode: 0o600, mtime: 77 }),
        dir("d"),
        symlink("s", long),
        hardlink("h", "x"),
        file(`${long}gnu`, "1"),
        file(`${long}pax`, "22", { long: "pax" }),
        file(`${"b/".repeat(60)}prefix`, "333", { long: "prefix" }),
        { name: "base256", content: "4444", base256: true },
        {
          name: "gnu-sparse",
          sparse: {
            form: "gnu",
            size: 9000,
            fragments: [
              [10, "ab"],
              [5000, "cd"],
            ],
          },
        },
        {
          name: "pax-sparse",
          sparse: {
            form: "pax-1.0",
            size: 9000,
            fragments: [
              [10, "ab"],
              [5000, "cd"],
            ],
          },
        },
        {
          name: "pax-sparse-0.1",
          sparse: {
            form: "pax-0.1",
            size: 9000,
            fragments: [
              [10, "ab"],
              [5000, "cd"],
            ],
          },
        },
      ]),
    );
    const expected = pythons(path);
    expect(ours(readFileSync(path))).toEqual(expected);
  });
});

describe("listTar", () => {
  it("finds where contents stand, seeking over them", async () => {
    const entries = [
      file("small", "small"),
      file("big", filler(300_000)),
      dir("d"),
      symlink("s", "big"),
      hardlink("h", "small"),
      file(`${"l/".repeat(80)}café`, filler(1000, 2)),
      { name: "old", type: "\0", content: "7" },
      file("last", filler(70_000, 3)),
    ];
    const path = join(work, "listed.tar");
    const tar = tarBytes(entries, { trailing: "garbage" });
    writeFileSync(path, tar);
    const handle = await open(path);
    try {
      const listed = await listTar(handle, tar.length, limitsFrom(), new AbortController().signal, "it");
      expect(listed.map(({ name, type, linkName, size }) => [name, type, linkName, size])).toEqual([
        ["small", "file", null, 5],
        ["big", "file", null, 300_000],
        ["d/", "other", null, 0],
        ["s", "link", "big", 0],
        ["h", "link", "small", 0],
        [`${"l/".repeat(80)}café`, "file", null, 1000],
        ["old", "file", null, 1],
        ["last", "file", null, 70_000],
      ]);
      for (const { name, offset, size } of listed) {
        const source = entries.find((entry) => entry.name === name && entry.content !== undefined);
        if (source?.content === undefined) continue;
        expect(tar.subarray(offset, offset + size).equals(Buffer.from(source.content as Uint8Array))).toBe(true);
      }
    } finally {
      await handle.close();
    }
  });

  it("says truncated wherever the file ends too early, and stops on an abort", async () => {
    const tar = tarBytes([file("a", filler(40_000)), file("b", "1")]);
    // A file that is whole and lacks its padding alone is no truncation.
    for (const length of [100, 512, 20_000, 40_000, 40_511, 41_000, 41_472]) {
      const path = join(work, `cut-${length}.tar`);
      writeFileSync(path, tar.subarray(0, length));
      const handle = await open(path);
      try {
        await expect(listTar(handle, length, limitsFrom(), new AbortController().signal, "it")).rejects.toMatchObject({
          code: "ARCHIVE_TRUNCATED",
        });
        const reason = new Error("stop");
        await expect(listTar(handle, length, limitsFrom(), AbortSignal.abort(reason), "it")).rejects.toBe(reason);
      } finally {
        await handle.close();
      }
    }
  });
});
