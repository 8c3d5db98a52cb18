import type { Ledger } from "../../ledger/ledger.ts";
import { FATE } from "../../tree/fate.ts";
import { layerOfInstance } from "../../tree/instance.ts";
import type { Facts } from "../facts.ts";
import { deadGroups } from "./dead-files.ts";

/**
 * Files that a layer deletes and stores again elsewhere with the same content: moved, as far as the image shows. By
 * instance of the old place, the instance of the new one.
 */
export function movedFiles(facts: Facts): ReadonlyMap<number, number> {
  return facts.once(findMovedFiles);
}

function findMovedFiles(facts: Facts): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const deleted = deadGroups(facts).filter(({ fate }) => fate === FATE.deleted);
  if (deleted.length > 0) {
    const { firsts } = facts.ledger.repetitions;
    const places = placesIn(facts.ledger, new Set(deleted.map(({ removedIn }) => removedIn)));
    for (const { removedIn, files } of deleted) {
      for (const { instance } of files) {
        const place = places.get(removedIn)?.get(firsts[instance] as number);
        if (place !== undefined) found.set(instance, place);
      }
    }
  }
  return found;
}

/** By layer and first instance of a content that lower layers have: where the layer stores it again, the last place of several. */
function placesIn(ledger: Ledger, layers: ReadonlySet<number>): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const places = new Map(Array.from(layers, (layer) => [layer, new Map<number, number>()]));
  const { firsts, repeats } = ledger.repetitions;
  for (const instance of repeats)
    places.get(layerOfInstance(ledger.squash.starts, instance))?.set(firsts[instance] as number, instance);
  return places;
}
