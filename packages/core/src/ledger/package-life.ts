import { ImgweighError } from "../errors.ts";
import { packageKey, type Removal } from "../package-db/package-db.ts";
import type { PackageRecord } from "../package-db/package-history.ts";
import type { Ledger } from "./ledger.ts";
import { listPackages, type PackageRow } from "./package-rows.ts";

/** What removing a package would free in the final image, by the package manager's own rules, offline. */
export interface RemovalEffect {
  /** Keys of the packages that would go, each with its live bytes, the largest first. */
  readonly freed: readonly { readonly key: string; readonly liveBytes: number }[];
  readonly freedBytes: number;
  /** The package manager's refusal; null where it would go on. */
  readonly refusal: string | null;
  readonly notes: readonly string[];
}

/** Why a package is in the image, who brought it, and what it costs. */
export interface PackageLife extends PackageRow {
  readonly schemaVersion: 1;
  readonly key: string;
  /** The instruction of the layer that brought it. */
  readonly instruction: string | null;
  /** The package manager keeps it whoever needs it. */
  readonly essential: boolean;
  /** From what stays by itself (asked for by name, or essential) down to the package, by needs and recommendations: one chain for each, the shortest first. */
  readonly chains: readonly (readonly string[])[];
  /** Live bytes of what is there because of this package alone: itself, and what nothing else asked for leads to. */
  readonly exclusiveBytes: number;
  /** null where the ecosystem has no such command, or the package is not in the final image. */
  readonly removal: RemovalEffect | null;
}

/** Enough to see why; a library that half the system needs has a chain from each of its users. */
const MAX_CHAINS = 20;

/** The packages that a text may mean: a key (`apk/musl`), or a name in any ecosystem. */
export function findPackages({ attribution }: Ledger, text: string): readonly PackageRecord[] {
  const { records } = attribution.packages;
  const exact = records.get(text);
  if (exact !== undefined) return [exact];
  return [...records.values()].filter(
    ({ found }) => found.name === text || found.name.replace(/:[a-z0-9]+$/, "") === text,
  );
}

/**
 * Tells why a package is in the image.
 *
 * @param text its key or name
 * @throws {ImgweighError} PATH_NOT_FOUND where the image has no such package, IMAGE_AMBIGUOUS where several are called so
 */
export function explainPackage(ledger: Ledger, text: string): PackageLife {
  const [record, ...others] = findPackages(ledger, text);
  if (record === undefined) {
    throw new ImgweighError("PATH_NOT_FOUND", `the image has no package ${JSON.stringify(text)}`, {
      hint: "imgweigh analyze lists the packages",
    });
  }
  if (others.length > 0) {
    const keys = [record, ...others].map(({ key }) => key);
    throw new ImgweighError("IMAGE_AMBIGUOUS", `several packages are called ${text}: ${keys.join(", ")}`, {
      hint: `say which one, for example ${keys[0]}`,
      details: { packages: keys },
    });
  }
  const rows = new Map(listPackages(ledger).map((row) => [packageKey(row), row]));
  const row = rows.get(record.key) as PackageRow;
  return {
    schemaVersion: 1,
    key: record.key,
    ...row,
    instruction: ledger.image.history.layers[record.layer]?.instruction?.text ?? null,
    essential: record.found.essential === true,
    chains: record.installed ? chainsTo(record.key, ledger.attribution.packages.records) : [],
    exclusiveBytes: record.installed ? exclusiveBytes(ledger, record.key, rows) : 0,
    removal: record.installed ? removalOf(ledger, record, rows) : null,
  };
}

/** Who leads to a package: what needs it, and what recommends it. */
function leadersOf(records: ReadonlyMap<string, PackageRecord>): ReadonlyMap<string, readonly string[]> {
  const leaders = new Map<string, string[]>();
  for (const { key, found, installed } of records.values()) {
    if (!installed) continue;
    for (const needed of new Set([...found.requires, ...(found.recommends ?? [])])) {
      const list = leaders.get(needed) ?? [];
      leaders.set(needed, list);
      list.push(key);
    }
  }
  for (const list of leaders.values()) list.sort();
  return leaders;
}

/** What stays without anything leading to it: asked for by name, or essential. */
function isRoot({ found }: PackageRecord): boolean {
  return found.explicit === true || found.essential === true;
}

/** Breadth first from the package up to everything that stays by itself: the first way found is a shortest one. */
function chainsTo(key: string, records: ReadonlyMap<string, PackageRecord>): string[][] {
  const leaders = leadersOf(records);
  const down = new Map<string, string | null>([[key, null]]);
  const queue = [key];
  const chains: string[][] = [];
  for (let i = 0; i < queue.length && chains.length < MAX_CHAINS; i++) {
    const at = queue[i] as string;
    const record = records.get(at);
    if (record === undefined) continue;
    if (isRoot(record)) chains.push(chainFrom(at, down));
    for (const leader of leaders.get(at) ?? []) {
      if (down.has(leader)) continue;
      down.set(leader, at);
      queue.push(leader);
    }
  }
  return chains;
}

function chainFrom(top: string, down: ReadonlyMap<string, string | null>): string[] {
  const chain: string[] = [];
  for (let at: string | null | undefined = top; at; at = down.get(at)) chain.push(at);
  return chain;
}

/** What can no longer be reached from anything that was asked for, once the package is away. */
function exclusiveBytes({ attribution }: Ledger, key: string, rows: ReadonlyMap<string, PackageRow>): number {
  const { records } = attribution.packages;
  const ecosystem = rows.get(key)?.ecosystem;
  const own = [...records.values()].filter(({ installed, found }) => installed && found.ecosystem === ecosystem);
  // Where nothing is known to have been asked for, everything might have been.
  if (!own.some(isRoot)) return rows.get(key)?.liveBytes ?? 0;
  const reached = new Set<string>();
  const queue = own.filter((record) => isRoot(record) && record.key !== key).map(({ key: at }) => at);
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (at === key || reached.has(at)) continue;
    reached.add(at);
    queue.push(...leadsTo(at, records));
  }
  // What was unreachable with the package, too, is not there because of it.
  const before = reachableFrom(key, records);
  return own
    .filter(({ key: at }) => before.has(at) && !reached.has(at))
    .reduce((sum, { key: at }) => sum + (rows.get(at)?.liveBytes ?? 0), 0);
}

function reachableFrom(key: string, records: ReadonlyMap<string, PackageRecord>): Set<string> {
  const reached = new Set<string>();
  const queue = [key];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    queue.push(...leadsTo(at, records));
  }
  return reached;
}

function leadsTo(key: string, records: ReadonlyMap<string, PackageRecord>): readonly string[] {
  const found = records.get(key)?.found;
  return found === undefined ? [] : [...found.requires, ...(found.recommends ?? [])];
}

function removalOf(
  { attribution }: Ledger,
  { key, found }: PackageRecord,
  rows: ReadonlyMap<string, PackageRow>,
): RemovalEffect | null {
  for (const [database, view] of attribution.packages.finalViews) {
    if (database.remove === undefined || !database.read(view).packages.some((own) => packageKey(own) === key)) continue;
    const { freed, refusal, notes }: Removal = database.remove(view, [found.name]);
    const sized = freed.map((at) => ({ key: at, liveBytes: rows.get(at)?.liveBytes ?? 0 }));
    sized.sort((a, b) => b.liveBytes - a.liveBytes || (a.key < b.key ? -1 : 1));
    return { freed: sized, freedBytes: sized.reduce((sum, { liveBytes }) => sum + liveBytes, 0), refusal, notes };
  }
  return null;
}
