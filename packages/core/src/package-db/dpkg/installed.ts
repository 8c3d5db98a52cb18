import { type Alternatives, parseProvides, parseRelations, type Relation } from "./relations.ts";
import type { DpkgPackage } from "./status.ts";
import { versionSatisfies } from "./version.ts";

interface Provider {
  readonly provider: DpkgPackage;
  /** The version provided; of the package's own name its own, null where `Provides` gives none. */
  readonly version: string | null;
}

/** Candidates looked at in all, so that a hostile database of n packages that provide one name does not cost n². */
const MAX_CANDIDATES = 1_000_000;

/** The packages that are present, and which of them satisfy a relation: names, versions, architectures, `Provides`. */
export class Installed {
  readonly packages: readonly DpkgPackage[];
  readonly nativeArch: string;
  readonly #byName = new Map<string, Provider[]>();
  readonly #answers = new Map<string, readonly DpkgPackage[]>();
  #candidatesLeft = MAX_CANDIDATES;

  constructor(packages: readonly DpkgPackage[], nativeArch: string) {
    this.packages = packages;
    this.nativeArch = nativeArch;
    for (const provider of packages) this.#add(provider.name, { provider, version: provider.version });
    for (const provider of packages) {
      for (const { name, version } of parseProvides(provider.provides)) this.#add(name, { provider, version });
    }
  }

  /** Some relations were left unresolved to stay within bounds. */
  get exhausted(): boolean {
    return this.#candidatesLeft <= 0;
  }

  /** The architecture that a package counts as: `all` is the native one. */
  archOf({ arch }: DpkgPackage): string {
    return arch === "all" || arch === "" ? this.nativeArch : arch;
  }

  /** `name:arch`, with the native architecture for `all`, as apt identifies packages. */
  idOf(found: DpkgPackage): string {
    return `${found.name}:${this.archOf(found)}`;
  }

  /** Every package that satisfies a relation of a package: by its own name first, then by what it provides. */
  satisfiers(relation: Relation, dependent: DpkgPackage): readonly DpkgPackage[] {
    const arch = relation.arch ?? "";
    const key = `${relation.name}\n${relation.operator ?? ""}${relation.version}\n${arch}\n${this.archOf(dependent)}`;
    const known = this.#answers.get(key);
    this.#candidatesLeft -= known?.length ?? 0;
    if (this.exhausted) return [];
    if (known !== undefined) return known;
    const found = new Set<DpkgPackage>();
    for (const candidate of this.#byName.get(relation.name) ?? []) {
      this.#candidatesLeft -= 1;
      if (this.exhausted) break;
      if (this.#matches(candidate, relation, dependent)) found.add(candidate.provider);
    }
    const answer = [...found];
    this.#answers.set(key, answer);
    return answer;
  }

  /** The packages that one `a | b` may be satisfied by. */
  satisfiersOfGroup(group: Alternatives, dependent: DpkgPackage): ReadonlySet<DpkgPackage> {
    const found = new Set<DpkgPackage>();
    for (const relation of group) for (const satisfier of this.satisfiers(relation, dependent)) found.add(satisfier);
    return found;
  }

  /** The `Depends` and `Pre-Depends` of a package. */
  needs(found: DpkgPackage): readonly Alternatives[] {
    return [...parseRelations(found.preDepends), ...parseRelations(found.depends)];
  }

  #add(name: string, provider: Provider): void {
    const providers = this.#byName.get(name);
    if (providers === undefined) this.#byName.set(name, [provider]);
    else providers.push(provider);
  }

  #matches({ provider, version }: Provider, relation: Relation, dependent: DpkgPackage): boolean {
    if (!this.#archMatches(provider, relation, dependent)) return false;
    if (relation.operator === null) return true;
    return version !== null && versionSatisfies(version, relation.operator, relation.version);
  }

  /**
   * Multi-Arch, as apt 2.6 resolves it: `foreign` serves every architecture, `:any` asks for one that is `allowed`.
   * (dpkg's `archsatisfied` differs in that a named architecture is not served by `foreign`.)
   */
  #archMatches(provider: DpkgPackage, relation: Relation, dependent: DpkgPackage): boolean {
    if (relation.arch === "any") return provider.multiArch === "allowed";
    if (provider.multiArch === "foreign") return true;
    const wanted = relation.arch === null ? this.archOf(dependent) : this.#qualifierArch(relation.arch);
    return this.archOf(provider) === wanted;
  }

  #qualifierArch(qualifier: string): string {
    return qualifier === "native" || qualifier === "all" ? this.nativeArch : qualifier;
  }
}

/**
 * The architecture that dpkg itself runs as: the first line of `var/lib/dpkg/arch` where that exists (dpkg writes it once
 * a foreign one is added), else that of dpkg or of most packages.
 */
export function nativeArchOf(packages: readonly DpkgPackage[], archFile: string | null): string {
  const first = archFile?.split("\n", 1)[0]?.trim();
  if (first) return first;
  const own = packages.find(({ name, arch }) => name === "dpkg" && arch !== "all");
  if (own !== undefined) return own.arch;
  const counts = new Map<string, number>();
  for (const { arch } of packages) if (arch !== "all") counts.set(arch, (counts.get(arch) ?? 0) + 1);
  let best = "";
  for (const [arch, count] of counts) if (best === "" || count > (counts.get(best) ?? 0)) best = arch;
  return best;
}
