import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBuild } from "../../packages/core/src/build/read-build.ts";
import { editImage } from "../../packages/core/src/edit/edit-image.ts";
import type { ImageEdit } from "../../packages/core/src/edit/image-edit.ts";
import { sizesAfter } from "../../packages/core/src/edit/weigh-edits.ts";
import { findWaste } from "../../packages/core/src/finding/find-waste.ts";
import { KIND } from "../../packages/core/src/layer/layer-index.ts";
import { type Ledger, weigh, weighLayers } from "../../packages/core/src/ledger/ledger.ts";
import { FATE } from "../../packages/core/src/tree/fate.ts";
import { squash } from "../../packages/core/src/tree/squash.ts";
import { imageOf } from "../support/layers.ts";
import { anyImage, entriesOf, type LayerSteps } from "./arbitrary-images.ts";

async function ledgerOf(layers: readonly LayerSteps[]): Promise<Ledger> {
  return weigh(await imageOf(...layers.map(entriesOf)), { databases: [] });
}

function regularInstances({ image, squash }: Ledger): number[] {
  return image.layers.flatMap(({ index: { entries } }, layer) =>
    Array.from({ length: entries.count }, (_, i) => i)
      .filter((i) => entries.kinds[i] === KIND.regular)
      .map((i) => (squash.starts[layer] as number) + i),
  );
}

/** The edited image made and weighed as a whole, by the same ledger as any other. */
function weighAfter(ledger: Ledger, edits: readonly ImageEdit[]): ReturnType<typeof sizesAfter> {
  const image = editImage(ledger, edits);
  const { contentBytes, tarBytes, blobBytes } = weighLayers(image, squash(image.layers.map(({ index }) => index)));
  return { contentBytes, tarBytes, blobBytes: ledger.blobBytes === null ? null : blobBytes };
}

function law(name: string, holds: (ledger: Ledger, seed: number) => void): void {
  it(name, () =>
    fc.assert(
      fc.asyncProperty(anyImage, fc.nat(), async (layers, seed) => {
        holds(await ledgerOf(layers), seed);
      }),
      { numRuns: 100 },
    ),
  );
}

describe("the edited image", () => {
  law("with all layers joined weighs what a container sees", (ledger) => {
    const layers = ledger.image.layers.map((_, i) => i);
    // One layer is joined with nothing.
    if (layers.length < 2) return;
    // No engine unpacks below a symlink that leads round in a circle; where it is read as written, the order decides.
    if (ledger.squash.warnings.some(({ code }) => code === "symlink-loop")) return;
    const after = weigh(editImage(ledger, [{ kind: "join", layers }]), { databases: [] });
    expect(after.contentBytes).toBe(ledger.fates.live);
    expect(after.fates.live).toBe(after.contentBytes);
  });

  law("without its dead files weighs the same, and a container sees no other bytes", (ledger) => {
    const dead = regularInstances(ledger).filter((instance) => ledger.squash.fates[instance] !== FATE.live);
    const after = weigh(editImage(ledger, [{ kind: "omit", instances: dead }]), { databases: [] });
    expect(after.contentBytes).toBe(ledger.fates.live);
  });

  law("loses exactly the bytes of the files that are left out", (ledger, seed) => {
    const chosen = regularInstances(ledger).filter((instance) => (instance * 7 + seed) % 3 === 0);
    const bytes = chosen.reduce((sum, instance) => sum + sizeOf(ledger, instance), 0);
    const edits: readonly ImageEdit[] = [{ kind: "omit", instances: chosen }];
    expect(ledger.contentBytes - sizesAfter(ledger, edits).contentBytes).toBe(bytes);
    expect(weighAfter(ledger, edits)).toEqual(sizesAfter(ledger, edits));
  });

  law("is no lighter for an edit that is made twice, and no heavier for two that overlap", (ledger, seed) => {
    const some = regularInstances(ledger).filter((instance) => (instance + seed) % 2 === 0);
    const omit: ImageEdit = { kind: "omit", instances: some };
    const join: ImageEdit = { kind: "join", layers: ledger.image.layers.map((_, i) => i).slice(seed % 2) };
    const alone = [omit, join].map((edit) => sizesAfter(ledger, [edit]).contentBytes);
    const both = sizesAfter(ledger, [omit, join]).contentBytes;
    expect(sizesAfter(ledger, [omit, join, omit, join]).contentBytes).toBe(both);
    // A file whose replacement is left out is stored again, so a join alone may weigh less than with it.
    expect(both).toBeLessThanOrEqual(alone[0] as number);
    expect(ledger.contentBytes - both).toBeLessThanOrEqual(
      alone.reduce((sum, bytes) => sum + ledger.contentBytes - bytes, 0),
    );
  });

  law("of nothing but some files holds them and no other", (ledger, seed) => {
    const chosen = regularInstances(ledger).filter((instance) => (instance + seed) % 2 === 0);
    if (ledger.image.layers.length === 0) return;
    const after = sizesAfter(ledger, [{ kind: "extract", instances: chosen, base: null }]);
    expect(after.contentBytes).toBe(chosen.reduce((sum, instance) => sum + sizeOf(ledger, instance), 0));
  });

  law("of no edits is the image itself", (ledger) => {
    expect(editImage(ledger, []).layers).toEqual(ledger.image.layers);
  });
});

function sizeOf({ image, squash }: Ledger, instance: number): number {
  const layer = image.layers.findLastIndex((_, i) => (squash.starts[i] as number) <= instance);
  return image.layers[layer]?.index.entries.sizes[instance - (squash.starts[layer] as number)] as number;
}

describe("findings", () => {
  it("of any image save no more than it has, and the plan no more than they do", async () => {
    await fc.assert(
      fc.asyncProperty(anyImage, async (layers) => {
        const ledger = await ledgerOf(layers);
        const { findings, plan } = findWaste(ledger, await readBuild(ledger));
        for (const { bytes } of findings) expect(bytes.content).toBeLessThanOrEqual(ledger.contentBytes);
        expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
        const saved = ledger.contentBytes - plan.after.contentBytes;
        const alone = findings.filter(({ id }) => plan.findings.includes(id));
        expect(saved).toBeLessThanOrEqual(alone.reduce((sum, { bytes }) => sum + bytes.content, 0));
        expect(saved).toBeGreaterThanOrEqual(0);
        expect(plan.before.contentBytes).toBe(ledger.contentBytes);
      }),
      { numRuns: 100 },
    );
  });
});
