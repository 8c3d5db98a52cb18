import { HASH_BYTES, KIND, type LayerIndex } from "../layer/layer-index.ts";
import type { Facts } from "./facts.ts";
import type { StoredFile } from "./rule.ts";

const known = new WeakMap<LayerIndex, Uint32Array>();

/** Where the hash of each regular file of a layer stands. */
function rowsOf(index: LayerIndex): Uint32Array {
  let rows = known.get(index);
  if (rows === undefined) {
    const { kinds, count } = index.entries;
    rows = new Uint32Array(count);
    let row = 0;
    for (let i = 0; i < count; i++) if (kinds[i] === KIND.regular) rows[i] = row++;
    known.set(index, rows);
  }
  return rows;
}

/** SHA-256 of a stored file, in hex; null where contents were not read. */
export function contentHash({ ledger: { image, squash } }: Facts, { layer, instance }: StoredFile): string | null {
  const { index } = image.layers[layer] as (typeof image.layers)[number];
  const { hashes } = index.entries;
  if (hashes === null) return null;
  const at = (rowsOf(index)[instance - (squash.starts[layer] as number)] as number) * HASH_BYTES;
  return Buffer.from(hashes.subarray(at, at + HASH_BYTES)).toString("hex");
}
