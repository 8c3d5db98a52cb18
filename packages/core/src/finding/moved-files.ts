import { HASH_BYTES, KIND } from "../layer/layer-index.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { deadGroups } from "./dead-files.ts";
import type { Facts } from "./facts.ts";

/** The content hash of each regular file, as text; null where contents were not read. */
function hashesOf({ image }: Ledger, layer: number): (string | null)[] {
  const { entries } = (image.layers[layer] as Ledger["image"]["layers"][number]).index;
  const result: (string | null)[] = new Array(entries.count).fill(null);
  if (entries.hashes === null) return result;
  let row = 0;
  for (let i = 0; i < entries.count; i++) {
    if (entries.kinds[i] !== KIND.regular) continue;
    const at = HASH_BYTES * row++;
    result[i] = Buffer.from(entries.hashes.subarray(at, at + HASH_BYTES)).toString("latin1");
  }
  return result;
}

const moved = new WeakMap<Ledger, ReadonlyMap<number, number>>();

/**
 * Files that a layer deletes and stores again elsewhere with the same content: moved, as far as the image shows. By
 * instance of the old place, the instance of the new one.
 */
export function movedFiles(facts: Facts): ReadonlyMap<number, number> {
  const known = moved.get(facts.ledger);
  if (known !== undefined) return known;
  const { starts } = facts.ledger.squash;
  const found = new Map<number, number>();
  const deleted = deadGroups(facts).filter(({ fate }) => fate === FATE.deleted);
  for (const mover of new Set(deleted.map(({ removedIn }) => removedIn))) {
    const start = starts[mover] as number;
    const places = new Map<string, number>();
    hashesOf(facts.ledger, mover).forEach((hash, entry) => {
      if (hash !== null) places.set(hash, start + entry);
    });
    for (const group of deleted) {
      if (group.removedIn !== mover) continue;
      const hashes = hashesOf(facts.ledger, group.layer);
      for (const { instance, layer } of group.files) {
        const hash = hashes[instance - (starts[layer] as number)];
        const place = hash === null || hash === undefined ? undefined : places.get(hash);
        if (place !== undefined) found.set(instance, place);
      }
    }
  }
  moved.set(facts.ledger, found);
  return found;
}
