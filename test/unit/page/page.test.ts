import { describe, expect, it } from "vitest";
import { analyzeImage } from "../../../packages/core/src/analyze.ts";
import { nextTile } from "../../../packages/page/src/app/next-tile.ts";
import { FIRST_SETTINGS, readSettings } from "../../../packages/page/src/app/settings.ts";
import type { Tile } from "../../../packages/page/src/app/treemap.ts";
import { chosenRows } from "../../../packages/page/src/app/view-tree.ts";
import { mapOfEntries } from "../../../packages/page/src/map-of-entries.ts";
import { pageOfAnalysis } from "../../../packages/page/src/page-of-analysis.ts";
import { shell } from "../../../packages/page/src/shell.ts";

const analysis = await analyzeImage("demo:", { tree: true });
const map = mapOfEntries(analysis.tree?.entries ?? []);

function pathsOf(rows: readonly number[]): string[] {
  const paths = rows.map((row) => {
    let path = "";
    for (let at = map.place[row] as number; at !== 0; at = map.parents[at] as number) path = `/${map.names[at]}${path}`;
    return path;
  });
  return [...new Set(paths)].sort();
}

describe("an analysis with its tree", () => {
  it("lists every entry: sums are those of the ledger", () => {
    const entries = analysis.tree?.entries ?? [];
    expect(entries).toHaveLength(analysis.layers.reduce((sum, { entries: count }) => sum + count, 0));
    expect(entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(analysis.sizes.contentBytes);
    expect(entries.filter(({ fate }) => fate === "live").reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
      analysis.sizes.rootfsBytes,
    );
    expect(entries.find(({ path }) => path === "/usr/lib/cc1")).toMatchObject({
      kind: "regular",
      bytes: 2_104_000,
      fate: "deleted",
      addedIn: 2,
      removedIn: 7,
      owner: "apk/gcc",
    });
  });

  it("has none where it was not asked for", async () => {
    expect((await analyzeImage("demo:")).tree).toBeNull();
  });
});

describe("what the map shows", () => {
  const rows = (changes: object): string[] => pathsOf(chosenRows(map, { ...FIRST_SETTINGS, ...changes }));

  it("is found by a part of a name, of a directory's above it, or of a path", () => {
    expect(rows({ query: "CC1" })).toEqual(["/usr/lib/cc1"]);
    expect(rows({ query: "srv" }).every((path) => path.startsWith("/srv"))).toBe(true);
    expect(rows({ query: "lib/cc" })).toEqual(["/usr/lib/cc1"]);
    expect(rows({ query: "no such file" })).toEqual([]);
  });

  it("is one layer's, and waste, where that was chosen", () => {
    expect(rows({ layer: 2, show: "waste" })).toContain("/usr/lib/cc1");
    expect(rows({ layer: 2, show: "live" })).not.toContain("/usr/lib/cc1");
    expect(rows({ layer: 0 })).not.toContain("/usr/lib/cc1");
  });
});

describe("an address", () => {
  it("that names nonsense shows what a page shows at first", () => {
    expect(readSettings("#area=weight&group=&colour=%00&layer=-1")).toEqual(FIRST_SETTINGS);
  });
});

describe("arrow keys", () => {
  const tile = (node: number, x: number, y: number): Tile => ({
    node,
    kind: "file",
    depth: 1,
    value: 1,
    count: 1,
    x,
    y,
    width: 10,
    height: 10,
  });
  const tiles = [tile(1, 0, 0), tile(2, 20, 0), tile(3, 0, 20), tile(4, 20, 20)];

  it.each([
    ["ArrowRight", 2],
    ["ArrowDown", 3],
    ["ArrowLeft", 1],
    ["ArrowUp", 1],
  ])("%s leads from the first tile to %i", (key, node) => {
    expect(nextTile(tiles, tiles[0] as Tile, key)?.node).toBe(node);
  });

  it("begin with the first, and leave other keys alone", () => {
    expect(nextTile(tiles, null, "ArrowDown")?.node).toBe(1);
    expect(nextTile(tiles, null, "a")).toBeNull();
  });
});

describe("names of a hostile image", () => {
  it("stand in the markup as text", () => {
    const page = {
      ...pageOfAnalysis(analysis),
      title: `</title><script>alert("1")</script>`,
      subtitle: "<img src=x onerror='1'>",
    };
    const html = shell({ page, script: "", style: "", scriptHash: "", styleHash: "", data: "", map: "" });
    expect(html).not.toContain("<script>alert");
    expect(html).not.toContain("<img");
  });
});
