import type { Ledger } from "../ledger/ledger.ts";
import { apkDatabase } from "../package-db/apk/apk-db.ts";
import { Evidence } from "../package-db/evidence.ts";
import type { FoundPackage } from "../package-db/package-db.ts";
import { squash } from "../tree/squash.ts";

/** apk's database as one layer left it. */
interface ApkState {
  readonly layer: number;
  readonly packages: ReadonlyMap<string, FoundPackage>;
}

/** What apk's database said after each layer. */
export class ApkLife {
  readonly #states: readonly ApkState[];

  constructor(ledger: Ledger) {
    this.#states = ledger.attribution.packages.finalViews.has(apkDatabase) ? readStates(ledger) : [];
  }

  /** The packages of the final image, by name. */
  get final(): ReadonlyMap<string, FoundPackage> {
    return this.#states.at(-1)?.packages ?? new Map();
  }

  /** The packages as they stood after a layer, by name; -1 for before the first. */
  after(layer: number): ReadonlyMap<string, FoundPackage> {
    return this.#states.findLast((state) => state.layer <= layer)?.packages ?? new Map();
  }
}

/** One state for each layer that changed what is known of the database. */
function readStates({ image }: Ledger): ApkState[] {
  const indexes = image.layers.map(({ index }) => index);
  const evidence = new Evidence([apkDatabase]);
  const states: ApkState[] = [];
  squash(indexes, {
    layerApplied(layer, state) {
      evidence.update(layer, state);
      if (!evidence.changedFor(apkDatabase)) return;
      const { packages } = apkDatabase.read(evidence.viewFor(apkDatabase, state));
      states.push({ layer, packages: new Map(packages.map((found) => [found.name, found])) });
    },
  });
  return states;
}
