import type { BuildStep } from "../../../build/build.ts";
import type { BuildEdit } from "../../../build/build-edit.ts";
import type { ShellEdit } from "../../../build/edit-shell.ts";
import type { ImageEdit } from "../../../edit/image-edit.ts";
import { type ApkCommand, nameOfToken } from "../../../manager/apk-command.ts";
import { apkSteps, changesDatabase, readApkCommands } from "../../../manager/apk-steps.ts";
import { type AskedPackage, askedPackages } from "../../../manager/asked-packages.ts";
import { apkPackages } from "../../facts/apk-packages.ts";
import { storedState } from "../../facts/stored-state.ts";
import type { Facts } from "../../facts.ts";
import type { Draft, Fix, Rule } from "../../rule.ts";
import { isEditableRun } from "../join-steps.ts";
import { type DroppedPackages, dropPackages, unusedName } from "./drop-packages.ts";
import { type UnneededKind, unneededKindOf } from "./unneeded-kinds.ts";

/** A rule about packages that no container needs, whatever it does: they are not to be asked for. */
export interface UnneededPackages extends Omit<Rule, "find" | "paths"> {
  readonly id: UnneededKind;
  /** What they are, for the finding's sentence: `Manual pages`. */
  readonly subject: string;
  /** What has to be true for them not to be missed. */
  readonly assumes: string;
}

export function unneededPackages({ subject, assumes, ...rule }: UnneededPackages): Rule {
  return {
    ...rule,
    *find(facts) {
      const { records } = facts.ledger.attribution.packages;
      const layerOf = (name: string): number => records.get(`apk/${name}`)?.layer ?? 0;
      const names = ownRoots(facts, layerOf)
        .filter((root) => root.kind === rule.id)
        .map(({ name }) => name);
      if (names.length === 0) return;
      const isMixed = names.some((name) => unneededKindOf(name) !== rule.id);
      const said = isMixed ? "Packages that nothing in a container uses" : subject;
      yield* draftOf(facts, names, Math.min(...names.map(layerOf)), said, assumes);
    },
  };
}

/**
 * Such packages that were asked for on top of the base, with the rule that speaks of each. Where a command adds nothing
 * else, all that it adds is the affair of one rule: taken out by several, nobody would see that the command can go.
 */
function ownRoots(facts: Facts, layerOf: (name: string) => number): { name: string; kind: UnneededKind }[] {
  const { layers } = facts.ledger.attribution.base;
  const asked = askedPackages(apkSteps(facts));
  return [...apkPackages(facts).final.values()].flatMap(({ name, explicit, virtual }) => {
    const kind = unneededKindOf(name);
    if (kind === null || explicit !== true || virtual === true || layerOf(name) < layers) return [];
    const command = asked.get(name)?.command;
    const kinds = command?.names.map(({ text }) => unneededKindOf(nameOfToken(text))) ?? [null];
    const first = command?.isOpen || kinds.includes(null) ? kind : (kinds.sort()[0] ?? kind);
    return [{ name, kind: first }];
  });
}

function* draftOf(
  facts: Facts,
  asked: readonly string[],
  layer: number,
  subject: string,
  assumes: string,
): Generator<Draft, void, undefined> {
  const drop = (names: readonly string[]) =>
    dropPackages(facts, { names, layer, keeper: unusedName(facts, ".run-deps") });
  const first = drop(asked);
  if ("refusal" in first) return;
  // What something runs was asked for with reason, and so was what it would take to keep it.
  const needed = new Set(first.needed);
  const names = asked.filter((name) => !needed.has(name));
  const dropped = first.needed.length === 0 ? first : drop(names);
  if (names.length === 0 || "refusal" in dropped || dropped.keep.length > 0 || dropped.freed.length === 0) return;
  yield {
    title: `${subject} were asked for: ${names.join(", ")}`,
    key: names.join(" "),
    paths: dropped.freed.flatMap((name) => facts.ownedBy(`apk/${name}`).map(({ path }) => path)),
    layers: [layer],
    fix: fixOf(facts, names, dropped, assumes),
  };
}

function fixOf(facts: Facts, names: readonly string[], { image }: DroppedPackages, assumes: string): Fix {
  const packages = askedPackages(apkSteps(facts));
  const asked = names.flatMap((name) => packages.get(name) ?? []);
  const text = `Do not add ${names.join(", ")}.`;
  const editable = asked.length === names.length && asked.every(({ step }) => isEditableRun(step));
  if (!editable) return { kind: "none", text, image, build: [], assumes: [assumes] };
  const changes = [...byStep(asked)].map(([step, commands]) => changeOf(facts, step, commands));
  return {
    kind: "edit-run",
    text,
    image: [...image, ...changes.flatMap((change) => change.image)],
    build: changes.map(({ build }) => build),
    assumes: [assumes],
  };
}

type Words = ReadonlyMap<ApkCommand, readonly number[]>;

function byStep(asked: readonly AskedPackage[]): ReadonlyMap<BuildStep, Words> {
  const steps = new Map<BuildStep, Map<ApkCommand, number[]>>();
  for (const { step, command, word } of asked) {
    const commands = steps.get(step) ?? new Map<ApkCommand, number[]>();
    steps.set(step, commands);
    commands.set(command, [...(commands.get(command) ?? []), word.index]);
  }
  return steps;
}

interface StepChange {
  readonly image: readonly ImageEdit[];
  readonly build: BuildEdit;
}

/** Without the words; a command that has none left goes, and a RUN without commands. */
function changeOf(facts: Facts, { step, layer, script }: BuildStep, commands: Words): StepChange {
  const dropped = new Set(
    [...commands].flatMap(([command, words]) =>
      !command.isOpen && words.length === command.names.length ? [command.command] : [],
    ),
  );
  if (dropped.size === script?.commands.length) {
    return { image: layer === null ? [] : [{ kind: "drop-layer", layer }], build: { kind: "remove-step", step } };
  }
  const edits = [...commands].map(
    ([{ command }, words]): ShellEdit =>
      dropped.has(command) ? { kind: "drop-command", command } : { kind: "drop-words", command, words },
  );
  const writes = readApkCommands(script).some((command) => changesDatabase(command) && !dropped.has(command.command));
  const image: ImageEdit[] =
    writes || layer === null
      ? []
      : [{ kind: "omit", instances: storedState(facts, layer).map(({ instance }) => instance) }];
  return { image, build: { kind: "edit-run", step, edits } };
}
