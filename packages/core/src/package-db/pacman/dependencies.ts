import { orderSatisfies } from "../version-bound.ts";
import type { PacmanPackage } from "./local-packages.ts";
import { comparePacmanVersions } from "./version.ts";

type Operator = "<" | "<=" | "=" | ">=" | ">";

interface Dependency {
  readonly name: string;
  readonly operator: Operator | null;
  readonly version: string;
}

interface Candidate {
  readonly provider: PacmanPackage;
  /** Null where a provision names no version: it then satisfies no versioned dependency. */
  readonly version: string | null;
}

/** Candidates looked at in all: a bound on what a hostile database can cost. */
const MAX_CANDIDATES = 1_000_000;

/** Which installed packages satisfy a dependency: libalpm's `_alpm_depcmp` (6.0), by name or by `%PROVIDES%`. */
export class Dependencies {
  readonly packages: readonly PacmanPackage[];
  readonly #byName = new Map<string, Candidate[]>();
  #candidatesLeft = MAX_CANDIDATES;

  constructor(packages: readonly PacmanPackage[]) {
    this.packages = packages;
    for (const provider of packages) this.#add(provider.name, { provider, version: provider.version });
    for (const provider of packages) {
      for (const provision of provider.provides) {
        const { name, operator, version } = parseDependency(provision);
        this.#add(name, { provider, version: operator === "=" ? version : null });
      }
    }
  }

  get exhausted(): boolean {
    return this.#candidatesLeft <= 0;
  }

  /** The packages that satisfy one entry of `%DEPENDS%`. */
  satisfiers(entry: string): ReadonlySet<PacmanPackage> {
    const { name, operator, version } = parseDependency(entry);
    const found = new Set<PacmanPackage>();
    for (const candidate of this.#byName.get(name) ?? []) {
      this.#candidatesLeft -= 1;
      if (this.exhausted) break;
      if (matches(candidate.version, operator, version)) found.add(candidate.provider);
    }
    return found;
  }

  #add(name: string, candidate: Candidate): void {
    const candidates = this.#byName.get(name);
    if (candidates === undefined) this.#byName.set(name, [candidate]);
    else candidates.push(candidate);
  }
}

/** Reads `name[operator version][: description]` (libalpm `alpm_dep_from_string`). */
function parseDependency(entry: string): Dependency {
  const description = entry.indexOf(": ");
  const text = description < 0 ? entry : entry.slice(0, description);
  const at = text.search(/[<>=]/);
  if (at < 0) return { name: text, operator: null, version: "" };
  const operator = (/^[<>]?=|^[<>]/.exec(text.slice(at, at + 2))?.[0] ?? "=") as Operator;
  return { name: text.slice(0, at), operator, version: text.slice(at + operator.length) };
}

function matches(version: string | null, operator: Operator | null, bound: string): boolean {
  if (operator === null) return true;
  if (version === null) return false;
  return orderSatisfies(comparePacmanVersions(version, bound), operator);
}
