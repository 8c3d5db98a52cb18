import type { Removal } from "../package-db.ts";
import { packageKey } from "../package-db.ts";
import type { Dependency } from "./dependency.ts";
import { matches, parseDependencies } from "./dependency.ts";
import type { InstalledPackage } from "./installed.ts";
import { namesOf, Providers } from "./provider.ts";
import { type Problem, type Solution, Solver } from "./solver.ts";
import { rulesOf, type SolverRules } from "./solver-rules.ts";

/** The installed packages and world: what apk reads before it does anything. */
export interface ApkSystem {
  readonly packages: readonly InstalledPackage[];
  readonly world: readonly Dependency[];
}

/** The rules of the apk that is installed there. */
export function rulesFor({ packages }: ApkSystem): SolverRules {
  return rulesOf(packages.find(({ name }) => name === "apk-tools")?.version ?? null);
}

/** What apk keeps for a world; null where the database is too tangled to be followed. */
export function closureOf(system: ApkSystem): Solution | null {
  return new Solver(system.packages, system.world, rulesFor(system)).solve();
}

/**
 * `apk del --no-network NAMES` (apk-del(8)): the names leave world, and then everything goes that world does not need.
 * A name that nothing knows is an error; one that is known but not in world changes nothing.
 */
export function removePackages(system: ApkSystem, names: readonly string[]): Removal {
  const unknown = names.filter((name) => !isKnown(system, name));
  if (unknown.length > 0) return refused(unknown.map((name) => `No such package: ${name}`).join("; "));
  const given = new Set(names);
  const world = system.world.filter(({ name }) => !given.has(name));
  const solution = closureOf({ packages: system.packages, world });
  if (solution === null) return refused("The database is too tangled to simulate apk");
  if (solution.problems.length > 0) {
    return refused(`unable to select packages: ${solution.problems.slice(0, 10).map(textOfProblem).join("; ")}`);
  }
  const freed = system.packages.filter((pkg) => !solution.kept.has(pkg));
  const notes = [...stayNotes(solution, world, system.packages, given), ...orphanNotes(system, freed)];
  return { freed: freed.map(({ name }) => packageKey({ ecosystem: "apk", name })), refusal: null, notes };
}

/**
 * The system after `apk add --virtual NAME TOKENS`, of installed packages alone: what the tokens need stays, whatever else
 * is removed. A token that nobody installed answers makes every removal fail.
 */
export function keeping(system: ApkSystem, tokens: readonly string[]): ApkSystem {
  if (tokens.length === 0) return system;
  const { dependencies: depends } = parseDependencies(tokens.join(" "));
  // A name that no dependency can have, so that nothing else means it.
  const name = "@";
  const keeper: InstalledPackage = {
    name,
    version: "0",
    checksum: "",
    depends,
    provides: [],
    installIf: [],
    providerPriority: 0,
    files: [],
    broken: false,
    virtual: true,
  };
  const asked: Dependency = { text: name, name, conflict: false, tag: null, operator: null, version: null };
  return { packages: [...system.packages, keeper], world: [...system.world, asked] };
}

function refused(refusal: string): Removal {
  return { freed: [], refusal, notes: [] };
}

/** apk knows every name that stands anywhere in its database or in world. */
function isKnown({ packages, world }: ApkSystem, name: string): boolean {
  const named = (token: { readonly name: string }): boolean => token.name === name;
  return (
    world.some(named) ||
    packages.some(
      (pkg) => pkg.name === name || pkg.provides.some(named) || pkg.depends.some(named) || pkg.installIf.some(named),
    )
  );
}

function textOfProblem({ kind, name, by, dependency }: Problem): string {
  const asked = `required by: ${by === null ? "world" : `${by.name}-${by.version}`}[${dependency?.text ?? name}]`;
  if (kind === "absent") return `${name} (no such package), ${asked}`;
  if (kind === "choice")
    return `${name} (virtual): please select one of the 'provided by' packages explicitly, ${asked}`;
  if (kind === "clash") return `${by?.name ?? name}: conflicts with another provider of ${name}`;
  return `${name}: breaks ${by === null ? "world" : `${by.name}-${by.version}`}[${dependency?.text ?? name}]`;
}

/** What was named and stays: "World updated, but the following packages are not removed due to". */
function stayNotes(
  solution: Solution,
  world: readonly Dependency[],
  packages: readonly InstalledPackage[],
  given: ReadonlySet<string>,
): readonly string[] {
  const staying = packages.filter((pkg) => solution.kept.has(pkg) && given.has(pkg.name));
  if (staying.length === 0) return [];
  const requirers = requirersOf(solution.kept);
  const inWorld = new Set(world.filter(({ conflict }) => !conflict).map(({ name }) => name));
  return staying.map((pkg) => `${pkg.name} is not removed due to: ${worldAbove(pkg, requirers, inWorld).join(" ")}`);
}

/** Who needs each of the kept packages, by dependency or because they triggered its install_if. */
function requirersOf(kept: ReadonlySet<InstalledPackage>): ReadonlyMap<InstalledPackage, Set<InstalledPackage>> {
  const providers = new Providers([...kept]);
  const requirers = new Map<InstalledPackage, Set<InstalledPackage>>();
  const add = (needed: InstalledPackage, by: InstalledPackage): void => {
    const set = requirers.get(needed);
    if (set === undefined) requirers.set(needed, new Set([by]));
    else set.add(by);
  };
  for (const pkg of kept) {
    for (const dependency of pkg.depends) for (const found of answersTo(providers, dependency)) add(found, pkg);
    for (const dependency of pkg.installIf) for (const found of answersTo(providers, dependency)) add(pkg, found);
  }
  return requirers;
}

/** More than these of one virtual name are not worth a note. */
const MAX_ANSWERS = 100;

function answersTo(providers: Providers, dependency: Dependency): readonly InstalledPackage[] {
  if (dependency.conflict) return [];
  return providers
    .of(dependency.name)
    .slice(0, MAX_ANSWERS)
    .filter((provider) => matches(dependency, provider.version, provider.package.checksum))
    .map((provider) => provider.package);
}

/** The words of world that hold a package, directly or through others. */
function worldAbove(
  pkg: InstalledPackage,
  requirers: ReadonlyMap<InstalledPackage, ReadonlySet<InstalledPackage>>,
  inWorld: ReadonlySet<string>,
): readonly string[] {
  const words = new Set<string>();
  const seen = new Set([pkg]);
  for (const current of seen) {
    for (const { name } of namesOf(current)) if (inWorld.has(name)) words.add(name);
    for (const above of requirers.get(current) ?? []) seen.add(above);
  }
  return [...words];
}

/** Orphans: what goes with any call of apk, because world does not need it even now. */
function orphanNotes(system: ApkSystem, freed: readonly InstalledPackage[]): readonly string[] {
  const before = closureOf(system);
  if (before === null || before.problems.length > 0) return [];
  const orphans = freed.filter((pkg) => !before.kept.has(pkg)).map(({ name }) => name);
  return orphans.length === 0 ? [] : [`not needed by world before either: ${orphans.slice(0, 20).join(" ")}`];
}
