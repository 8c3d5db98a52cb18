import type { Removal } from "../package-db.ts";
import type { Dependency } from "./dependency.ts";
import type { Installed } from "./installed.ts";

/**
 * `dnf remove` (dnf 4 and 5, microdnf) with its default `clean_requirements_on_remove=True` and without repositories:
 * 1. the packages named, and all that can no longer have what it requires, go; what the scripts of its installation
 *    required is no matter for that, but counts as required in step 2;
 * 2. of what those had required or recommended goes what was installed as a dependency, unless something that stays
 *    requires, recommends or is supplemented by it (libsolv, `solver_createcleandepsmap`). Where no front end wrote
 *    down reasons, everything counts as asked for, as it does for dnf;
 * 3. dnf refuses if a protected package would go.
 *
 * `rpm -e` frees nothing beside the packages named and refuses where step 1 finds more: that is told in a note.
 */
export interface RemovalSubject {
  readonly installed: Installed;
  /** By place in `installed.packages`. */
  readonly keys: readonly string[];
  /** Asked for, or not known: by place. */
  readonly stays: readonly boolean[];
  /** Names of packages that the front end never removes. */
  readonly isProtected: (name: string) => boolean;
}

/** So many examples of packages are named in a note. */
const EXAMPLES = 5;

export function removePackages(subject: RemovalSubject, names: readonly string[]): Removal {
  const notes: string[] = [];
  const named = findNamed(subject, names, notes);
  const gone = new Set(named);
  const broken = eraseDependents(subject.installed, gone);
  if (subject.installed.exhausted) {
    return { freed: [], refusal: null, notes: [...notes, "the dependencies are too many to be followed"] };
  }
  if (broken.length > 0) {
    const more = broken.length > EXAMPLES ? `, and ${broken.length - EXAMPLES} more` : "";
    notes.push(`rpm -e would refuse: ${broken.slice(0, EXAMPLES).join(", ")}${more}`);
  }
  for (const index of unneeded(subject, gone)) gone.add(index);
  const freed = [...new Set([...gone].map((i) => subject.keys[i] as string))].sort();
  const guarded = [...gone].map((i) => subject.installed.packages[i]?.name ?? "").filter(subject.isProtected);
  if (guarded.length > 0) {
    const which = [...new Set(guarded)].sort().join(", ");
    const refusal = `The operation would result in removing the following protected packages: ${which}`;
    return { freed: [], refusal, notes };
  }
  return { freed, refusal: null, notes };
}

function findNamed({ installed }: RemovalSubject, names: readonly string[], notes: string[]): number[] {
  const places = new Map<string, number[]>();
  installed.packages.forEach(({ name, arch }, i) => {
    // libsolv leaves keys out of the packages.
    if (name === "gpg-pubkey") return;
    for (const text of [name, `${name}.${arch}`]) {
      const list = places.get(text);
      if (list === undefined) places.set(text, [i]);
      else list.push(i);
    }
  });
  return names.flatMap((name) => {
    const found = places.get(name);
    if (found === undefined) notes.push(`No match for argument: ${name}`);
    return found ?? [];
  });
}

/** Adds to `gone` what requires it; returns who needed what, as rpm words it. */
function eraseDependents(installed: Installed, gone: Set<number>): string[] {
  const dependents = new Map<number, [number, Dependency][]>();
  installed.packages.forEach(({ requires }, user) => {
    for (const dependency of requires) {
      // A need that was not met before the removal is no reason to go.
      for (const needed of new Set(installed.satisfiers(dependency, user))) {
        const users = dependents.get(needed) ?? [];
        users.push([user, dependency]);
        dependents.set(needed, users);
      }
    }
  });
  const named = new Set(gone);
  const broken: string[] = [];
  // A Set is iterated over what is added on the way, too.
  for (const index of gone) {
    for (const [user, dependency] of dependents.get(index) ?? []) {
      if (named.has(user) || installed.satisfiers(dependency, user, (i) => !gone.has(i)) !== null) continue;
      const { name, evr, arch } = installed.packages[user] as (typeof installed.packages)[number];
      if (named.has(index)) broken.push(`${describe(dependency)} is needed by (installed) ${name}-${evr}.${arch}`);
      gone.add(user);
    }
  }
  return [...new Set(broken)];
}

const SIGNS: Readonly<Record<number, string>> = { 2: "<", 4: ">", 8: "=", 10: "<=", 12: ">=" };

function describe(dependency: Dependency): string {
  if (dependency.operator !== "single") return "a rich dependency";
  const sign = SIGNS[dependency.flags & 15];
  return sign === undefined ? dependency.name : `${dependency.name} ${sign} ${dependency.version}`;
}

/** What only the gone packages had brought. */
function unneeded({ installed, stays }: RemovalSubject, gone: ReadonlySet<number>): Set<number> {
  const brings = broughtBy(installed);
  const candidates = new Set<number>();
  const queue = new Set(gone);
  for (const index of queue) {
    for (const needed of brings[index] ?? []) {
      if (gone.has(needed) || stays[needed] === true) continue;
      candidates.add(needed);
      queue.add(needed);
    }
  }
  const kept = new Set<number>();
  installed.packages.forEach((_, i) => {
    if (!gone.has(i) && !candidates.has(i)) kept.add(i);
  });
  for (const index of kept) {
    for (const needed of brings[index] ?? []) {
      if (!candidates.delete(needed)) continue;
      kept.add(needed);
    }
  }
  return candidates;
}

/** For each package those that it requires, recommends, or that supplement it. */
function broughtBy(installed: Installed): number[][] {
  const brings: number[][] = installed.packages.map(() => []);
  installed.packages.forEach(({ requires, required, recommends, supplements }, i) => {
    for (const dependency of [...requires, ...required, ...recommends])
      brings[i]?.push(...(installed.satisfiers(dependency, i) ?? []));
    for (const dependency of supplements) {
      for (const supplemented of installed.satisfiers(dependency, i) ?? []) brings[supplemented]?.push(i);
    }
  });
  return brings;
}
