import { describe, expect, it } from "vitest";
import { ImageTree } from "../../../packages/core/src/ledger/image-tree.ts";
import { weigh } from "../../../packages/core/src/ledger/ledger.ts";
import type { TreePlace } from "../../../packages/core/src/ledger/tree-place.ts";
import { type Entries, imageOf } from "../../support/layers.ts";
import { dir, file, hardlink, opaque, symlink, whiteout } from "../../support/tar-bytes.ts";

async function treeOf(...layers: Entries[]): Promise<ImageTree> {
  return new ImageTree(weigh(await imageOf(...layers)));
}

/** `name content/live files`, a line each. */
function listed(place: TreePlace): string[] {
  return place
    .children()
    .map(
      (child) => `${child.name} ${child.contentBytes}/${child.liveBytes} ${child.files}${child.exists ? "" : " gone"}`,
    );
}

describe("children of a path", () => {
  it("have what all layers store at and below them, live and gone", async () => {
    const tree = await treeOf(
      [dir("usr"), file("usr/a", "12345"), file("usr/lib/x", "123"), file("usr/lib/y", "1")],
      [file("usr/a", "123"), whiteout("usr/lib")],
      [file("usr/lib/y", "12")],
    );
    expect(listed(tree.root)).toEqual(["usr 14/5 5"]);
    expect(listed(tree.at("/usr"))).toEqual(["a 8/3 2", "lib 6/2 3"]);
    expect(listed(tree.at("usr/lib/"))).toEqual(["x 3/0 1 gone", "y 3/2 2"]);
    expect(tree.at("/usr/lib").layers()).toEqual([0, 1, 2]);
    expect(
      tree
        .at("/usr/lib/y")
        .entries()
        .map(({ layer, bytes }) => [layer, bytes]),
    ).toEqual([
      [0, 1],
      [2, 2],
    ]);
    const gone = tree.at("/usr/lib/x");
    expect([gone.fate, gone.endedIn, gone.file?.layer]).toEqual(["deleted", 1, 0]);
  });

  it("are found through symlinks where these lead somewhere", async () => {
    const tree = await treeOf(
      [dir("usr/lib"), symlink("lib", "usr/lib"), file("lib/x", "123")],
      [whiteout("usr/lib/x")],
    );
    expect(tree.at("/lib").path).toBe("usr/lib");
    expect(tree.at("/lib/x").path).toBe("usr/lib/x");
    expect(() => tree.at("/lib/y")).toThrow("no layer of the image has /lib/y");
    expect(() => tree.at("/lib/x/y")).toThrow("no layer of the image has /lib/x/y");
  });

  it("count an inode once, where its file is reported", async () => {
    const tree = await treeOf([file("a/x", "12345"), hardlink("b/y", "a/x")]);
    expect(listed(tree.root)).toEqual(["a 5/5 1", "b 0/0 0"]);
    expect(tree.at("/b/y").file?.path).toBe("a/x");
    const kept = await treeOf([file("a/x", "12345"), hardlink("b/y", "a/x")], [whiteout("a/x")]);
    expect(listed(kept.root)).toEqual(["a 0/0 0", "b 5/5 1"]);
  });

  it("say whose they are, and of which kind, where all files below agree", async () => {
    const tree = await treeOf([file("srv/a", "1"), file("srv/b", "2"), file("usr/share/man/man1/x.1", "3")]);
    expect([tree.at("/srv").owner, tree.at("/srv").category]).toEqual(["[unowned]", "application"]);
    expect(tree.root.category).toBeNull();
  });
});

describe("changes of a layer", () => {
  const layers: Entries[] = [
    [dir("etc"), file("etc/a", "1"), file("etc/b", "22"), file("opt/tool/x", "333"), file("srv/same", "4444")],
    [file("etc/a", "55555"), whiteout("etc/b"), file("etc/c", "666666"), opaque("opt/tool")],
  ];

  it("are told for every path, and of directories by what lies below", async () => {
    const tree = await treeOf(...layers);
    const changes = tree.changesIn(1);
    const told = ["/etc", "/etc/a", "/etc/b", "/etc/c", "/opt/tool", "/opt/tool/x", "/srv", "/srv/same"].map(
      (path) => `${path} ${changes.at(tree.at(path).number)}`,
    );
    expect(told).toEqual([
      "/etc changed",
      "/etc/a changed",
      "/etc/b removed",
      "/etc/c added",
      "/opt/tool changed",
      "/opt/tool/x removed",
      "/srv unchanged",
      "/srv/same unchanged",
    ]);
    const etc = tree.at("/etc").number;
    expect([changes.sums.files[etc], changes.sums.contentBytes[etc]]).toEqual([2, 11]);
    expect([changes.removedFiles[etc], changes.removedBytes[etc]]).toEqual([2, 3]);
    expect(tree.changesIn(0).at(etc)).toBe("added");
    expect(tree.changesIn(0).at(tree.at("/etc/c").number)).toBeNull();
    expect(() => tree.changesIn(2)).toThrow(RangeError);
  });
});

describe("search", () => {
  it("goes by names, in any case unless a capital is asked for, by globs and by paths", async () => {
    const tree = await treeOf(
      [file("usr/share/README.md", "1"), file("usr/lib/libssl.so.3", "1"), file("usr/lib/ssl/x", "1")],
      [whiteout("usr/share/README.md")],
    );
    const found = (text: string): string[] => [...tree.search(text)].map(({ path }) => path);
    expect(found("readme")).toEqual(["usr/share/README.md"]);
    expect(found("Readme")).toEqual([]);
    expect(found("ssl")).toEqual(["usr/lib/libssl.so.3", "usr/lib/ssl"]);
    expect(found("*.so.?")).toEqual(["usr/lib/libssl.so.3"]);
    expect(found("lib/ssl")).toEqual(["usr/lib/ssl", "usr/lib/ssl/x"]);
  });
});

describe("a row of the ledger", () => {
  it("is held in the hand, with its links by the file that they lead to", async () => {
    const ledger = weigh(
      await imageOf(
        [file("a", "123", { mode: 0o750 }), hardlink("b", "a"), hardlink("c", "b")],
        [hardlink("d", "c"), whiteout("a")],
      ),
    );
    const a = ledger.entry(0);
    expect([a.layer, a.index, a.ownPath, a.path, a.bytes, a.mode, a.isLive]).toEqual([0, 0, "a", "b", 3, 0o750, true]);
    expect(ledger.links(0).to(0)).toEqual([1, 2]);
    expect(ledger.links(0).carrierOf(2)).toBe(0);
    expect([ledger.links(1).carrierOf(0), ledger.links(1).inodeOf(0), ledger.entry(3).inode]).toEqual([-1, 0, 0]);
    expect(() => ledger.entry(5)).toThrow(RangeError);
    expect([...ledger.entries(1)].map(({ path }) => path)).toEqual(["d", "a"]);
  });
});
