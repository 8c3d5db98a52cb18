import type { ImagePath } from "../../image-path.ts";
import { type Dependency, singles } from "./dependency.ts";
import type { RpmPackage } from "./rpm-package.ts";
import type { Report } from "./stored-header.ts";
import { overlaps, type Versioned } from "./version.ts";

/** Comparisons that resolving may cost, for each dependency there is: databases of distributions need some three. */
const STEPS_PER_DEPENDENCY = 64;
const MAX_STEPS = 50_000_000;

interface Provider extends Versioned {
  readonly index: number;
}

interface PathOwner {
  readonly path: ImagePath;
  readonly index: number;
}

/** Whether a package, by its place in the list, is (still) there. */
export type Alive = (index: number) => boolean;

/** What is installed, to be asked who satisfies what. */
export class Installed {
  readonly packages: readonly RpmPackage[];
  readonly #providers = new Map<string, Provider[]>();
  readonly #files = new Map<ImagePath, PathOwner[]>();
  /** Answers for single dependencies, by all of their text. */
  readonly #known = new Map<string, readonly number[]>();
  readonly #report: Report;
  #steps: number;

  constructor(packages: readonly RpmPackage[], report: Report) {
    this.packages = packages;
    this.#report = report;
    const wanted = new Set<string>();
    const wantedFiles = new Set<ImagePath>();
    let dependencies = 0;
    for (const { requires, required, recommends, supplements } of packages) {
      for (const dependency of [...requires, ...required, ...recommends, ...supplements]) {
        for (const { name } of singles(dependency)) {
          dependencies++;
          wanted.add(name);
          if (name.startsWith("/")) wantedFiles.add(mergedUsr(name.slice(1)));
        }
      }
    }
    this.#steps = Math.min(dependencies * STEPS_PER_DEPENDENCY, MAX_STEPS);
    packages.forEach(({ provides, paths }, index) => {
      for (const provide of provides)
        if (wanted.has(provide.name)) push(this.#providers, provide.name, { ...provide, index });
      for (const path of paths) {
        const merged = mergedUsr(path);
        if (wantedFiles.has(merged)) push(this.#files, merged, { path, index });
      }
    });
  }

  /**
   * The packages that satisfy a need of the package at `self`; empty where it satisfies it itself or where nothing is
   * needed as things are (`a if b` without b); null where the need is not met (`unsatisfiedDepend` of rpm's
   * lib/depends.c).
   */
  satisfiers(dependency: Dependency, self: number, alive: Alive = () => true): readonly number[] | null {
    const met = this.#evaluate(dependency, alive);
    return met?.includes(self) ? [] : met;
  }

  #evaluate(dependency: Dependency, alive: Alive): readonly number[] | null {
    switch (dependency.operator) {
      case "single": {
        const found = this.#lookUp(dependency).filter(alive);
        return found.length === 0 ? null : found;
      }
      case "and": {
        const left = this.#evaluate(dependency.left, alive);
        const right = left && this.#evaluate(dependency.right, alive);
        return left && right ? [...left, ...right] : null;
      }
      case "or": {
        const left = this.#evaluate(dependency.left, alive);
        const right = this.#evaluate(dependency.right, alive);
        return left && right ? [...left, ...right] : (left ?? right);
      }
      case "with":
      case "without": {
        const right = new Set(this.#evaluate(dependency.right, alive));
        const both = this.#evaluate(dependency.left, alive)?.filter(
          (i) => right.has(i) === (dependency.operator === "with"),
        );
        return both === undefined || both.length === 0 ? null : both;
      }
      case "if": {
        if (this.#evaluate(dependency.condition, alive) !== null) return this.#evaluate(dependency.left, alive);
        return dependency.otherwise === null ? [] : this.#evaluate(dependency.otherwise, alive);
      }
      case "unless": {
        if (this.#evaluate(dependency.condition, alive) === null) return this.#evaluate(dependency.left, alive);
        return dependency.otherwise === null ? null : this.#evaluate(dependency.otherwise, alive);
      }
    }
  }

  /** A path that a package has, else what is provided under the name (`rpmdbProvides` of lib/depends.c). */
  #lookUp(wanted: Versioned): readonly number[] {
    const key = `${wanted.name}\0${wanted.flags & 15}\0${wanted.version}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#spend(known.length);
      return this.#steps < 0 ? [] : known;
    }
    const found = new Set<number>(wanted.name.startsWith("/") ? this.#ownersOf(wanted.name.slice(1)) : []);
    for (const provider of this.#providers.get(wanted.name) ?? []) {
      if (!this.#spend(1 + (provider.version.length + wanted.version.length) / 64)) break;
      if (overlaps(provider, wanted)) found.add(provider.index);
    }
    const answer = [...found];
    this.#known.set(key, answer);
    return answer;
  }

  #ownersOf(path: ImagePath): number[] {
    const owners = this.#files.get(mergedUsr(path)) ?? [];
    const exact = owners.filter((owner) => owner.path === path);
    return (exact.length > 0 ? exact : owners).map(({ index }) => index);
  }

  /** Resolving was given up: a need that seems unmet may be met. */
  get exhausted(): boolean {
    return this.#steps < 0;
  }

  #spend(steps: number): boolean {
    const before = this.#steps;
    this.#steps -= steps;
    if (this.#steps < 0 && before >= 0)
      this.#report("too many packages provide the same: not all dependencies are followed");
    return this.#steps >= 0;
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/**
 * rpm follows the links of the real file system when it compares paths (lib/fprint.c); those that matter are the
 * merged `/usr` and `/usr/sbin`, where one file goes by several names.
 */
function mergedUsr(path: ImagePath): ImagePath {
  return path.replace(/^(?:usr\/)?s?bin\//, "usr/bin/").replace(/^lib(64|32)?\//, "usr/lib$1/");
}
