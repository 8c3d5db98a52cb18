import { bytesAsText } from "../manifest-text.ts";
import { type FileView, packageKey, type Removal, type RemovalOptions } from "../package-db.ts";
import { AptConfig } from "./apt-config.ts";
import { findGarbage, isEssential, removeWithDependents } from "./autoremove.ts";
import { type DpkgDatabase, readDatabase } from "./database.ts";
import { Installed } from "./installed.ts";
import { packageNames } from "./package-names.ts";
import { type DpkgPackage, isPresent } from "./status.ts";

export const APT_CONFIG = "etc/apt/apt.conf";
export const APT_CONFIG_DIRECTORY = "etc/apt/apt.conf.d/";

/**
 * What `apt-get purge -y --auto-remove NAME…` would free with no package lists at hand (apt 2.6), after `apt-mark manual`
 * of what is to be kept.
 */
export function planRemoval(view: FileView, names: readonly string[], { keep = [] }: RemovalOptions = {}): Removal {
  const database = readDatabase(view);
  const all = database.packages.map(({ found }) => found);
  const installed = new Installed(all.filter(isPresent), database.nativeArch);
  const notes: string[] = [];
  const named = new Set<DpkgPackage>();
  for (const name of names) {
    const found = findNamed(all, database, name);
    if (found === null) return refused(`E: Unable to locate package ${name}`);
    if (found === undefined) notes.push(`Package '${name}' is not installed, so not removed`);
    else named.add(found);
  }
  const { gone, broken } = removeWithDependents(installed, [...named]);
  if (broken.length > 0 && !installed.exhausted) return refused(`E: Unmet dependencies: ${namesOf(broken)}`);
  const config = readConfig(view);
  if (database.auto === null) notes.push("apt keeps no record of what it installed on its own: nothing is autoremoved");
  const garbage = findGarbage({ installed, config, auto: withoutKept(installed, all, database, keep) }, gone);
  if (installed.exhausted) return refused("imgweigh: too many providers to follow");
  const freed = [...gone, ...garbage];
  const refusal = refusalOf(freed);
  if (refusal !== null) return refused(refusal);
  for (const found of gone) if (!named.has(found)) notes.push(`${found.name} goes too: it needs what is removed`);
  const nameOf = packageNames(all);
  const keys = freed.map((found) => packageKey({ ecosystem: "deb", name: nameOf(found) }));
  return { freed: keys.sort(), refusal: null, notes };
}

/** What stays marked as brought by apt. */
function withoutKept(
  installed: Installed,
  all: readonly DpkgPackage[],
  database: DpkgDatabase,
  keep: readonly string[],
): ReadonlySet<string> | null {
  if (database.auto === null || keep.length === 0) return database.auto;
  const auto = new Set(database.auto);
  for (const name of keep) {
    const found = findNamed(all, database, name);
    if (found) auto.delete(installed.idOf(found));
  }
  return auto;
}

function refused(refusal: string): Removal {
  return { freed: [], refusal, notes: [] };
}

const MAX_NAMED = 10;

function namesOf(packages: readonly DpkgPackage[]): string {
  const names = packages.map(({ name }) => name).sort();
  const more = names.length - MAX_NAMED;
  return names.slice(0, MAX_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** What `-y` alone does not allow (apt-get(8): --allow-remove-essential, --allow-change-held-packages). */
function refusalOf(freed: readonly DpkgPackage[]): string | null {
  const essential = freed.filter(isEssential);
  if (essential.length > 0) return `E: Essential packages would be removed: ${namesOf(essential)}`;
  const held = freed.filter(({ held }) => held);
  return held.length > 0 ? `E: Held packages would be changed: ${namesOf(held)}` : null;
}

/** Null where nothing has the name; undefined where it is known and not installed. */
function findNamed(
  all: readonly DpkgPackage[],
  { nativeArch }: DpkgDatabase,
  wanted: string,
): DpkgPackage | null | undefined {
  const colon = wanted.lastIndexOf(":");
  const name = colon < 0 ? wanted : wanted.slice(0, colon);
  const arch = colon < 0 ? null : wanted.slice(colon + 1);
  const candidates = all.filter((found) => found.name === name);
  const isNative = (found: DpkgPackage): boolean => found.arch === "all" || found.arch === nativeArch;
  if (arch === null) return candidates.find(isNative) ?? candidates[0] ?? null;
  return candidates.find((found) => found.arch === arch || (isNative(found) && arch === nativeArch)) ?? null;
}

/** The parts in order of name, then the main file (apt.conf(5)); names of other characters or endings are passed over. */
function readConfig(view: FileView): AptConfig {
  const config = new AptConfig();
  for (const file of view.files) {
    if (!file.path.startsWith(APT_CONFIG_DIRECTORY)) continue;
    const name = file.path.slice(APT_CONFIG_DIRECTORY.length);
    if (/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(name) && /^[^.]*(?:\.conf)?$/.test(name)) config.add(bytesAsText(file));
  }
  const main = view.get(APT_CONFIG);
  if (main !== undefined) config.add(bytesAsText(main));
  return config;
}
