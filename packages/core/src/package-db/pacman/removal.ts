import { type FileView, packageKey, type Removal } from "../package-db.ts";
import { Dependencies } from "./dependencies.ts";
import { type PacmanPackage, readLocalPackages } from "./local-packages.ts";

export const PACMAN_CONFIG = "etc/pacman.conf";

/** What `pacman -Rs --noconfirm NAME…` would free (pacman 6.0). */
export function planRemoval(view: FileView, names: readonly string[]): Removal {
  const { packages } = readLocalPackages(view);
  const byName = new Map(packages.map((found) => [found.name, found]));
  const targets = new Set<PacmanPackage>();
  for (const name of names) {
    const found = byName.get(name);
    if (found === undefined) return refused(`error: target not found: ${name}`);
    targets.add(found);
  }
  const dependencies = new Dependencies(packages);
  const freed = withUnneeded(dependencies, targets);
  const breaks = firstBreak(dependencies, freed);
  if (dependencies.exhausted) return refused("imgweigh: too many providers to follow");
  if (breaks !== null) return refused(breaks);
  const held = heldPackages(view);
  const refusal = [...freed].find(({ name }) => held.has(name));
  if (refusal !== undefined) return refused(`warning: ${refusal.name} is designated as a HoldPkg.`);
  const keys = [...freed].map(({ name }) => packageKey({ ecosystem: "pacman", name }));
  return { freed: keys.sort(), refusal: null, notes: [] };
}

function refused(refusal: string): Removal {
  return { freed: [], refusal, notes: [] };
}

/**
 * libalpm's `_alpm_recursedeps`: all that the targets need, apart from what was asked for by name, is chosen; then what the
 * packages that stay still need is chosen back.
 */
function withUnneeded(dependencies: Dependencies, targets: ReadonlySet<PacmanPackage>): ReadonlySet<PacmanPackage> {
  const keep = new Set(dependencies.packages.filter((found) => !targets.has(found)));
  const remove = new Set<PacmanPackage>();
  for (const target of targets) select(dependencies, keep, remove, target, false);
  for (const kept of keep) {
    if (remove.size === 0) break;
    select(dependencies, remove, keep, kept, true);
  }
  return new Set([...targets, ...remove]);
}

/** Moves what a package needs, and what that needs, from one set to the other. */
function select(
  dependencies: Dependencies,
  from: Set<PacmanPackage>,
  to: Set<PacmanPackage>,
  root: PacmanPackage,
  explicitToo: boolean,
): void {
  const waiting = [root];
  for (let needing = waiting.pop(); needing !== undefined; needing = waiting.pop()) {
    for (const entry of needing.depends) {
      for (const found of dependencies.satisfiers(entry)) {
        if (!from.has(found) || (found.explicit && !explicitToo)) continue;
        from.delete(found);
        to.add(found);
        waiting.push(found);
      }
    }
  }
}

/** The first dependency that was met and would no longer be, in pacman's words. */
function firstBreak(dependencies: Dependencies, freed: ReadonlySet<PacmanPackage>): string | null {
  for (const staying of dependencies.packages) {
    if (freed.has(staying)) continue;
    for (const entry of staying.depends) {
      const satisfiers = [...dependencies.satisfiers(entry)];
      const [first] = satisfiers;
      if (first === undefined || satisfiers.some((found) => !freed.has(found))) continue;
      return `:: removing ${first.name} breaks dependency '${entry}' required by ${staying.name}`;
    }
  }
  return null;
}

/** `HoldPkg` of pacman.conf(5): pacman asks before it removes one, and `--noconfirm` answers no. Patterns are not followed. */
function heldPackages(view: FileView): ReadonlySet<string> {
  const file = view.get(PACMAN_CONFIG);
  const held = new Set<string>();
  if (file === undefined) return held;
  for (const line of Buffer.from(file.content).toString("utf8").split("\n")) {
    const match = /^\s*HoldPkg\s*=(.*)$/.exec(line);
    for (const name of match?.[1]?.trim().split(/\s+/) ?? []) if (name !== "") held.add(name);
  }
  return held;
}
