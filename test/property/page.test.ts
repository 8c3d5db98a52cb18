import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import { listEntries } from "../../packages/core/src/ledger/stored-entries.ts";
import { classesOf } from "../../packages/page/src/app/classes.ts";
import {
  AREAS,
  addressOf,
  COLOURS,
  FIRST_SETTINGS,
  GROUPS,
  readSettings,
  SHOWS,
} from "../../packages/page/src/app/settings.ts";
import { layOut } from "../../packages/page/src/app/treemap.ts";
import { ViewTree } from "../../packages/page/src/app/view-tree.ts";
import { packMap, unpackMap } from "../../packages/page/src/data/pack-map.ts";
import { mapOfEntries } from "../../packages/page/src/map-of-entries.ts";
import { imageOf } from "../support/layers.ts";
import { anyImage, entriesOf } from "./arbitrary-images.ts";

const anySettings = fc.record({
  area: fc.constantFrom(...AREAS),
  group: fc.constantFrom(...GROUPS),
  colour: fc.constantFrom(...COLOURS),
  show: fc.constantFrom(...SHOWS),
  layer: fc.option(fc.nat(500)),
  query: fc.string({ unit: "grapheme" }),
  path: fc.string({ unit: "grapheme" }).map((path) => `/${path}`),
});

describe("the page of any image", () => {
  it("holds the map as it was made", () =>
    fc.assert(
      fc.asyncProperty(anyImage, async (layers) => {
        const map = mapOfEntries(listEntries(weigh(await imageOf(...layers.map(entriesOf)))));
        expect(unpackMap(packMap(map))).toEqual(map);
      }),
      { numRuns: 60 },
    ));

  it("shows the ledger's sums, however it is grouped", () =>
    fc.assert(
      fc.asyncProperty(anyImage, fc.constantFrom(...GROUPS), async (layers, group) => {
        const ledger = weigh(await imageOf(...layers.map(entriesOf)));
        const map = mapOfEntries(listEntries(ledger));
        const tree = new ViewTree(map, { ...FIRST_SETTINGS, group }, classesOf(map, "owner"));
        expect([tree.values[0], tree.wastes[0]]).toEqual([
          ledger.contentBytes,
          ledger.contentBytes - ledger.fates.live,
        ]);
        tree.parents.forEach((_, node) => {
          const below = [...tree.childrenOf(node)].reduce((sum, child) => sum + (tree.values[child] as number), 0);
          expect(below + (tree.own[node] as number)).toBe(tree.values[node]);
          // Every node is found again under its own address.
          if (group === "directory") expect(tree.pathOf(tree.nodeAt(tree.pathOf(node)))).toBe(tree.pathOf(node));
        });
      }),
      { numRuns: 60 },
    ));

  it("draws tiles that lie in each other and hide nothing", () =>
    fc.assert(
      fc.asyncProperty(anyImage, fc.integer({ min: 50, max: 900 }), async (layers, width) => {
        const map = mapOfEntries(listEntries(weigh(await imageOf(...layers.map(entriesOf)))));
        const tree = new ViewTree(map, FIRST_SETTINGS, classesOf(map, "fate"));
        const tiles = layOut(tree, 0, width, 400);
        // In a directory too flat for its name nothing is drawn; its own tile stands for it.
        for (const { x, y, width: wide, height } of tiles.filter((tile) => tile.width > 0 && tile.height > 0))
          expect(x >= 0 && y >= 0 && x + wide <= width && y + height <= 400).toBe(true);
        const shown = tiles.filter(({ kind }) => kind !== "directory").reduce((sum, { value }) => sum + value, 0);
        expect(shown).toBe(tree.values[0]);
      }),
      { numRuns: 60 },
    ));

  it("finds every choice again by its address", () =>
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(readSettings(addressOf(settings))).toEqual(settings);
      }),
    ));
});
