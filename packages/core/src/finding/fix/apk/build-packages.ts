import type { BuildStep } from "../../../build/build.ts";
import type { ShellEdit } from "../../../build/edit-shell.ts";
import { categoryOfPackage } from "../../../category/categorize.ts";
import type { ApkCommand, ApkWord } from "../../../manager/apk-command.ts";
import { type ApkStep, apkSteps } from "../../../manager/apk-steps.ts";
import { type AskedPackage, askedPackages } from "../../../manager/asked-packages.ts";
import type { FoundPackage } from "../../../package-db/package-db.ts";
import { apkPackages } from "../../facts/apk-packages.ts";
import type { Facts } from "../../facts.ts";
import type { Draft, Fix } from "../../rule.ts";
import { buildPackagesTitle } from "../build-packages-title.ts";
import { joinSteps } from "../join-steps.ts";
import { lastStepThatMayNeed } from "../last-needing-step.ts";
import { type DroppedPackages, dropPackages, unusedName } from "./drop-packages.ts";

/** What packages for building are told by. */
export type BuildPackageKind = "virtual" | "toolchain" | "headers";

/** A package that is there for building, and was asked for. */
interface Root {
  readonly kind: BuildPackageKind;
  readonly name: string;
  /** The layer that brought it. */
  readonly layer: number;
}

/** The most telling first. */
const KINDS: readonly BuildPackageKind[] = ["virtual", "toolchain", "headers"];

/** The one command that asked for a root. */
interface Asked {
  readonly root: Root;
  readonly step: BuildStep;
  readonly command: ApkCommand;
  readonly word: ApkWord | null;
}

/** Names that people give to packages which they mean to delete again (docker-library and its like). */
const BUILD_NAME = /^\.?(?:build|builddep|fetch|make|compile|dev|phpize|gyp|native|tmp|temp)|build-?dep/;
const RUN_NAME = /run-?(?:time-?)?dep|persistent-?dep/;

function isToolchain(name: string): boolean {
  return categoryOfPackage(`apk/${name}`) === "build-toolchain";
}

function isHeaders(name: string): boolean {
  return categoryOfPackage(`apk/${name}`) === "headers-static-libs";
}

function kindOf({ name, virtual, explicit, requires }: FoundPackage): BuildPackageKind | null {
  if (explicit !== true) return null;
  if (virtual !== true) return isToolchain(name) ? "toolchain" : isHeaders(name) ? "headers" : null;
  if (BUILD_NAME.test(name)) return "virtual";
  const brings = requires.map((key) => key.slice(key.indexOf("/") + 1));
  return !RUN_NAME.test(name) && brings.some(isToolchain) ? "virtual" : null;
}

/**
 * Packages that are there for building and are not needed to run: one draft for all that were asked for on top of the
 * base, since what goes with one is held by another, and one for those of the base. Each is the affair of the rule for
 * the first kind that occurs.
 */
export function* buildPackagesLeft(facts: Facts, kind: BuildPackageKind): Generator<Draft, void, undefined> {
  const roots = [...apkPackages(facts).final.values()].flatMap((found): Root[] => {
    const own = kindOf(found);
    return own === null ? [] : [{ kind: own, name: found.name, layer: layerOf(facts, found.name) }];
  });
  const base = facts.ledger.attribution.base.layers;
  for (const group of [roots.filter(({ layer }) => layer >= base), roots.filter(({ layer }) => layer < base)]) {
    const first = KINDS.find((one) => group.some((root) => root.kind === one));
    if (first === kind) yield* draftOf(facts, group);
  }
}

/** What stays may need more of what was to go; real images are done after one round. */
const MAX_ROUNDS = 8;

function layerOf({ ledger }: Facts, name: string): number {
  return ledger.attribution.packages.records.get(`apk/${name}`)?.layer ?? 0;
}

function* draftOf(facts: Facts, roots: readonly Root[]): Generator<Draft, void, undefined> {
  const layers = [...new Set(roots.map(({ layer }) => layer))].sort((a, b) => a - b);
  const layer = layers[0] as number;
  const keeper = unusedName(facts, ".run-deps");
  const drop = (some: readonly Root[]) => dropPackages(facts, { names: some.map(({ name }) => name), layer, keeper });
  let remaining = roots;
  let dropped = drop(remaining);
  // What a program calls by its name at run time was not for building only.
  for (let round = 0; !("refusal" in dropped) && dropped.needed.length > 0; round++) {
    const needed = new Set(dropped.needed);
    remaining = remaining.filter(({ name }) => !needed.has(name));
    if (remaining.length === 0 || round === MAX_ROUNDS) return;
    dropped = drop(remaining);
  }
  const names = remaining.map(({ name }) => name);
  const draft = { key: names.join(" "), layers };
  if ("refusal" in dropped) {
    const text = `apk would refuse to delete them: ${dropped.refusal}`;
    const fix: Fix = { kind: "none", text, image: [], build: [], assumes: [] };
    yield { ...draft, title: buildPackagesTitle(names, 0), paths: [], fix };
    return;
  }
  const files = dropped.freed.flatMap((name) => facts.ownedBy(`apk/${name}`));
  if (files.length === 0) return;
  const fix = fixOf(facts, remaining, dropped);
  const exact = fix.build.length > 0;
  const brought = dropped.freed.filter((name) => !names.includes(name)).length;
  yield { ...draft, title: buildPackagesTitle(names, brought), paths: files.map(({ path }) => path), exact, fix };
}

/** The one command that asked for a root; null where none or several did. */
function askedFor(root: Root, steps: readonly ApkStep[], packages: ReadonlyMap<string, AskedPackage>): Asked | null {
  if (root.kind !== "virtual") {
    const asked = packages.get(root.name);
    return asked === undefined ? null : { ...asked, root };
  }
  const found = steps.flatMap(({ step, commands }) =>
    commands
      .filter(({ virtual }) => virtual === root.name)
      .map((command): Asked => ({ root, step, command, word: null })),
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** Names come from the image, and no image is to write commands into a Dockerfile. */
function isPlainWord(word: string): boolean {
  return /^[\w.:/+~-]{1,256}$/.test(word);
}

function fixOf(facts: Facts, roots: readonly Root[], dropped: DroppedPackages): Fix {
  const steps = apkSteps(facts);
  const packages = askedPackages(steps);
  const asked = roots.flatMap((root) => askedFor(root, steps, packages) ?? []);
  const { image, keep, keeper, uncertain } = dropped;
  const assumes = [
    "Nothing that runs in the container starts a program of the removed packages, or loads a library of theirs by a name that no binary lists.",
    ...uncertain,
  ];
  const isPlain = [...keep, ...virtualsOf(roots)].every(isPlainWord);
  const keeping =
    keeper === null || !isPlain ? "" : ` What programs need at run time stays by ${keepCommand(keeper, keep)}.`;
  const manual = (text: string): Fix => ({ kind: "none", text: `${text}${keeping}`, image, build: [], assumes });
  if (roots.some(({ layer }) => layer < facts.ledger.attribution.base.layers))
    return manual("They come with the base image: only another base is without them.");
  const open = asked.some(({ command }) => !command.always);
  if (asked.length < roots.length || open || !isPlain) {
    return manual(
      "Add them with apk add --virtual .build-deps, and delete them in the same RUN: apk del --no-network .build-deps.",
    );
  }
  const first = Math.min(...asked.map(({ step }) => step.step));
  const freed = dropped.freed.map((name) => `apk/${name}`);
  const last = lastStepThatMayNeed(facts, Math.max(...asked.map(({ step }) => step.step)), freed);
  const from = facts.build.steps.find(({ step }) => step === first);
  const to = facts.build.steps.find(({ step }) => step === last);
  const { virtuals, edits } = groupAdds(facts, asked);
  const commands = [
    ...(keeper === null ? [] : [keepCommand(keeper, keep)]),
    `apk del --no-network ${virtuals.join(" ")}`,
  ];
  const join = first === last ? { image: [], build: [] } : joinSteps(facts, from?.layer ?? -1, to?.layer ?? -1);
  const text = `Delete them in the RUN that needs them last: ${commands.join(" && ")}.`;
  if (join === null) return manual(`${text} The RUNs up to there cannot be joined without changing what they do.`);
  const appended = commands.map((command): ShellEdit => ({ kind: "append", text: command }));
  const byStep = new Map([...edits, [last, [...(edits.get(last) ?? []), ...appended]] as const]);
  return {
    kind: first === last ? "edit-run" : "join-runs",
    text: first === last ? text : `Join the RUNs that add and use them, and there: ${commands.join(" && ")}.`,
    image: [...image, ...join.image],
    build: [...[...byStep].map(([step, own]) => ({ kind: "edit-run" as const, step, edits: own })), ...join.build],
    assumes,
  };
}

function virtualsOf(roots: readonly Root[]): string[] {
  return roots.flatMap(({ kind, name }) => (kind === "virtual" ? [name] : []));
}

function keepCommand(keeper: string, keep: readonly string[]): string {
  return `apk add --no-cache --virtual ${keeper} ${keep.join(" ")}`;
}

interface GroupedAdds {
  /** What is to be deleted in the end. */
  readonly virtuals: readonly string[];
  /** Edits by step, that make each `apk add` of such packages one of a virtual package. */
  readonly edits: ReadonlyMap<number, readonly ShellEdit[]>;
}

function groupAdds(facts: Facts, asked: readonly Asked[]): GroupedAdds {
  const virtuals = virtualsOf(asked.map(({ root }) => root));
  const edits = new Map<number, ShellEdit[]>();
  const commands = new Map<ApkCommand, Asked[]>();
  for (const one of asked) {
    if (one.word === null) continue;
    const own = commands.get(one.command);
    if (own === undefined) commands.set(one.command, [one]);
    else own.push(one);
  }
  let count = 0;
  for (const [command, own] of commands) {
    const [{ step }] = own as [Asked, ...Asked[]];
    count++;
    const name = unusedName(facts, count === 1 ? ".build-deps" : `.build-deps-${count}`);
    virtuals.push(name);
    edits.set(step.step, [...(edits.get(step.step) ?? []), ...virtualEdits(step, command, own, name)]);
  }
  return { virtuals, edits };
}

function virtualEdits(step: BuildStep, command: ApkCommand, asked: readonly Asked[], name: string): ShellEdit[] {
  const words = asked.flatMap(({ word }) => (word === null ? [] : [word.index])).sort((a, b) => a - b);
  if (!command.isOpen && words.length === command.names.length) {
    return [{ kind: "insert-words", command: command.command, at: words[0] ?? 0, words: ["--virtual", name] }];
  }
  const { script } = step;
  const shell = script?.commands[command.command];
  if (script === null || shell === undefined) return [];
  // The options that the other packages are added with: another repository may be among them.
  const names = new Set(command.names.map(({ index }) => index));
  const written = (index: number): string => script.text.slice(shell.wordStarts[index], shell.wordEnds[index]);
  const options = shell.words.flatMap((word, index) => (word === null || names.has(index) ? [] : [written(index)]));
  const text = ["apk", ...options, "--virtual", name, ...words.map(written)].join(" ");
  return [
    { kind: "drop-words", command: command.command, words },
    { kind: "insert-before", command: command.command, text },
  ];
}
