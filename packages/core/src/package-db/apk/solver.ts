import type { Dependency } from "./dependency.ts";
import { DependencyChains } from "./dependency-chains.ts";
import { Discovery } from "./discovery.ts";
import type { InstalledPackage } from "./installed.ts";
import { namesOf, type Provider, Providers, satisfies } from "./provider.ts";
import type { SolverRules } from "./solver-rules.ts";

/** Why apk would refuse. */
export interface Problem {
  readonly kind: "absent" | "choice" | "unsatisfied" | "clash";
  readonly name: string;
  /** Who asks: a package, or null for world. */
  readonly by: InstalledPackage | null;
  readonly dependency: Dependency | null;
}

export interface Solution {
  readonly kept: ReadonlySet<InstalledPackage>;
  /** Who answers to each name that was decided; null where nobody does. */
  readonly chosen: ReadonlyMap<string, Provider | null>;
  readonly problems: readonly Problem[];
}

/** Comparisons that are made before a database counts as hostile; the largest real ones need some thousands. */
const MAX_STEPS = 4_000_000;

interface Demand {
  readonly by: InstalledPackage | null;
  readonly dependency: Dependency;
}

/**
 * What apk keeps of the installed packages for a world, offline: nothing but what is installed can be chosen, so each
 * name comes to be decided once, in the order in which apk decides.
 *
 * 1. What world and chosen packages depend on is demanded. A name that only one package can answer brings in that
 *    package's dependencies at once.
 * 2. Names with a version to choose (a package's own, or provided with one) go to their only provider.
 * 3. Then the virtual names, one at a time, longest chain of dependencies first, if no chosen package answers yet.
 * 4. When nothing demanded is left, packages come in whose install_if all holds, and with them what they depend on.
 */
export class Solver {
  readonly #providers: Providers;
  readonly #rules: SolverRules;
  readonly #world: readonly Dependency[];
  readonly #chains: DependencyChains;
  readonly #discovery: Discovery;
  readonly #triggers = new Map<string, { readonly package: InstalledPackage; readonly dependency: Dependency }[]>();

  readonly #demands = new Map<string, Demand[]>();
  readonly #constraints = new Map<string, Demand[]>();
  readonly #chosen = new Map<string, Provider | null>();
  readonly #kept = new Set<InstalledPackage>();
  readonly #applied = new Set<InstalledPackage>();
  /** How many tokens of an install_if still wait; absent once one has failed. */
  readonly #waiting = new Map<InstalledPackage, number>();
  readonly #problems: Problem[] = [];

  #fresh: string[] = [];
  #solid: string[] = [];
  #virtual: string[] = [];
  #triggered: InstalledPackage[] = [];
  #steps = 0;

  constructor(packages: readonly InstalledPackage[], world: readonly Dependency[], rules: SolverRules) {
    this.#providers = new Providers(packages);
    this.#rules = rules;
    this.#world = world;
    this.#chains = new DependencyChains(this.#providers, world);
    this.#discovery = new Discovery(packages, world, this.#providers, rules.postponesUnselectable);
    for (const pkg of packages) if (this.#discovery.has(pkg.name)) this.#watchInstallIf(pkg);
  }

  /** Null where the database is too tangled to be followed. */
  solve(): Solution | null {
    for (const dependency of this.#world) this.#demand(null, dependency);
    while (this.#advance()) if (this.#steps > MAX_STEPS) return null;
    this.#check(null, this.#world);
    for (const pkg of this.#kept) this.#check(pkg, pkg.depends);
    return { kept: this.#kept, chosen: this.#chosen, problems: this.#problems };
  }

  #advance(): boolean {
    const fresh = this.#fresh.pop();
    if (fresh !== undefined) return this.#spread(fresh);
    const solid = this.#solid.pop();
    if (solid !== undefined) return this.#decide(solid);
    const virtual = this.#nextVirtual();
    const triggered = this.#mayWait(virtual) ? this.#triggered.pop() : undefined;
    if (triggered !== undefined) return this.#trigger(triggered);
    if (virtual !== undefined) return this.#decide(virtual);
    const last = this.#triggered.pop();
    return last !== undefined && this.#trigger(last);
  }

  /** A package whose install_if holds comes in, unless what it depends on is not there. */
  #trigger(pkg: InstalledPackage): true {
    const possible = pkg.depends.every(({ conflict, name }) => conflict || this.#providers.of(name).length > 0);
    if (possible && !this.#chosen.has(pkg.name)) this.#keep(pkg);
    return true;
  }

  /** Whether install_if comes before a virtual name: since 2.14, unless a lone provider of it may be taken at once. */
  #mayWait(virtual: string | undefined): boolean {
    if (!this.#rules.postponesUnselectable || virtual === undefined) return false;
    return !this.#isSelectable(virtual) || this.#providers.of(virtual).length > 1;
  }

  #demand(by: InstalledPackage | null, dependency: Dependency): void {
    const { name, conflict, operator } = dependency;
    if (conflict || operator !== null) append(this.#constraints, name, { by, dependency });
    if (conflict) return;
    append(this.#demands, name, { by, dependency });
    if (this.#demands.get(name)?.length === 1 && !this.#chosen.has(name)) this.#fresh.push(name);
  }

  /** A name is demanded for the first time: a lone provider's dependencies are demanded too. */
  #spread(name: string): true {
    if (this.#chosen.has(name)) return true;
    const providers = this.#providers.of(name);
    const [only] = providers;
    if (providers.length === 1 && only !== undefined) this.#apply(only.package);
    this.#steps += providers.length;
    const virtual = providers.length > 0 && providers.every(({ version }) => version === null);
    (virtual ? this.#virtual : this.#solid).push(name);
    return true;
  }

  #apply(pkg: InstalledPackage): void {
    if (this.#applied.has(pkg)) return;
    this.#applied.add(pkg);
    for (const dependency of pkg.depends) this.#demand(pkg, dependency);
  }

  #decide(name: string): true {
    if (this.#chosen.has(name)) return true;
    const best = this.#bestProvider(name);
    if (best !== undefined) {
      this.#keep(best.package);
      return true;
    }
    this.#assign(name, null);
    const [demand] = this.#demands.get(name) ?? [];
    const kind = this.#providers.of(name).length === 0 ? "absent" : "choice";
    this.#problems.push({ kind, name, by: demand?.by ?? null, dependency: demand?.dependency ?? null });
    return true;
  }

  #bestProvider(name: string): Provider | undefined {
    const providers = this.#providers.of(name);
    const constraints = this.#constraints.get(name) ?? [];
    this.#steps += providers.length * (1 + constraints.length);
    let best: Provider | undefined;
    let bestRank: readonly number[] = [];
    for (const provider of providers) {
      if (!this.#mayBeTaken(provider, providers.length) || this.#steps > MAX_STEPS) continue;
      const rank = this.#rank(provider, constraints);
      if (best !== undefined && compareRanks(rank, bestRank) <= 0) continue;
      best = provider;
      bestRank = rank;
    }
    return best;
  }

  /** A virtual name alone does not bring a package in: it must be asked for by name, or be offered for the purpose. */
  #mayBeTaken({ package: pkg, version }: Provider, providers: number): boolean {
    if (version !== null || pkg.providerPriority > 0) return true;
    return this.#requirers(pkg.name) > 0 || (this.#rules.takesLoneProvider && providers === 1);
  }

  /** What makes a provider better, the most important first. Of equals the first of the database is taken. */
  #rank(provider: Provider, constraints: readonly Demand[]): readonly number[] {
    const { package: pkg } = provider;
    const against = constraints.filter(({ dependency }) => !satisfies(dependency, provider)).length;
    return [-against, this.#rules.countsRequirers ? this.#allRequirers(pkg) : 0, pkg.providerPriority];
  }

  #allRequirers(pkg: InstalledPackage): number {
    this.#steps += pkg.provides.length;
    return namesOf(pkg).reduce((sum, { name }) => sum + this.#requirers(name), 0);
  }

  #requirers(name: string): number {
    return this.#demands.get(name)?.length ?? 0;
  }

  /** The undecided virtual name that is to be decided first. */
  #nextVirtual(): string | undefined {
    this.#virtual = this.#virtual.filter((name) => !this.#chosen.has(name));
    this.#steps += this.#virtual.length;
    const [first, ...others] = this.#virtual;
    if (first === undefined || others.length === 0) return first;
    let next = first;
    let best = this.#urgency(first);
    for (const name of others) {
      const urgency = this.#urgency(name);
      if (compareRanks(urgency, best) <= 0) continue;
      next = name;
      best = urgency;
    }
    return next;
  }

  #urgency(name: string): readonly number[] {
    if (!this.#rules.postponesUnselectable) return [this.#chains.lengthOf(name)];
    const selectable = this.#isSelectable(name);
    const alone = selectable && this.#providers.of(name).length === 1;
    return [alone ? 1 : 0, selectable ? 1 : 0, this.#discovery.orderOf(name)];
  }

  #isSelectable(name: string): boolean {
    const providers = this.#providers.of(name);
    this.#steps += providers.length;
    return providers.some((provider) => this.#mayBeTaken(provider, providers.length));
  }

  #keep(pkg: InstalledPackage): void {
    this.#kept.add(pkg);
    for (const { name, version } of namesOf(pkg)) {
      const other = this.#chosen.get(name);
      if (other === undefined || other === null) this.#assign(name, { package: pkg, version });
      else if (version !== null || other.version !== null) {
        this.#problems.push({ kind: "clash", name, by: pkg, dependency: null });
      }
    }
    this.#apply(pkg);
  }

  #assign(name: string, provider: Provider | null): void {
    this.#chosen.set(name, provider);
    for (const { package: pkg, dependency } of this.#triggers.get(name) ?? []) {
      const waiting = this.#waiting.get(pkg);
      if (waiting === undefined) continue;
      if (!satisfies(dependency, provider)) this.#waiting.delete(pkg);
      else this.#waiting.set(pkg, waiting - 1);
      if (waiting === 1 && this.#waiting.has(pkg)) this.#triggered.push(pkg);
    }
  }

  #watchInstallIf(pkg: InstalledPackage): void {
    // What excludes a name that is not there holds from the start, where this apk sees it so.
    const tokens = pkg.installIf.filter(
      ({ conflict, name }) => !(conflict && this.#rules.installIfAbsent && this.#providers.of(name).length === 0),
    );
    if (tokens.length === 0) return;
    this.#waiting.set(pkg, tokens.length);
    for (const dependency of tokens) append(this.#triggers, dependency.name, { package: pkg, dependency });
  }

  #check(by: InstalledPackage | null, dependencies: readonly Dependency[]): void {
    for (const dependency of dependencies) {
      const chosen = this.#chosen.get(dependency.name) ?? null;
      // That nobody answers has been said.
      if (chosen === null || satisfies(dependency, chosen)) continue;
      this.#problems.push({ kind: "unsatisfied", name: dependency.name, by, dependency });
    }
  }
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, i) => value !== b[i]);
  return differing < 0 ? 0 : (a[differing] as number) - (b[differing] as number);
}
