import type { ReadLayer } from "../layer/read-layer.ts";
import type { DeclaredLayer, ImageDescription } from "../source/source.ts";

/** Layers that stand in several images of one source: read for the first, at hand for the others. */
export class SharedLayers {
  readonly #shared: ReadonlySet<string>;
  readonly #read = new Map<string, ReadLayer>();

  constructor(images: readonly ImageDescription[]) {
    const seen = new Set<string>();
    const shared = new Set<string>();
    for (const { layers } of images) {
      const own = new Set(layers.map(({ key }) => key));
      for (const key of own) (seen.has(key) ? shared : seen).add(key);
    }
    this.#shared = shared;
  }

  /** What is at hand of an image's layers, by key. */
  among(layers: readonly DeclaredLayer[]): ReadonlyMap<string, ReadLayer> {
    return new Map(
      layers.flatMap(({ key }) => {
        const read = this.#read.get(key);
        return read === undefined ? [] : [[key, read] as const];
      }),
    );
  }

  keep(layers: ReadonlyMap<string, ReadLayer>): void {
    for (const [key, read] of layers) if (this.#shared.has(key)) this.#read.set(key, read);
  }
}
