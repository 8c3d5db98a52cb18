import type { AptConfig } from "./apt-config.ts";
import type { Installed } from "./installed.ts";
import { Protected } from "./protected.ts";
import { type Alternatives, parseRelations } from "./relations.ts";
import type { DpkgPackage } from "./status.ts";
import { compareVersions } from "./version.ts";

/** What apt knows beside the packages. */
export interface AptState {
  readonly installed: Installed;
  readonly config: AptConfig;
  /** `name:arch` of what apt brought on its own; null where it keeps no record, and everything counts as asked for. */
  readonly auto: ReadonlySet<string> | null;
}

/** The direct part of a removal: what was named, and what cannot stay without it. */
export interface Dependents {
  readonly gone: ReadonlySet<DpkgPackage>;
  /** Packages whose needs were not met before, and are not met after: apt then refuses whatever is asked. */
  readonly broken: readonly DpkgPackage[];
}

interface Need {
  readonly dependent: DpkgPackage;
  /** Packages that still satisfy it. */
  left: number;
}

/**
 * What goes when packages are removed by name: they, and every package one of whose `Depends` and `Pre-Depends` nothing
 * satisfies any more, to a fixpoint. With no package lists at hand apt can put nothing else in their place.
 */
export function removeWithDependents(installed: Installed, named: readonly DpkgPackage[]): Dependents {
  const needsOf = new Map<DpkgPackage, Need[]>();
  const broken = new Set<DpkgPackage>();
  for (const dependent of installed.packages) {
    for (const group of installed.needs(dependent)) {
      const satisfiers = installed.satisfiersOfGroup(group, dependent);
      if (satisfiers.size === 0) broken.add(dependent);
      if (satisfiers.size === 0 || satisfiers.has(dependent)) continue;
      const need = { dependent, left: satisfiers.size };
      for (const satisfier of satisfiers) append(needsOf, satisfier, need);
    }
  }
  const gone = new Set(named);
  // A database that is already broken is only repaired, never resolved further (apt-get's "Unmet dependencies").
  for (const found of gone) {
    for (const need of broken.size > 0 ? [] : (needsOf.get(found) ?? [])) {
      need.left -= 1;
      if (need.left === 0) gone.add(need.dependent);
    }
  }
  if (broken.size > 0) for (const dependent of dependentsLeft(needsOf, gone)) broken.add(dependent);
  return { gone, broken: [...broken].filter((found) => !gone.has(found)) };
}

function dependentsLeft(needsOf: ReadonlyMap<DpkgPackage, readonly Need[]>, gone: ReadonlySet<DpkgPackage>) {
  const dependents: DpkgPackage[] = [];
  for (const found of gone) {
    for (const need of needsOf.get(found) ?? []) {
      need.left -= 1;
      if (need.left === 0) dependents.push(need.dependent);
    }
  }
  return dependents;
}

/**
 * What `apt-get autoremove` would take once `gone` is gone: apt's mark and sweep (`pkgDepCache::MarkRequired`, 2.6). What
 * was asked for, is essential, required, held or in `APT::NeverAutoRemove` stays, with all that its Depends, Pre-Depends
 * and, unless `APT::AutoRemove::RecommendsImportant` or `SuggestsImportant` say no, Recommends and Suggests lead to:
 * every installed alternative and provider of them.
 */
export function findGarbage(state: AptState, gone: ReadonlySet<DpkgPackage>): readonly DpkgPackage[] {
  if (state.auto === null) return [];
  const { installed, auto } = state;
  const guard = new Protected(state.config, installed.packages);
  const isRoot = (found: DpkgPackage): boolean =>
    !auto.has(installed.idOf(found)) ||
    isEssential(found) ||
    found.held ||
    found.priority === "required" ||
    guard.has(found.name);
  const kept = new Set<DpkgPackage>();
  for (const found of installed.packages) if (!gone.has(found) && isRoot(found)) kept.add(found);
  for (const found of kept) {
    for (const group of followed(state, found)) {
      for (const relation of group) {
        const present = installed.satisfiers(relation, found).filter((satisfier) => !gone.has(satisfier));
        for (const satisfier of newestOfEachSource(present)) kept.add(satisfier);
      }
    }
  }
  return installed.packages.filter((found) => !kept.has(found) && !gone.has(found) && found.priority !== "required");
}

/** apt counts itself as essential, whatever its stanza says (`pkgCacheGen::ForceEssential`). */
export function isEssential({ essential, name }: DpkgPackage): boolean {
  return essential || name === "apt";
}

function followed({ installed, config }: AptState, found: DpkgPackage): readonly Alternatives[] {
  const groups = [...installed.needs(found)];
  if (config.flag("APT::AutoRemove::RecommendsImportant", true)) groups.push(...parseRelations(found.recommends));
  if (config.flag("APT::AutoRemove::SuggestsImportant", true)) groups.push(...parseRelations(found.suggests));
  return groups;
}

/** Of providers from one source package only those of its newest version are kept (apt ≥ 2.3). */
function newestOfEachSource(providers: readonly DpkgPackage[]): readonly DpkgPackage[] {
  if (providers.length < 2) return providers;
  const newest = new Map<string, string>();
  for (const { source, sourceVersion } of providers) {
    const best = newest.get(source);
    if (best === undefined || compareVersions(sourceVersion, best) > 0) newest.set(source, sourceVersion);
  }
  return providers.filter(({ source, sourceVersion }) => newest.get(source) === sourceVersion);
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
