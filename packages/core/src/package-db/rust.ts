import { isObject } from "../oci/json.ts";
import { label } from "./manifest-text.ts";
import { mergeByName } from "./merge-packages.ts";
import { type FoundPackage, hasNoState, type PackageDb, type PackageReading } from "./package-db.ts";
import { TroubleList } from "./trouble-list.ts";

/** A package of cargo-auditable's list, as far as it is well formed. */
interface Crate {
  readonly name: string;
  readonly version: string | null;
  readonly root: boolean;
  /** Indices in the list. */
  readonly dependencies: readonly number[];
}

/**
 * The list of `.dep-v0` (cargo-auditable.schema.json): `packages[{name, version, source, kind, dependencies, root}]`.
 * null where it is something else. Crates that only build scripts and macros use are not in the program: those are null.
 */
export function parseCrates(text: string): (Crate | null)[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || !Array.isArray(value["packages"])) return null;
  return value["packages"].map(crateOf);
}

function crateOf(value: unknown): Crate | null {
  if (!isObject(value) || value["kind"] === "build") return null;
  const name = label(value["name"]);
  if (name === null) return null;
  const dependencies = Array.isArray(value["dependencies"]) ? value["dependencies"] : [];
  return {
    name,
    version: label(value["version"]),
    root: value["root"] === true,
    dependencies: dependencies.filter((index): index is number => Number.isSafeInteger(index)),
  };
}

function* packagesOf(path: string, crates: readonly (Crate | null)[]): Generator<FoundPackage, void, undefined> {
  for (const crate of crates) {
    if (crate === null) continue;
    const needed = new Set(crate.dependencies.map((index) => crates[index]?.name).filter((name) => name !== undefined));
    yield {
      ecosystem: "rust",
      name: crate.name,
      version: crate.version,
      files: crate.root ? [path] : [],
      roots: [],
      explicit: null,
      requires: [...needed].map((name) => `rust/${name}`),
    };
  }
}

/** Rust programs built by cargo-auditable say of which crates they are made. The root crate owns the binary. */
export const rustDatabase: PackageDb = {
  id: "rust",
  level: "language",
  captures: [],
  binaries: true,
  archives: false,
  isState: hasNoState,
  read({ binaries }): PackageReading {
    const troubles = new TroubleList();
    const found: FoundPackage[] = [];
    for (const { path, facts } of binaries) {
      if (facts.rustDependencies === null) continue;
      const crates = parseCrates(facts.rustDependencies);
      if (crates === null) troubles.add(path, "the .dep-v0 section is not the dependency list of cargo-auditable");
      else for (const crate of packagesOf(path, crates)) found.push(crate);
    }
    return { packages: mergeByName(found), troubles: troubles.list() };
  },
};
