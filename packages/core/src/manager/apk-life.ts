import type { Ledger } from "../ledger/ledger.ts";
import { apkDatabase } from "../package-db/apk/apk-db.ts";
import { Evidence } from "../package-db/evidence.ts";
import type { FoundPackage } from "../package-db/package-db.ts";
import { squash } from "../tree/squash.ts";

/** apk's database as one layer left it. */
export interface ApkState {
  readonly layer: number;
  readonly packages: ReadonlyMap<string, FoundPackage>;
}

const known = new WeakMap<Ledger, readonly ApkState[]>();

/** The states of apk's database, one for each layer that changed what is known of it. Worked out once for an image. */
export function apkStates(ledger: Ledger): readonly ApkState[] {
  let states = known.get(ledger);
  if (states === undefined) {
    states = ledger.attribution.packages.finalViews.has(apkDatabase) ? readStates(ledger) : [];
    known.set(ledger, states);
  }
  return states;
}

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

/** The packages of the final image, by name. */
export function finalPackages(ledger: Ledger): ReadonlyMap<string, FoundPackage> {
  return apkStates(ledger).at(-1)?.packages ?? new Map();
}

/** The packages as they stood after a layer, by name; -1 for before the first. */
export function packagesAfter(ledger: Ledger, layer: number): ReadonlyMap<string, FoundPackage> {
  return apkStates(ledger).findLast((state) => state.layer <= layer)?.packages ?? new Map();
}
