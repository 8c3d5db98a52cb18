import type { ShellEdit } from "../../../build/edit-shell.ts";
import { categoryOfPackage } from "../../../category/categorize.ts";
import type { ImageEdit } from "../../../edit/image-edit.ts";
import { type AskedPackage, findAsked, packageSteps } from "../../../manager/package-call.ts";
import type { PackageManager } from "../../../manager/package-manager.ts";
import { plainName } from "../../../manager/plain-name.ts";
import type { PackageRecord } from "../../../package-db/package-history.ts";
import type { Facts } from "../../facts.ts";
import type { Draft, Fix } from "../../rule.ts";
import { buildPackagesTitle } from "../build-packages-title.ts";
import { isEditableRun, joinSteps } from "../join-steps.ts";
import { lastStepThatMayNeed } from "../last-needing-step.ts";
import { type DroppedPackages, dropPackages, installedPackages, withoutPackages } from "./drop-packages.ts";

/** Tools that people look into a running container with: nothing is built with them. */
const FOR_LOOKING = /^(?:gdb|gdbserver|strace|ltrace|valgrind|patch|m4)\b/;

/** What goes with each is worked out one by one: more than anyone asks for by name. */
const MAX_ROOTS = 64;

function isToolchain({ key }: PackageRecord): boolean {
  return categoryOfPackage(key) === "build-toolchain" && !FOR_LOOKING.test(plainName(key));
}

function isForBuilding(record: PackageRecord): boolean {
  return isToolchain(record) || categoryOfPackage(record.key) === "headers-static-libs";
}

/**
 * Compilers and build tools that were asked for on top of the base, are not needed to run and stay in the image, with the
 * headers asked for beside them: one draft for all, since what goes with one is held by another.
 */
export function* buildPackagesLeft(facts: Facts, manager: PackageManager): Generator<Draft, void, undefined> {
  const base = facts.ledger.attribution.base.layers;
  const installed = installedPackages(facts, manager);
  const own = installed.filter(({ found, layer }) => found.explicit === true && layer >= base);
  const asked = new Set(own.map(({ key }) => key));
  const layers = new Map(own.map(({ key, layer }) => [plainName(key), layer]));
  const candidates = own.filter(isForBuilding);
  if (!candidates.some(isToolchain) || candidates.length > MAX_ROOTS) return;
  let roots = candidates.filter((root) => takesOnly(facts, manager, root, asked));
  for (;;) {
    if (!roots.some(isToolchain)) return;
    const names = roots.map(({ key }) => plainName(key)).sort();
    const dropped = dropPackages(facts, manager, names);
    if ("refusal" in dropped) return;
    if (dropped.needed.length === 0) {
      yield draftOf(facts, manager, names, dropped, layers);
      return;
    }
    // What a program calls by its name at run time was not for building only.
    roots = roots.filter(({ key }) => !dropped.needed.includes(plainName(key)));
  }
}

/** Whether nothing goes with a package that was asked for and is there for something else. */
function takesOnly(facts: Facts, manager: PackageManager, root: PackageRecord, asked: ReadonlySet<string>): boolean {
  const view = facts.ledger.attribution.packages.finalViews.get(manager.database);
  const removal = view && manager.database.remove?.(view, [plainName(root.key)]);
  if (!removal || removal.refusal !== null) return false;
  return removal.freed.every((key) => !asked.has(key) || key === root.key || isBuildKey(key));
}

function isBuildKey(key: string): boolean {
  const category = categoryOfPackage(key);
  return category === "build-toolchain" || category === "headers-static-libs";
}

function draftOf(
  facts: Facts,
  manager: PackageManager,
  names: readonly string[],
  dropped: DroppedPackages,
  layerOf: ReadonlyMap<string, number>,
): Draft {
  const layers = [...new Set(names.map((name) => layerOf.get(name) as number))].sort((a, b) => a - b);
  return {
    title: buildPackagesTitle(names, dropped.freed.filter((key) => !names.includes(plainName(key))).length),
    key: names.join(" "),
    paths: dropped.freed.flatMap((key) => facts.ownedBy(key).map(({ path }) => path)),
    layers,
    exact: false,
    fix: fixOf(facts, manager, names, dropped, layers[0] as number),
  };
}

function fixOf(
  facts: Facts,
  manager: PackageManager,
  names: readonly string[],
  dropped: DroppedPackages,
  layer: number,
): Fix {
  const image = withoutPackages(facts, manager, dropped.freed, layer, dropped.keep);
  const assumes = [
    "Nothing that runs in the container starts a program of the removed packages, or loads a library of theirs by a name that no binary lists.",
    ...dropped.uncertain,
  ];
  const steps = packageSteps(facts, manager);
  const asked = names.flatMap((name) => findAsked(name, steps, manager) ?? []);
  const program = asked[0]?.call.program ?? manager.programs[0] ?? "";
  const commands = manager.removal(facts, program, names, dropped.keep);
  const shown = commands?.join(" && ") ?? "a stage of its own that compiles, from which the result is copied";
  const manual = (why: string): Fix => {
    const text = `Remove them in the RUN that needs them last: ${shown}.${why}`;
    return { kind: "none", text, image, build: [], assumes };
  };
  const isPlain = asked.every(({ step, call }) => call.always && !call.isWrapped && isEditableRun(step));
  if (commands === null || asked.length < names.length || !isPlain) return manual("");
  const placed = placeOf(facts, asked, dropped);
  if (placed === null) return manual(" The RUNs up to there cannot be joined without changing what they do.");
  const all = [...commands, ...(manager.traces === null ? [] : [manager.traces.command])];
  const edits = all.map((text): ShellEdit => ({ kind: "append", text }));
  return {
    kind: placed.join.build.length === 0 ? "edit-run" : "join-runs",
    text:
      placed.join.build.length === 0
        ? `Remove them in the RUN that needs them last: ${shown}.`
        : `Join the RUNs that add and use them, and there: ${shown}.`,
    image: [...image, ...withoutTraces(facts, manager, asked, placed.last), ...placed.join.image],
    build: [{ kind: "edit-run", step: placed.last, edits }, ...placed.join.build],
    assumes,
  };
}

/** What the removal itself writes, as the steps up to it store it. */
function withoutTraces(
  facts: Facts,
  { traces }: PackageManager,
  asked: readonly AskedPackage[],
  last: number,
): readonly ImageEdit[] {
  if (traces === null) return [];
  const first = Math.min(...asked.map(({ step }) => step.step));
  const layers = new Set(
    facts.build.steps.filter(({ step }) => step >= first && step <= last).map(({ layer }) => layer),
  );
  const instances = [...facts.instances].filter((instance) => {
    const { layer, path } = facts.file(instance);
    return layers.has(layer) && traces.paths.test(path);
  });
  return [{ kind: "omit", instances }];
}

/** The last step that may need packages, and what joins it with those that asked for them; null where nothing can. */
function placeOf(facts: Facts, asked: readonly AskedPackage[], { freed }: DroppedPackages) {
  const own = asked.map(({ step }) => step.step);
  const last = lastStepThatMayNeed(facts, Math.max(...own), freed);
  const join = joinOf(facts, Math.min(...own), last);
  return join === null ? null : { last, join };
}

/** What makes one RUN of all from a step to another; nothing to do where they are the same. */
export function joinOf(facts: Facts, first: number, last: number): Pick<Fix, "image" | "build"> | null {
  if (first === last) return { image: [], build: [] };
  const layerOf = (wanted: number): number => facts.build.steps.find(({ step }) => step === wanted)?.layer ?? -1;
  return joinSteps(facts, layerOf(first), layerOf(last));
}
