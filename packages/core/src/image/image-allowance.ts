import { limitExceeded } from "../archive/limits.ts";
import { KIND, type LayerIndex } from "../layer/layer-index.ts";
import type { ReadLayersOptions } from "./reading.ts";

/** What all layers of an image may come to together, beyond the bytes of their tars; each is counted once it is known. */
export class ImageAllowance {
  readonly #options: Pick<ReadLayersOptions, "limits">;
  #holes = 0;
  #captured = 0;

  constructor(options: Pick<ReadLayersOptions, "limits">) {
    this.#options = options;
  }

  /** @throws {ImgweighError} LIMIT_EXCEEDED */
  add(index: LayerIndex): void {
    const { limits } = this.#options;
    this.#holes += holesOf(index);
    if (this.#holes > limits.maxSparseBytes)
      throw limitExceeded(limits, "maxSparseBytes", "the image: the holes of its sparse files");
    for (const { content } of index.captures) this.#captured += content.length;
    if (this.#captured > limits.maxCapturedBytes)
      throw limitExceeded(limits, "maxCapturedBytes", "the image: what is kept of its files");
  }
}

/** Bytes of regular files that no tar holds. A layer that was read before has as many as one that is read now. */
function holesOf({ tarBytes, entries }: LayerIndex): number {
  // Of a table of contents nobody reads a hole.
  if (tarBytes === null) return 0;
  const { kinds, sizes, tarStarts, tarEnds } = entries;
  let holes = 0;
  for (let i = 0; i < entries.count; i++) {
    if (kinds[i] !== KIND.regular) continue;
    holes += Math.max(0, (sizes[i] as number) - ((tarEnds[i] as number) - (tarStarts[i] as number)));
  }
  return holes;
}
