import type { Dependency } from "./dependency.ts";
import type { InstalledPackage } from "./installed.ts";
import { Providers, satisfies } from "./provider.ts";
import type { ApkSystem } from "./removal.ts";
import type { Solution } from "./solver.ts";

/**
 * Which package each dependency leads to: the one that apk chooses for world as it is, else the first of the database that
 * satisfies it.
 *
 * A package that came by install_if is nobody's dependency, yet something brought it: it is listed with the packages that
 * triggered it, as if each of them required it. So a chain from world leads to it; it still goes when one of them goes.
 */
export class Requirements {
  readonly #providers: Providers;
  readonly #solution: Solution | null;
  readonly #triggered = new Map<InstalledPackage, InstalledPackage[]>();
  readonly #explicit = new Set<InstalledPackage>();

  constructor({ packages, world }: ApkSystem, solution: Solution | null) {
    this.#providers = new Providers(packages);
    this.#solution = solution;
    for (const pkg of packages) this.#findTriggers(pkg);
    for (const dependency of world) {
      const asked = this.#find(dependency);
      if (asked !== undefined) this.#explicit.add(asked);
    }
  }

  /** World asks for it, by its name or by something that it provides. */
  isExplicit(pkg: InstalledPackage): boolean {
    return this.#explicit.has(pkg);
  }

  of(pkg: InstalledPackage): readonly InstalledPackage[] {
    const needed = new Set(pkg.depends.flatMap((dependency) => this.#find(dependency) ?? []));
    for (const triggered of this.#triggered.get(pkg) ?? []) needed.add(triggered);
    needed.delete(pkg);
    return [...needed];
  }

  #findTriggers(pkg: InstalledPackage): void {
    const triggers = pkg.installIf.filter(({ conflict }) => !conflict).map((dependency) => this.#find(dependency));
    // If one of them is not there, the package did not come this way.
    if (triggers.includes(undefined)) return;
    for (const trigger of new Set(triggers)) {
      if (trigger === undefined) continue;
      const brought = this.#triggered.get(trigger);
      if (brought === undefined) this.#triggered.set(trigger, [pkg]);
      else brought.push(pkg);
    }
  }

  #find(dependency: Dependency): InstalledPackage | undefined {
    if (dependency.conflict) return undefined;
    const chosen = this.#solution?.chosen.get(dependency.name);
    if (chosen && satisfies(dependency, chosen)) return chosen.package;
    return this.#providers
      .of(dependency.name)
      .slice(0, MAX_PROVIDERS)
      .find((provider) => satisfies(dependency, provider))?.package;
  }
}

/** A hostile name may have a provider in every package; real ones have a handful. */
const MAX_PROVIDERS = 1000;
