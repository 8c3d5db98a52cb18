import { storedAgain } from "../ledger/equal-content.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FATE } from "../tree/fate.ts";
import type { Facts } from "./facts.ts";

const moved = new WeakMap<Ledger, ReadonlyMap<number, number>>();

/**
 * Files that a layer deletes and stores again elsewhere with the same content: moved, as far as the image shows. By
 * instance of the old place, the instance of the new one, the last of several.
 */
export function movedFiles({ ledger }: Facts): ReadonlyMap<number, number> {
  const known = moved.get(ledger);
  if (known !== undefined) return known;
  const { fates, removedIn, starts } = ledger.squash;
  const found = new Map<number, number>();
  if (fates.includes(FATE.deleted)) {
    for (const group of storedAgain(ledger)) {
      for (const instance of group) {
        if (fates[instance] !== FATE.deleted) continue;
        const mover = removedIn[instance] as number;
        const place = lastBelow(group, starts[mover + 1] as number);
        if (place >= (starts[mover] as number)) found.set(instance, place);
      }
    }
  }
  moved.set(ledger, found);
  return found;
}

/** The last of some ascending numbers that is lower than another, the first where none is. Searched by halves. */
function lastBelow(numbers: readonly number[], end: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] as number) < end) low = middle;
    else high = middle - 1;
  }
  return numbers[low] as number;
}
