import { describe, expect, it } from "vitest";
import { alignInOrder } from "../../../packages/core/src/diff/align.ts";
import { diff } from "../../../packages/core/src/diff/diff-images.ts";
import { withoutMoved } from "../../../packages/core/src/diff/moved-rows.ts";
import { slimSnapshot } from "../../../packages/core/src/diff/slim-snapshot.ts";
import type {
  Snapshot,
  SnapshotFile,
  SnapshotLayer,
  SnapshotPackage,
} from "../../../packages/core/src/diff/snapshot.ts";

function file(path: string, bytes: number, hash: string | null = path): SnapshotFile {
  const live = hash === null ? 0 : bytes;
  return { path, contentBytes: bytes, liveBytes: live, wastedBytes: bytes - live, blobBytes: null, hash };
}

function layer(diffId: string | null, instruction: string | null, bytes: number): SnapshotLayer {
  return { diffId, instruction, entries: 1, contentBytes: bytes, liveBytes: bytes, wastedBytes: 0, blobBytes: null };
}

function apk(name: string, version: string): SnapshotPackage {
  return { ecosystem: "apk", name, version, liveBytes: 0, wastedBytes: 0 };
}

/** A snapshot of which a test needs one list; the totals are those of the files, or else of the layers. */
function snapshot({ files = [], layers = [], packages = [], ...rest }: Partial<Snapshot>): Snapshot {
  const rows = files.length > 0 ? files : layers;
  const sum = (column: "contentBytes" | "liveBytes" | "wastedBytes") =>
    rows.reduce((total, row) => total + row[column], 0);
  return {
    schemaVersion: 1,
    kind: "baseline",
    image: { reference: null, digest: null, configDigest: null, platform: null },
    sizes: { contentBytes: sum("contentBytes"), tarBytes: null, blobBytes: null, rootfsBytes: sum("liveBytes") },
    efficiency: 1,
    waste: {
      bytes: sum("wastedBytes"),
      overwrittenBytes: 0,
      metadataOnlyBytes: 0,
      deletedBytes: sum("wastedBytes"),
      opaqueHiddenBytes: 0,
      duplicateEntryBytes: 0,
    },
    layers,
    groups: { instruction: [], package: [], category: [], directory: [], base: [] },
    packages,
    findings: [],
    files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
    filesFrom: 0,
    omitted: {},
    ...rest,
  };
}

/** `2→3 rebuilt` */
function told(base: readonly SnapshotLayer[], head: readonly SnapshotLayer[]): string[] {
  return diff(snapshot({ layers: base }), snapshot({ layers: head })).layers.map(
    (row) => `${row.base ?? "-"}→${row.head ?? "-"} ${row.status}`,
  );
}

describe("layers of two images", () => {
  it("are the same, rebuilt, added and removed", () => {
    const base = [layer("a", "ADD", 1), layer("b", "RUN x", 2), layer("c", "COPY", 3), layer("d", "RUN old", 4)];
    const head = [layer("a", "ADD", 1), layer("n", "RUN new", 5), layer("B", "RUN x", 2), layer("C", "COPY", 4)];
    expect(told(base, head)).toEqual(["0→0 same", "-→1 added", "1→2 rebuilt", "2→3 rebuilt", "3→- removed"]);
  });

  it("are moved where the same changeset stands in another order", () => {
    const [a, b, c] = [layer("a", "A", 1), layer("b", "B", 1), layer("c", "C", 1)];
    expect(told([a, b, c], [c, a, b])).toEqual(["2→0 moved", "0→1 same", "1→2 same"]);
  });

  it("are rebuilt where the same instructions stand in another order", () => {
    const base = [layer("a", "RUN x", 1), layer("b", "RUN y", 2), layer("c", "RUN z", 3)];
    const head = [layer("C", "RUN z", 3), layer("A", "RUN x", 1), layer("B", "RUN y", 2)];
    expect(told(base, head)).toEqual(["2→0 rebuilt", "0→1 rebuilt", "1→2 rebuilt"]);
  });

  it("are told apart where one stands several times, and where all have one instruction", () => {
    const empty = layer("e", "RUN true", 0);
    const work = layer("w", "RUN make", 5);
    expect(told([empty, work, empty], [work, empty])).toEqual(["0→- removed", "1→0 same", "2→1 same"]);
    expect(told([layer("1", "RUN x", 1), layer("2", "RUN x", 1)], [layer("3", "RUN x", 1)])).toEqual([
      "0→0 rebuilt",
      "1→- removed",
    ]);
  });

  it("are rebuilt where a copy has other contents, which the classic builder records as a hash", () => {
    const base = [layer("a", "COPY dir:3733b1c768da in /app", 1), layer("b", "COPY file:aaaaaaaaaaaa in /x", 2)];
    const head = [layer("A", "COPY dir:0123456789ab in /app", 3), layer("B", "COPY file:bbbbbbbbbbbb in /y", 2)];
    expect(told(base, head)).toEqual(["0→0 rebuilt", "1→- removed", "-→1 added"]);
    const { instruction } = diff(snapshot({ layers: base.slice(0, 1) }), snapshot({ layers: head.slice(0, 1) })).groups;
    expect(instruction.map(({ key, change }) => [key, change?.contentBytes])).toEqual([[head[0]?.instruction, 2]]);
  });

  it("are rebuilt of the copy of the same contents, wherever that stands", () => {
    const copy = (diffId: string, hash: string) => layer(diffId, `COPY dir:${hash} in /app`, 1);
    const base = [copy("a", "aaaaaaaaaaaa"), copy("b", "bbbbbbbbbbbb"), copy("c", "cccccccccccc")];
    const head = [copy("C", "cccccccccccc"), copy("B", "bbbbbbbbbbbb"), copy("A", "aaaaaaaaaaaa")];
    expect(told(base, head)).toEqual(["2→0 rebuilt", "1→1 rebuilt", "0→2 rebuilt"]);
  });

  it("without history or diffID are not taken for each other", () => {
    expect(told([layer(null, null, 1)], [layer(null, null, 1)])).toEqual(["0→- removed", "-→0 added"]);
  });

  it("have their instructions weighed by text, whatever their number", () => {
    const base = [layer("a", "ADD", 10), layer("b", "RUN x", 20), layer("c", "RUN x", 30)];
    const head = [layer("a", "ADD root in /", 10), layer("n", "RUN new", 1), layer("d", "RUN x", 25)];
    const { instruction } = diff(snapshot({ layers: base }), snapshot({ layers: head })).groups;
    expect(instruction.map(({ key, status, change }) => [key, status, change?.contentBytes])).toEqual([
      ["RUN x", "changed", -25],
      ["RUN new", "added", 1],
    ]);
  });
});

describe("alignment in order", () => {
  it("is a longest common subsequence", () => {
    const pairs = alignInOrder([..."ABCBDAB"], [..."BDCABA"]);
    expect(pairs).toHaveLength(4);
    expect(
      pairs.every(([i, j], at) => at === 0 || (i > (pairs[at - 1]?.[0] ?? 9) && j > (pairs[at - 1]?.[1] ?? 9))),
    ).toBe(true);
  });

  it("takes a hundred thousand places of two keys that disagree everywhere", () => {
    const one = Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? "a" : "b"));
    const other = one.map((key) => (key === "a" ? "b" : "a"));
    expect(alignInOrder(one, other)).toHaveLength(99_999);
  });
});

describe("packages of two images", () => {
  it.each([
    ["apk", "1.9-r0", "1.10-r0", "upgraded"],
    ["apk", "1.2.3-r0", "1.2.3_rc1-r0", "downgraded"],
    ["deb", "1:1.0-1", "2.0-1", "downgraded"],
    ["deb", "1.0~rc1-1", "1.0-1", "upgraded"],
    ["rpm", "1.0-9.el9", "1.0-10.el9", "upgraded"],
    ["rpm", "1:1.0-1", "2.0-1", "downgraded"],
    ["pacman", "1.0-1", "1.0.1-1", "upgraded"],
    ["npm", "1.9.0", "1.10.0", "upgraded"],
    ["go", "v2.0.0", "v1.9.9", "downgraded"],
    ["npm", "2.0.0-beta.1", "2.0.0", "changed"],
    ["npm", "1.0.0, 2.0.0", "2.0.0", "changed"],
    ["python", "1.0", "1.0.0", "changed"],
  ])("%s %s to %s is %s", (ecosystem, before, after, status) => {
    const one = (version: string): SnapshotPackage => ({ ...apk("it", version), ecosystem: ecosystem as "apk" });
    const { packages } = diff(snapshot({ packages: [one(before)] }), snapshot({ packages: [one(after)] }));
    expect(packages).toEqual([
      { status, ecosystem, name: "it", baseVersion: before, headVersion: after, liveBytes: 0, wastedBytes: 0 },
    ]);
  });

  it("came and went, but for what a list that was cut does not say", () => {
    const base = snapshot({ packages: [apk("gone", "1"), apk("stays", "1")] });
    const head = snapshot({ packages: [apk("came", "1"), apk("stays", "1")] });
    expect(diff(base, head).packages.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "came added",
      "gone removed",
    ]);
    const cut = { ...base, omitted: { packages: { count: 1, bytes: 0 } } };
    expect(diff(cut, head).packages.map(({ name, status }) => `${name} ${status}`)).toEqual(["gone removed"]);
  });
});

describe("moves", () => {
  const moved = (before: SnapshotFile[], after: SnapshotFile[], slim = false): string[] => {
    const base = snapshot({ files: before });
    return diff(slim ? slimSnapshot(base) : base, snapshot({ files: after })).moves.map(
      ({ from, to, files, bytes }) => `${from} → ${to} ${files} ${bytes}`,
    );
  };

  it("of a thousand files in a directory are one", () => {
    const files = (root: string): SnapshotFile[] =>
      Array.from({ length: 1000 }, (_, i) => file(`${root}/lib${i % 10}/${i}.js`, 10 + i, `h${i}`));
    expect(moved([...files("/app"), file("/etc/x", 1)], [...files("/srv/node"), file("/etc/x", 1)])).toEqual([
      `/app/ → /srv/node/ 1000 ${10 * 1000 + (999 * 1000) / 2}`,
    ]);
    // One stays behind, so nine of ten directories go as a whole, and the files of the tenth by themselves.
    const left = moved([...files("/app"), file("/app/lib0/stays", 7)], [...files("/srv"), file("/app/lib0/stays", 7)]);
    expect(left.filter((line) => /^\/app\/lib[1-9]\/ → \/srv\/lib[1-9]\/ 100 /.test(line))).toHaveLength(9);
    expect(left).toHaveLength(9 + 100);
  });

  it("of directories two thousand deep are one", () => {
    const files = (root: string): SnapshotFile[] =>
      Array.from({ length: 2000 }, (_, depth) => file(`${root}${"/d".repeat(depth + 1)}/f`, 10, `h${depth}`));
    const [before, after] = [snapshot({ files: files("/a") }), snapshot({ files: files("/b") })];
    const found = diff(before, after);
    // All that the root holds is /a, which is not called so any more.
    expect(found.moves).toEqual([{ from: "/a/", to: "/b/", files: 2000, bytes: 20_000 }]);
    expect(found.groups.path).toHaveLength(4000);
    expect(withoutMoved(found)).toEqual([]);
  });

  it("take only the rows away that they explain", () => {
    const base = snapshot({
      files: [
        file("/app/a", 5, "a"),
        file("/app/b", 6, "b"),
        file("/app.conf", 7, "c"),
        file("/app0", 8, "d"),
        file("/app~", 4, "e"),
        file("/etc/x", 2, "x"),
      ],
    });
    const head = snapshot({
      files: [
        file("/srv/a", 5, "a"),
        file("/srv/b", 6, "b"),
        file("/etc/app.conf", 7, "c"),
        file("/etc/x", 3, "y"),
        file("/etc/z", 1, "z"),
      ],
    });
    const found = diff(base, head);
    expect(found.moves.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      "/app/ → /srv/",
      "/app.conf → /etc/app.conf",
    ]);
    expect(withoutMoved(found).map(({ key }) => key)).toEqual(["/app0", "/app~", "/etc/x", "/etc/z"]);
  });

  it("pair files of one content by where they lay", () => {
    const copies = (root: string): SnapshotFile[] =>
      ["a", "b", "c"].map((name) => file(`${root}/${name}/init.py`, 5, "same"));
    expect(moved([...copies("/old"), file("/keep", 1)], [...copies("/new").reverse(), file("/keep", 1)])).toEqual([
      "/old/ → /new/ 3 15",
    ]);
  });

  it("take each file once, and neither copies nor empty files", () => {
    expect(moved([file("/a", 5, "h")], [file("/a", 5, "h"), file("/b", 5, "h")])).toEqual([]);
    expect(moved([file("/a", 5, "h")], [file("/b", 5, "h"), file("/c", 5, "h")])).toEqual(["/a → /b 1 5"]);
    expect(moved([file("/a", 0, "h")], [file("/b", 0, "h")])).toEqual([]);
    expect(moved([file("/a", 5, "h")], [file("/b", 6, "h")])).toEqual([]);
  });

  it("within the image leave what the old copy costs in the rows", () => {
    const [before, after] = [[file("/a", 5, "h")], [file("/a", 5, null), file("/b", 5, "h")]];
    expect(moved(before, after)).toEqual(["/a → /b 1 5"]);
    const { path } = diff(snapshot({ files: before }), snapshot({ files: after })).groups;
    expect(path.map(({ key, change }) => [key, change?.contentBytes, change?.liveBytes])).toEqual([
      ["/b", 5, 5],
      ["/a", 0, -5],
    ]);
  });

  it("are not seen where the old path may be there all the same", () => {
    const rewritten = { ...file("/b", 5, "h"), contentBytes: 8, wastedBytes: 3 };
    const heads = [0, 6].map((filesFrom) => snapshot({ files: [rewritten], filesFrom }));
    const moves = heads.map((head) => diff(snapshot({ files: [file("/a", 5, "h")] }), head).moves.length);
    expect(moves).toEqual([1, 0]);
  });

  it("against a slim baseline are those of the files that it has", () => {
    const before = [file("/big", 5000, "big"), file("/small", 2, "small")];
    expect(moved(before, [file("/moved/big", 5000, "big"), file("/moved/small", 2, "small")], true)).toEqual([
      "/big → /moved/big 1 5000",
    ]);
  });
});

describe("findings of two images", () => {
  it("are new and fixed by their id, the largest saving first", () => {
    const of = (id: string, contentBytes: number) =>
      ({ id, rule: "apk-index", title: id, severity: "warn", inBase: false, contentBytes }) as const;
    const { findings } = diff(
      snapshot({ findings: [of("a", 1), of("kept", 5), of("z", 9)] }),
      snapshot({ findings: [of("b", 2), of("kept", 6), of("y", 7)] }),
    );
    expect(findings.new.map(({ id }) => id)).toEqual(["y", "b"]);
    expect(findings.fixed.map(({ id }) => id)).toEqual(["z", "a"]);
  });
});

describe("what one side does not hold", () => {
  const base = snapshot({ files: [file("/big", 9990), file("/small", 6), file("/tiny", 4)] });

  it("may be as much as the largest row that was left out", () => {
    // Rows of ten bytes would be there, and ten bytes are not told of: nine may be of one path.
    const of = (bytes: number) =>
      diff(slimSnapshot(base), snapshot({ files: [file("/big", 9990), file("/new", bytes)] }));
    expect(of(9).groups.path.map(({ key }) => key)).toEqual(["[not in the baseline]"]);
    expect(of(10).groups.path.map(({ key }) => key)).toEqual(["/new"]);
  });

  it("is one row, and what surely grew is named", () => {
    const head = snapshot({ files: [file("/big", 9990), file("/small", 700), file("/tiny", 4), file("/new", 3)] });
    const { path } = diff(slimSnapshot(base), head).groups;
    expect(path).toEqual([
      {
        key: "/small",
        status: "unknown",
        base: null,
        head: { contentBytes: 700, liveBytes: 700, wastedBytes: 0, blobBytes: null },
        change: null,
      },
      {
        key: "[not in the baseline]",
        status: "changed",
        base: { contentBytes: 10, liveBytes: 10, wastedBytes: 0, blobBytes: null },
        head: { contentBytes: 707, liveBytes: 707, wastedBytes: 0, blobBytes: null },
        change: { contentBytes: 697, liveBytes: 697, wastedBytes: 0, blobBytes: null },
      },
    ]);
  });

  it("is no change where nothing changed", () => {
    expect(diff(slimSnapshot(base), base).groups.path).toEqual([]);
    expect(diff(base, slimSnapshot(base)).groups.path).toEqual([]);
  });
});

describe("platforms", () => {
  const on = (architecture: string, variant: string | null = null): Snapshot => ({
    ...snapshot({}),
    image: { reference: null, digest: null, configDigest: null, platform: { os: "linux", architecture, variant } },
  });

  it("have to be the same, where both are known", () => {
    expect(() => diff(on("amd64"), on("arm64"))).toThrow(expect.objectContaining({ code: "NOT_COMPARABLE" }));
    expect(() => diff(on("arm", "v6"), on("arm", "v7"))).toThrow(expect.objectContaining({ code: "NOT_COMPARABLE" }));
    expect(diff(on("arm64"), on("arm64", "v8")).change.contentBytes).toBe(0);
    expect(diff(snapshot({}), on("arm64")).change.contentBytes).toBe(0);
  });
});
