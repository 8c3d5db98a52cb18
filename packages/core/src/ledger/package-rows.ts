import { KIND } from "../layer/layer-index.ts";
import type { Ecosystem } from "../package-db/package-db.ts";
import type { PackageRecord } from "../package-db/package-history.ts";
import { FATE } from "../tree/fate.ts";
import type { Ledger } from "./ledger.ts";

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

interface Bytes {
  live: number;
  wasted: number;
  readonly layers: number[];
}

function bytesByOwner(ledger: Ledger): Map<string, Bytes> {
  const { owners, ownerKeys } = ledger.attribution;
  const bytes = new Map<string, Bytes>();
  ledger.image.layers.forEach(({ index: { entries } }, layer) => {
    const start = ledger.squash.starts[layer] as number;
    for (let i = 0; i < entries.count; i++) {
      if (entries.kinds[i] !== KIND.regular) continue;
      const key = ownerKeys[owners[start + i] as number] as string;
      const row = bytes.get(key) ?? { live: 0, wasted: 0, layers: [] };
      bytes.set(key, row);
      const size = entries.sizes[i] as number;
      if (ledger.squash.fates[start + i] === FATE.live) row.live += size;
      else row.wasted += size;
      if (row.layers.at(-1) !== layer) row.layers.push(layer);
    }
  });
  return bytes;
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
  const { records } = ledger.attribution.packages;
  const bytes = bytesByOwner(ledger);
  const requiredBy = requirers(records);
  return [...records.values()]
    .map(({ key, found, installed, layer }) => {
      const own = bytes.get(key) ?? { live: 0, wasted: 0, layers: [] };
      return {
        ecosystem: found.ecosystem,
        name: found.name,
        version: found.version,
        liveBytes: own.live,
        wastedBytes: own.wasted,
        layer,
        layers: own.layers,
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
