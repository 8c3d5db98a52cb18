import type { Image } from "../image/image.ts";
import { type Ledger, sumKnown, weigh } from "../ledger/ledger.ts";
import { editImage } from "./edit-image.ts";
import type { Exactness, Sizes } from "./finding.ts";
import type { ImageEdit } from "./image-edit.ts";

/** What an image weighs, by the figures that plans speak of. */
export function sizesOf({ contentBytes, tarBytes, blobBytes }: Ledger): Sizes {
  return { contentBytes, tarBytes, blobBytes };
}

/** What the image would weigh after some edits, without putting its layers on top of each other again. */
export function sizesAfter(ledger: Ledger, edits: readonly ImageEdit[]): Sizes {
  const { layers }: Image = editImage(ledger, edits);
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
 * The same by the whole ledger: squashed, weighed and held against the law of conservation. For results that are
 * published as what an image will weigh.
 */
export function weighAfter(ledger: Ledger, edits: readonly ImageEdit[]): Sizes {
  const { contentBytes, tarBytes, blobBytes } = weigh(editImage(ledger, edits), { databases: [] });
  return { contentBytes, tarBytes, blobBytes: ledger.blobBytes === null ? null : blobBytes };
}

/**
 * What is exact of a saving. Content bytes are, where the rule says so; tar and blob bytes only where whole layers go,
 * since what surrounds and compresses the rest is the builder's affair.
 */
export function exactnessOf(ledger: Ledger, edits: readonly ImageEdit[], content: boolean): Exactness {
  const whole = edits.every(({ kind }) => kind === "drop-layer");
  return { content, tar: content && whole, blob: content && whole && ledger.blobBytes !== null };
}
