import { describe, expect, it } from "vitest";
import type { Image } from "../../../packages/core/src/image/image.ts";
import { weigh } from "../../../packages/core/src/ledger/ledger.ts";
import { explainPath } from "../../../packages/core/src/ledger/path-life.ts";
import { type Entries, imageOf } from "../../support/layers.ts";
import { dir, file, hardlink, opaque, symlink, type TarEntry, whiteout } from "../../support/tar-bytes.ts";
import { sha256 } from "../../support/tar-events.ts";

/** The life in few words: `layer what`, and what stands there afterwards. */
function events(image: Image, path: string): string[] {
  return explainPath(weigh(image), path).events.map(({ layer, what, now }) => {
    if (now === null) return `${layer} ${what}`;
    return `${layer} ${what}: ${now.kind} ${now.bytes} ${now.mode}${now.linkTarget === null ? "" : ` ${now.linkTarget}`}`;
  });
}

async function lifeOf(path: string, ...layers: Entries[]): Promise<string[]> {
  return events(await imageOf(...layers), path);
}

const A = file("a", "aaa");

describe("events", () => {
  it("tell of a file that is added, chmodded, rewritten, deleted and added again", async () => {
    expect(
      await lifeOf("/a", [A], [file("a", "aaa", { mode: 0o755 })], [file("a", "bbbb")], [whiteout("a")], [], [A]),
    ).toEqual([
      "0 added: file 3 0644",
      "1 metadata-only: file 3 0755",
      "2 overwritten: file 4 0644",
      "3 deleted",
      "5 added: file 3 0644",
    ]);
  });

  it("tell of what is hidden with its directory", async () => {
    expect(await lifeOf("/d/x", [dir("d"), file("d/x", "1")], [opaque("d")])).toEqual([
      "0 added: file 1 0644",
      "1 opaque-hidden",
    ]);
    expect(await lifeOf("/d/x", [dir("d"), file("d/x", "1")], [whiteout("d")])).toEqual([
      "0 added: file 1 0644",
      "1 deleted",
    ]);
    expect(await lifeOf("/d/x", [dir("d"), file("d/x", "1")], [file("d", "2")])).toEqual([
      "0 added: file 1 0644",
      "1 overwritten",
    ]);
  });

  it("tell of duplicate entries and of replaced kinds", async () => {
    expect(await lifeOf("/a", [A, file("a", "b"), symlink("a", "b")], [dir("a")], [dir("a", { mode: 0o700 })])).toEqual(
      [
        "0 added: file 3 0644",
        "0 duplicate-entry: file 1 0644",
        "0 duplicate-entry: symlink 0 0644 b",
        "1 overwritten: directory 0 0755",
        "2 attributes: directory 0 0700",
      ],
    );
  });

  it("tell of a lower layer's file once, before the duplicates", async () => {
    expect(await lifeOf("/a", [A], [A, file("a", "b")])).toEqual([
      "0 added: file 3 0644",
      "1 metadata-only: file 3 0644",
      "1 duplicate-entry: file 1 0644",
    ]);
  });

  it("tell of hard links, which store nothing", async () => {
    expect(await lifeOf("/b", [A, hardlink("b", "a")], [whiteout("b")])).toEqual([
      "0 added: hard link 0 0644 /a",
      "1 deleted",
    ]);
  });

  it("hold the hash of each file", async () => {
    const { events } = explainPath(weigh(await imageOf([file("z", "z"), A], [file("y", "y"), file("a", "bbb")])), "/a");
    expect(events.map(({ now }) => now?.sha256)).toEqual([sha256("aaa"), sha256("bbb")]);
  });
});

describe("paths", () => {
  const USR_MERGE = [dir("usr"), dir("usr/lib"), symlink("lib", "usr/lib"), file("usr/lib/x", "1")];

  it("are those inside the container: links on the way are followed, the last one is not", async () => {
    const image = await imageOf(USR_MERGE);
    expect(explainPath(weigh(image), "/lib/x")).toMatchObject({ asked: "/lib/x", path: "/usr/lib/x", exists: true });
    expect(events(image, "/lib")).toEqual(["0 added: symlink 0 0644 usr/lib"]);
    expect(explainPath(weigh(image), "lib/../lib//x")).toMatchObject({ path: "/usr/lib/x" });
  });

  it("are followed as far as they lead, where the rest is gone", async () => {
    const image = await imageOf([...USR_MERGE, file("usr/lib/gone/y", "22")], [whiteout("usr/lib/gone")]);
    expect(explainPath(weigh(image), "/lib/gone/y")).toMatchObject({
      path: "/usr/lib/gone/y",
      exists: false,
      contentBytes: 2,
      liveBytes: 0,
    });
  });

  it("that no layer ever had are an error", async () => {
    const image = await imageOf([A], [whiteout("b")]);
    for (const path of ["/b", "/a/x", "/A", "/aa", "/x/a"]) {
      expect(() => explainPath(weigh(image), path)).toThrow(expect.objectContaining({ code: "PATH_NOT_FOUND" }));
    }
  });

  it("that only end alike are others", async () => {
    expect(await lifeOf("/b/a", [A, file("b/a", "1"), file("c/b/a", "22"), file("bb/a", "333")])).toEqual([
      "0 added: file 1 0644",
    ]);
  });

  it("may be as deep as symlinks let them be", async () => {
    // The targets of all links together are as long as a path may be, 4,096 characters.
    const depth = 240;
    const entries: TarEntry[] = [];
    for (let i = 0; i < 8; i++) {
      const from = i === 0 ? "" : `l${i - 1}/`;
      entries.push(dir(`${from}${"d/".repeat(depth)}d`), symlink(`l${i}`, `${from}${"d/".repeat(depth)}d`));
    }
    const image = await imageOf([...entries, file("l7/x", "1")]);
    expect(explainPath(weigh(image), "/")).toMatchObject({ contentBytes: 1, liveBytes: 1 });
    expect(explainPath(weigh(image), "/l7/x").path).toHaveLength(2 * 8 * (depth + 1) + 2);
  });
});

describe("bytes", () => {
  it("at and below a path are told layer by layer", async () => {
    const image = await imageOf(
      [dir("d"), file("d/x", "1"), file("d/e/y", "22"), A],
      [file("d/x", "333")],
      [A],
      [whiteout("d/e")],
    );
    expect(explainPath(weigh(image), "/d")).toMatchObject({
      exists: true,
      contentBytes: 6,
      liveBytes: 3,
      layers: [
        { layer: 0, files: 2, contentBytes: 3, liveBytes: 0 },
        { layer: 1, files: 1, contentBytes: 3, liveBytes: 3 },
      ],
    });
  });

  it("of a directory that no entry names are told too", async () => {
    expect(explainPath(weigh(await imageOf([file("d/e/x", "1")])), "/d")).toMatchObject({
      exists: true,
      events: [],
      contentBytes: 1,
    });
  });

  it("go with the file, whose path is its first live one", async () => {
    const image = await imageOf([A, hardlink("d/h", "a")], [whiteout("a")]);
    expect(explainPath(weigh(image), "/d")).toMatchObject({ contentBytes: 3, liveBytes: 3 });
    expect(explainPath(weigh(image), "/a")).toMatchObject({ exists: false, contentBytes: 0 });
  });
});
