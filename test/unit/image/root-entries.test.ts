import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compareRoots, type ExpectedChanges, listRoot } from "../../../packages/core/src/doors/results.ts";
import { resolveSource } from "../../../packages/core/src/index.ts";
import { buildImage, type LayerSpec } from "../../support/image-builder.ts";
import { dir, extension, file, hardlink, opaque, paxRecords, symlink, whiteout } from "../../support/tar-bytes.ts";

const folder = mkdtempSync(join(tmpdir(), "imgweigh-roots-"));
afterAll(() => rmSync(folder, { recursive: true }));

let images = 0;
function list(...layers: readonly LayerSpec["entries"][]) {
  const path = join(folder, `${images++}.tar`);
  writeFileSync(path, buildImage({ layers: layers.map((entries) => ({ entries: entries ?? [] })) }).asDockerArchive());
  return listRoot(resolveSource(path));
}

const NOTHING: ExpectedChanges = { removed: new Set(), rewritten: new Set(), packages: false, base: false };

async function differences(
  before: readonly LayerSpec["entries"][],
  after: readonly LayerSpec["entries"][],
  expected: Partial<ExpectedChanges> = {},
) {
  const found = compareRoots(await list(...before), await list(...after), { ...NOTHING, ...expected });
  return found.map(({ path, what, before: old, after: now }) => `${what} ${path} ${old} ${now}`);
}

describe("the root file system of an image", () => {
  it("is what an engine unpacks", async () => {
    const { entries, contentBytes } = await list(
      [dir("usr"), dir("usr/lib"), file("usr/lib/a", "a"), symlink("lib", "usr/lib"), dir("d"), file("d/x", "xx")],
      [file("lib/b", "bbb"), whiteout("usr/lib/a"), hardlink("h", "usr/lib/b"), opaque("d"), file("d/y", "y")],
    );
    expect([...entries.keys()].sort()).toEqual(["d", "d/y", "h", "lib", "usr", "usr/lib", "usr/lib/b"]);
    expect(entries.get("h")).toEqual(entries.get("usr/lib/b"));
    expect(contentBytes).toBe(1 + 2 + 3 + 1);
  });
});

describe("two root file systems", () => {
  it("are alike where only layers and times differ", async () => {
    const one = [[dir("a"), file("a/b", "x", { mtime: 1 })], [whiteout("a/b")], [file("a/b", "x", { mtime: 2 })]];
    expect(await differences(one, [[dir("a"), file("a/b", "x", { mtime: 3 })]])).toEqual([]);
  });

  it("differ in type, mode, owner, link, attributes and content", async () => {
    const capability = extension("x", "PaxHeaders/f", paxRecords([["SCHILY.xattr.security.capability", "\u0001\0"]]));
    const before = [[file("f", "x", { mode: 0o4755 }), symlink("l", "f"), dir("d", { uid: 5 }), file("t", "t")]];
    const after = [[capability, file("f", "y", { mode: 0o755 }), symlink("l", "g"), dir("d", { gid: 6 }), dir("t")]];
    const found = await differences(before, after);
    expect(found.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "owner /d",
      "mode /f",
      "attributes /f",
      "content /f",
      "link /l",
      "type /t",
      "mode /t",
      "content /t",
    ]);
    expect(found[1]).toBe("mode /f 4755 0755");
  });

  it("may lose what a plan names, and directories with the last of their files", async () => {
    const before = [[dir("var"), dir("var/c"), dir("var/c/sub"), file("var/c/sub/f", "x"), file("keep", "k")]];
    const expected = { removed: new Set(["var/c/sub/f"]) };
    expect(await differences(before, [[dir("var"), file("keep", "k")]], expected)).toEqual([]);
    expect(await differences(before, [[dir("var")]], expected)).toEqual(["removed /keep file null"]);
    expect(await differences(before, [[dir("var"), file("keep", "k"), file("new", "")]], expected)).toEqual([
      "added /new null file",
    ]);
  });
});
