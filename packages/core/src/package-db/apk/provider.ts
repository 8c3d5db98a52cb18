import type { Dependency } from "./dependency.ts";
import { matches } from "./dependency.ts";
import type { InstalledPackage } from "./installed.ts";

/** A package under one of the names it answers to. */
export interface Provider {
  readonly package: InstalledPackage;
  /** Null where the name is a virtual one. Under its own name, a package's own version. */
  readonly version: string | null;
}

/** Who answers to which name, among the installed packages, in the order of the database. */
export class Providers {
  readonly #byName = new Map<string, Provider[]>();

  constructor(packages: readonly InstalledPackage[]) {
    for (const pkg of packages) {
      for (const { name, version } of namesOf(pkg)) {
        const providers = this.#byName.get(name);
        if (providers === undefined) this.#byName.set(name, [{ package: pkg, version }]);
        else providers.push({ package: pkg, version });
      }
    }
  }

  of(name: string): readonly Provider[] {
    return this.#byName.get(name) ?? [];
  }
}

/** Every name of a package, its own first, each once. */
export function namesOf(pkg: InstalledPackage): readonly { readonly name: string; readonly version: string | null }[] {
  if (pkg.provides.length === 0) return [pkg];
  const names = new Map<string, string | null>([[pkg.name, pkg.version]]);
  for (const { name, version } of pkg.provides) if (!names.has(name)) names.set(name, version);
  return [...names].map(([name, version]) => ({ name, version }));
}

/** Whether a provider leaves a dependency content: by being what it asks for, or by not being what it excludes. */
export function satisfies(dependency: Dependency, provider: Provider | null): boolean {
  if (provider === null) return dependency.conflict;
  return matches(dependency, provider.version, provider.package.checksum) !== dependency.conflict;
}
