import type { ElfFacts } from "../../layer/elf-facts.ts";
import type { LayerIndex } from "../../layer/layer-index.ts";
import type { Facts } from "../facts.ts";
import type { StoredFile } from "../rule.ts";

const known = new WeakMap<LayerIndex, ReadonlyMap<number, ElfFacts>>();

/** What a stored file says of itself as an ELF binary; null where it is none. */
export function elfOf({ ledger: { image, squash } }: Facts, { layer, instance }: StoredFile): ElfFacts | null {
  const { index } = image.layers[layer] as (typeof image.layers)[number];
  let binaries = known.get(index);
  if (binaries === undefined) {
    binaries = new Map(index.binaries.map(({ entry, facts }) => [entry, facts]));
    known.set(index, binaries);
  }
  return binaries.get(instance - (squash.starts[layer] as number)) ?? null;
}
