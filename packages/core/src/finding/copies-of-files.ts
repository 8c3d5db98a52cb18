import { createHash } from "node:crypto";
import { HASH_BYTES, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { BuildChange, EditedFile } from "./build.ts";
import type { ImageEdit } from "./image-edit.ts";

/**
 * What becomes of the Dockerfile and its .dockerignore where the image has them, told by their content: `COPY . .` brings
 * them along, and the rebuild stores the edited ones.
 */
export function editedCopies(ledger: Ledger, change: BuildChange | null): ImageEdit[] {
  return change?.kind === "edited" ? change.files.flatMap((file) => resizedCopies(ledger, file)) : [];
}

function resizedCopies({ image, squash: { starts } }: Ledger, { before, text }: EditedFile): ImageEdit[] {
  if (before === null || before === "") return [];
  const bytes = Buffer.byteLength(before);
  const wanted = createHash("sha256").update(before).digest();
  return image.layers.flatMap(({ index: { entries } }, layer) => {
    const { kinds, sizes, hashes, count } = entries;
    if (hashes === null) return [];
    const edits: ImageEdit[] = [];
    let row = 0;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      const at = HASH_BYTES * row++;
      if (sizes[i] !== bytes || !wanted.equals(hashes.subarray(at, at + HASH_BYTES))) continue;
      edits.push({ kind: "resize", instance: (starts[layer] as number) + i, bytes: Buffer.byteLength(text) });
    }
    return edits;
  });
}
