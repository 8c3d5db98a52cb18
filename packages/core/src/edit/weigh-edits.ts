import type { ImageLayer } from "../image/image.ts";
import { type Ledger, sumKnown } from "../ledger/ledger.ts";
import { editImage, entriesAfter, type FileChanges, fileChanges, joinedEntries, joinedGroups } from "./edit-image.ts";
import { endOf, type KeptEntry, weightOf } from "./edited-layer.ts";
import type { ImageEdit } from "./image-edit.ts";
import { goneWith } from "./layer-structure.ts";
import type { Exactness, Sizes } from "./sizes.ts";
import { storesAgain } from "./stores-again.ts";

/** What an image weighs, by the figures that plans speak of. */
export function sizesOf({ contentBytes, tarBytes, blobBytes }: Ledger): Sizes {
  return { contentBytes, tarBytes, blobBytes };
}

interface Sums {
  content: number;
  tar: number | null;
  blob: number | null;
}

function add(sums: Sums, content: number, tar: number | null, blob: number | null): void {
  sums.content += content;
  sums.tar = sums.tar === null || tar === null ? null : sums.tar + tar;
  sums.blob = sums.blob === null || blob === null ? null : sums.blob + blob;
}

function addLayer(sums: Sums, { index, blob }: ImageLayer): void {
  add(sums, index.contentBytes, index.tarBytes, blob.shares === null ? null : blob.blobBytes);
}

/** A layer of some entries, and of nothing where there are none. */
function addEntries(sums: Sums, kept: readonly KeptEntry[], last: ImageLayer): void {
  if (kept.length === 0) return;
  const end = endOf(last);
  add(sums, 0, end.tar, last.blob.shares === null ? null : end.blob);
  for (const one of kept) {
    const { content, tar, blob } = weightOf(one);
    add(sums, content, tar, blob);
  }
}

/** A layer of which some files go or change: what it weighs, less what they do. Its other entries are not looked at. */
function addChanged(sums: Sums, ledger: Ledger, changes: FileChanges, number: number): void {
  const layer = ledger.image.layers[number] as ImageLayer;
  if (changes.dropped.has(number)) return;
  const start = ledger.squash.starts[number] as number;
  const without = goneWith(ledger, number, changes.omitted.get(number) ?? new Set());
  if (without.size === layer.index.entries.count) return;
  addLayer(sums, layer);
  for (const entry of without) {
    const { content, tar, blob } = weightOf({ layer, entry, bytes: null });
    add(sums, -content, -tar, -blob);
  }
  for (const [instance, bytes] of changes.sizes) {
    const entry = instance - start;
    if (entry < 0 || entry >= layer.index.entries.count || without.has(entry)) continue;
    const [before, after] = [weightOf({ layer, entry, bytes: null }), weightOf({ layer, entry, bytes })];
    add(sums, after.content - before.content, after.tar - before.tar, after.blob - before.blob);
  }
}

/**
 * What the image would weigh after some edits, without making it: only what changes is looked at, since many sets of
 * edits are weighed to choose one.
 */
export function sizesAfter(ledger: Ledger, edits: readonly ImageEdit[]): Sizes {
  if (edits.some(({ kind }) => kind === "extract")) return sizesOfLayers(ledger, editImage(ledger, edits).layers);
  const changes = fileChanges(ledger, edits);
  const groups = joinedGroups(edits);
  const joined = new Set(groups.flat());
  const sums: Sums = { content: 0, tar: 0, blob: ledger.blobBytes === null ? null : 0 };
  for (const [number, layer] of ledger.image.layers.entries()) {
    if (joined.has(number)) continue;
    if (changes.touched.has(number)) addChanged(sums, ledger, changes, number);
    else addLayer(sums, layer);
  }
  for (const group of groups) {
    const changed = (number: number) =>
      changes.touched.has(number) ? entriesAfter(ledger, changes, number) : undefined;
    addEntries(sums, joinedEntries(ledger, group, changed), ledger.image.layers[group.at(-1) as number] as ImageLayer);
  }
  return { contentBytes: sums.content, tarBytes: sums.tar, blobBytes: sums.blob };
}

function sizesOfLayers(ledger: Ledger, layers: readonly ImageLayer[]): Sizes {
  return {
    contentBytes: layers.reduce((sum, { index }) => sum + index.contentBytes, 0),
    tarBytes: sumKnown(layers.map(({ index }) => index.tarBytes)),
    blobBytes:
      ledger.blobBytes === null
        ? null
        : sumKnown(layers.map(({ blob }) => (blob.shares === null ? null : blob.blobBytes))),
  };
}

/**
 * What is exact of a saving. Content bytes are, where the rule says so and no join depends on the storage driver; tar and
 * blob bytes only where whole layers go, since what surrounds and compresses the rest is the builder's affair.
 */
export function exactnessOf(ledger: Ledger, edits: readonly ImageEdit[], ruleSays: boolean): Exactness {
  const content = ruleSays && !storesAgain(ledger, edits);
  const whole = edits.every(({ kind }) => kind === "drop-layer");
  const known = (bytes: number | null): boolean => content && whole && bytes !== null;
  return { content, tar: known(ledger.tarBytes), blob: known(ledger.blobBytes) };
}
