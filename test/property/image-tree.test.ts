import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KIND } from "../../packages/core/src/layer/layer-index.ts";
import { ImageTree } from "../../packages/core/src/ledger/image-tree.ts";
import { weigh } from "../../packages/core/src/ledger/ledger.ts";
import type { TreePlace } from "../../packages/core/src/ledger/tree-place.ts";
import { imageOf } from "../support/layers.ts";
import { anyImage, entriesOf } from "./arbitrary-images.ts";
import { stackNaively } from "./naive-model.ts";

function everyPlace(tree: ImageTree): TreePlace[] {
  return Array.from({ length: tree.places.count }, (_, number) => tree.place(number));
}

function isAtOrBelow(path: string, above: string): boolean {
  return above === "" || path === above || path.startsWith(`${above}/`);
}

describe("for any image", () => {
  it("every path is one place, and holds what is stored at it and below it", () =>
    fc.assert(
      fc.asyncProperty(anyImage, async (layers) => {
        const ledger = weigh(await imageOf(...layers.map(entriesOf)));
        const tree = new ImageTree(ledger);
        const places = everyPlace(tree);
        expect(new Set(places.map(({ path }) => path)).size).toBe(places.length);
        const rows = ledger.rows.flatMap(({ layer }) => [...ledger.entries(layer)]);
        for (const place of places) {
          const own = rows.filter(({ path, kind }) => kind === KIND.regular && isAtOrBelow(path, place.path));
          const bytes = own.reduce((sum, row) => sum + row.bytes, 0);
          const live = own.filter(({ isLive }) => isLive).reduce((sum, row) => sum + row.bytes, 0);
          expect([place.files, place.contentBytes, place.liveBytes]).toEqual([own.length, bytes, live]);
          expect(place.parent === null || place.parent.children().some(({ number }) => number === place.number)).toBe(
            true,
          );
          for (const child of place.children())
            expect(child.path).toBe(place.path === "" ? child.name : `${place.path}/${child.name}`);
        }
        expect(tree.root.contentBytes).toBe(ledger.contentBytes);
        expect(tree.root.liveBytes).toBe(ledger.fates.live);
        const overhead = ledger.layers.reduce((sum, layer) => sum + (layer.overheadBytes ?? 0), 0);
        expect(tree.root.blobBytes).toBe(ledger.blobBytes === null ? null : ledger.blobBytes - overhead);
      }),
      { numRuns: 60 },
    ));

  it("what a layer changed is what differs before and after it", () =>
    fc.assert(
      fc.asyncProperty(anyImage, async (layers) => {
        const ledger = weigh(await imageOf(...layers.map(entriesOf)));
        const tree = new ImageTree(ledger);
        layers.forEach((_, layer) => {
          const changes = tree.changesIn(layer);
          const [before, after] = [stackNaively(layers.slice(0, layer)), stackNaively(layers.slice(0, layer + 1))];
          for (const place of everyPlace(tree)) {
            const [was, is] = [before.live.get(place.path), after.live.get(place.path)];
            const change = changes.at(place.number);
            if (was === undefined && is !== undefined) expect(["added", "changed"]).toContain(change);
            else if (was !== undefined && is === undefined) expect(["removed", "changed"]).toContain(change);
            else if (was !== is) expect(change).toBe("changed");
            if (change === "added") expect(was).toBeUndefined();
            if (change === "removed") expect(is).toBeUndefined();
            if (change === "unchanged") expect(is).toBe(was);
          }
          const own = ledger.rowsOf(layer);
          expect(changes.sums.contentBytes[0]).toBe(own.entries.sizes.reduce((sum, size) => sum + size, 0));
          const removed = ledger.rows.flatMap((rows) =>
            [...ledger.entries(rows.layer)].filter(({ removedIn }) => removedIn === layer),
          );
          expect(changes.removedBytes[0]).toBe(removed.reduce((sum, { bytes }) => sum + bytes, 0));
          expect(changes.removedFiles[0]).toBe(removed.length);
        });
      }),
      { numRuns: 60 },
    ));
});
