import type { Dependency } from "./dependency.ts";
import type { InstalledPackage } from "./installed.ts";
import type { Providers } from "./provider.ts";

/** Steps after which each package is followed only once: a hostile database may give its packages very many names. */
const MAX_STEPS = 5_000_000;

/**
 * The names that apk comes across from world, and their order: below the names it depends on, a name has the higher
 * number. Names from which nothing leads here do not exist for the solver, so that their install_if never holds.
 *
 * Up to 2.12 what leads on are the dependencies of a name's packages, and install_if that speaks of the name. Since 2.14
 * the other names of these packages do too, and what their own install_if speaks of (`wide`).
 */
export class Discovery {
  readonly #providers: Providers;
  readonly #wide: boolean;
  readonly #installedIf = new Map<string, string[]>();
  readonly #orders = new Map<string, number>();
  readonly #followed = new Set<InstalledPackage>();
  readonly #followedWide = new Set<InstalledPackage>();
  #order = 0;
  #steps = 0;

  constructor(
    packages: readonly InstalledPackage[],
    world: readonly Dependency[],
    providers: Providers,
    wide: boolean,
  ) {
    this.#providers = providers;
    this.#wide = wide;
    for (const pkg of packages) {
      for (const { name } of pkg.installIf) {
        const names = this.#installedIf.get(name);
        if (names === undefined) this.#installedIf.set(name, [pkg.name]);
        else names.push(pkg.name);
      }
    }
    for (const name of world.map((dependency) => dependency.name).sort()) this.#visit(name);
  }

  has(name: string): boolean {
    return this.#orders.has(name);
  }

  orderOf(name: string): number {
    return this.#orders.get(name) ?? 0;
  }

  /** Depth first, without recursion. */
  #visit(root: string): void {
    const stack: Iterator<string>[] = [];
    const enter = (name: string): void => {
      if (this.#orders.has(name)) return;
      this.#orders.set(name, 0);
      stack.push(this.#below(name));
    };
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      this.#steps++;
      const next = top.next();
      if (next.done === true) stack.pop();
      else enter(next.value);
    }
  }

  *#below(name: string): Generator<string, void> {
    const packages = this.#providers.of(name).map((provider) => provider.package);
    for (const pkg of packages) {
      if (this.#followed.has(pkg)) continue;
      this.#followed.add(pkg);
      for (const dependency of pkg.depends) yield dependency.name;
    }
    yield* this.#installedIf.get(name) ?? [];
    const wide = this.#wide ? packages.filter((pkg) => this.#mayFollow(pkg)) : [];
    for (const pkg of wide) {
      yield* this.#installedIf.get(pkg.name) ?? [];
      for (const provided of pkg.provides) yield provided.name;
    }
    this.#orders.set(name, ++this.#order);
    for (const pkg of wide) for (const dependency of pkg.installIf) yield dependency.name;
  }

  #mayFollow(pkg: InstalledPackage): boolean {
    if (this.#steps > MAX_STEPS && this.#followedWide.has(pkg)) return false;
    this.#followedWide.add(pkg);
    return true;
  }
}
