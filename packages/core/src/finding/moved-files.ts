import { firstWithContent } from "../ledger/equal-content.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import { NONE } from "../tree/path-tree.ts";
import { deadGroups } from "./dead-files.ts";
import type { Facts } from "./facts.ts";

const moved = new WeakMap<Ledger, ReadonlyMap<number, number>>();

/**
 * Files that a layer deletes and stores again elsewhere with the same content: moved, as far as the image shows. By
 * instance of the old place, the instance of the new one.
 */
export function movedFiles(facts: Facts): ReadonlyMap<number, number> {
  const known = moved.get(facts.ledger);
  if (known !== undefined) return known;
  const found = new Map<number, number>();
  const deleted = deadGroups(facts).filter(({ fate }) => fate === FATE.deleted);
  if (deleted.length > 0) {
    const contents = firstWithContent(facts.ledger);
    for (const mover of new Set(deleted.map(({ removedIn }) => removedIn))) {
      const places = placesIn(facts.ledger, mover);
      for (const { files } of deleted.filter(({ removedIn }) => removedIn === mover)) {
        for (const { instance } of files) {
          const place = places.get(contents[instance] as number);
          if (place !== undefined) found.set(instance, place);
        }
      }
    }
  }
  moved.set(facts.ledger, found);
  return found;
}

/** Where a layer stores each content, the last place of several. */
function placesIn(ledger: Ledger, layer: number): ReadonlyMap<number, number> {
  const { starts } = ledger.squash;
  const contents = firstWithContent(ledger);
  const places = new Map<number, number>();
  const end = starts[layer + 1] as number;
  for (let instance = starts[layer] as number; instance < end; instance++) {
    const content = contents[instance] as number;
    if (content !== NONE) places.set(content, instance);
  }
  return places;
}
