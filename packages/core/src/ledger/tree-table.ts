import type { Ledger } from "./ledger.ts";
import { PlaceInstances } from "./place-instances.ts";
import { type PlaceSums, sumPlaces } from "./place-sums.ts";
import { Places } from "./places.ts";

/** What all places of a tree are looked up in. */
export class TreeTable {
  readonly ledger: Ledger;
  readonly places: Places;
  readonly sums: PlaceSums;
  #instances: PlaceInstances | null = null;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.places = new Places(ledger.squash.tree);
    this.sums = sumPlaces(this.places, ledger.rows);
  }

  /** Which entries are reported at each place; read when it is first asked for. */
  get instances(): PlaceInstances {
    this.#instances ??= new PlaceInstances(this.places, this.ledger);
    return this.#instances;
  }
}
