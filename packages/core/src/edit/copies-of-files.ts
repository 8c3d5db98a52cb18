import { createHash } from "node:crypto";
import type { BuildChange, EditedFile } from "../build/build.ts";
import { contentHash } from "../layer/content-hash.ts";
import type { Ledger } from "../ledger/ledger.ts";
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
    const { sizes } = entries;
    const edits: ImageEdit[] = [];
    for (let i = sizes.indexOf(bytes); i !== -1; i = sizes.indexOf(bytes, i + 1)) {
      const hash = contentHash(entries, i);
      if (hash === null || !wanted.equals(hash)) continue;
      edits.push({ kind: "resize", instance: (starts[layer] as number) + i, bytes: Buffer.byteLength(text) });
    }
    return edits;
  });
}
