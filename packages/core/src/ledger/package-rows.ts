import { KIND } from "../layer/layer-index.ts";
import type { Ecosystem } from "../package-db/package-db.ts";
import type { PackageRecord } from "../package-db/package-history.ts";
import type { Ledger } from "./ledger.ts";
import { sumRows } from "./row-sums.ts";

/** A package and what it costs. */
export interface PackageRow {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  /** As in the final image; the last one where it is gone. */
  readonly version: string | null;
  readonly liveBytes: number;
  readonly wastedBytes: number;
  /** Where the record with that version first appeared. */
  readonly layer: number;
  /** Layers that store files of it. */
  readonly layers: readonly number[];
  /** In the final image at all. */
  readonly installed: boolean;
  /** Asked for by name; null where the ecosystem does not say. */
  readonly explicit: boolean | null;
  /** Keys of the installed packages that need it. */
  readonly requiredBy: readonly string[];
}

/** Layers that store files of each owner, by its number. */
function layersByOwner({ image, squash: { starts }, attribution: { owners, ownerKeys } }: Ledger): number[][] {
  const layersOf: number[][] = ownerKeys.map(() => []);
  const lastOf = new Int32Array(ownerKeys.length).fill(-1);
  image.layers.forEach(({ index: { entries } }, layer) => {
    const { kinds, count } = entries;
    const start = starts[layer] as number;
    for (let i = 0; i < count; i++) {
      const owner = owners[start + i] as number;
      if (lastOf[owner] === layer || kinds[i] !== KIND.regular) continue;
      lastOf[owner] = layer;
      layersOf[owner]?.push(layer);
    }
  });
  return layersOf;
}

function requirers(records: ReadonlyMap<string, PackageRecord>): Map<string, string[]> {
  const by = new Map<string, string[]>();
  for (const { key, found, installed } of records.values()) {
    if (!installed) continue;
    for (const needed of new Set(found.requires)) {
      if (needed === key) continue;
      const list = by.get(needed) ?? [];
      by.set(needed, list);
      list.push(key);
    }
  }
  return by;
}

/** Every package that any layer had, by what it stores: the largest first, then by name. */
export function listPackages(ledger: Ledger): PackageRow[] {
  const { owners, ownerKeys, packages } = ledger.attribution;
  const numbers = new Map(ownerKeys.map((key, number) => [key, number]));
  const { content, live } = sumRows(ledger, { keys: ownerKeys, numbers: owners });
  const layersOf = layersByOwner(ledger);
  const requiredBy = requirers(packages.records);
  return [...packages.records.values()]
    .map(({ key, found, installed, layer }) => {
      // One that stores nothing has no number.
      const number = numbers.get(key) ?? ownerKeys.length;
      const [contentBytes, liveBytes] = [content[number] ?? 0, live[number] ?? 0];
      return {
        ecosystem: found.ecosystem,
        name: found.name,
        version: found.version,
        liveBytes,
        wastedBytes: contentBytes - liveBytes,
        layer,
        layers: layersOf[number] ?? [],
        installed,
        explicit: found.explicit,
        requiredBy: (requiredBy.get(key) ?? []).sort(),
      };
    })
    .sort((a, b) => b.liveBytes + b.wastedBytes - (a.liveBytes + a.wastedBytes) || byKey(a, b));
}

function byKey(a: PackageRow, b: PackageRow): number {
  const [x, y] = [`${a.ecosystem}/${a.name}`, `${b.ecosystem}/${b.name}`];
  return x < y ? -1 : x > y ? 1 : 0;
}
