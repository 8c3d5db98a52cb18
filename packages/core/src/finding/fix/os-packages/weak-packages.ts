import type { BuildStep } from "../../../build/build.ts";
import type { ShellEdit } from "../../../build/edit-shell.ts";
import { categoryOfPackage } from "../../../category/categorize.ts";
import { baseName } from "../../../image-path.ts";
import { type PackageCall, packageSteps } from "../../../manager/package-call.ts";
import type { PackageManager } from "../../../manager/package-manager.ts";
import { plainName } from "../../../manager/plain-name.ts";
import type { PackageRecord } from "../../../package-db/package-history.ts";
import type { Facts } from "../../facts.ts";
import type { Draft, Fix } from "../../rule.ts";
import { isEditableRun } from "../join-steps.ts";
import { installedPackages, neededOf, withoutPackages } from "./drop-packages.ts";

/** How a package manager is told to bring only what is required. */
export interface RequiredOnly {
  readonly manager: PackageManager;
  /** The option, as one word. */
  readonly option: string;
  /** Whether a call has it already, in whatever spelling. */
  readonly isGiven: (call: PackageCall) => boolean;
  /** The finding's sentence, without the packages' names. */
  readonly sentence: string;
}

/** Packages that programs use without naming them in any way that can be seen: certificates, time zones, plug-ins. */
const USED_UNSEEN = [
  /^(?:ca-certificates|tzdata|lib(?:nss|pam|sasl2-modules|gssapi|gl1-mesa)|python3?-|perl-|fonts-|crypto-policies)/,
  /^(?:netbase|setup|media-types|mime-support|krb5-locales)$/,
  /-(?:nss|plugin|modules)/,
  /-fonts?$/,
];
const DEVELOPMENT = /-(?:dev|devel|doc|docs|dbg)$/;

function isUsedUnseen(name: string): boolean {
  if (DEVELOPMENT.test(name)) return false;
  return (
    USED_UNSEEN.some((pattern) => pattern.test(name)) ||
    (name.startsWith("lib") && name.endsWith("-perl") && name.length > "lib-perl".length) ||
    (name.startsWith("php") && name.includes("-")) ||
    (name.startsWith("glibc-") && name.includes("langpack"))
  );
}

/** Programs that compile what they install where a compiler is at hand, and may fail where none is. */
const MAY_COMPILE = /^(?:pip[\d.]*|python[\d.]*|npm|yarn|pnpm|gem|bundle|cpanm?|cargo|make|cmake|phpize|pecl|\.\/.*)$/;

/** Each round may bring up needs of what the round before kept. */
const MAX_ROUNDS = 8;

interface Weak {
  readonly records: readonly PackageRecord[];
  /** What has to be asked for by name instead. */
  readonly keep: readonly PackageRecord[];
  readonly uncertain: readonly string[];
}

/** Packages on top of the base that came along because others recommend them, and that nothing requires. */
export function* weakPackages(facts: Facts, how: RequiredOnly): Generator<Draft, void, undefined> {
  const steps = packageSteps(facts, how.manager);
  const open = new Map(
    steps.flatMap(({ step, calls }) => {
      const own = calls.filter((call) => how.manager.installs.has(call.subcommand) && !how.isGiven(call));
      return step.layer === null || own.length === 0 ? [] : [[step.layer, { step, calls: own }] as const];
    }),
  );
  if (open.size === 0) return;
  const weak = findWeak(facts, how.manager, new Set(open.keys()));
  if (weak.records.length === 0) return;
  const names = weak.records.map(({ key }) => plainName(key)).sort();
  const layers = [...new Set(weak.records.map(({ layer }) => layer))].sort((a, b) => a - b);
  const own = layers.map((layer) => open.get(layer) as Opened);
  const shown = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const builds = weak.records.some(({ key }) => categoryOfPackage(key) === "build-toolchain");
  yield {
    title: `${how.sentence}: ${shown}`,
    key: names.join(" "),
    paths: weak.records.flatMap(({ key }) => facts.ownedBy(key).map(({ path }) => path)),
    layers,
    exact: false,
    ...(builds && facts.build.steps.some(mayCompile) ? { confidence: "low" as const } : {}),
    fix: fixOf(facts, how, weak, own),
  };
}

interface Opened {
  readonly step: BuildStep;
  readonly calls: readonly PackageCall[];
}

function mayCompile({ script }: BuildStep): boolean {
  return script?.commands.some(({ name }) => name !== null && MAY_COMPILE.test(baseName(name))) ?? false;
}

function findWeak(facts: Facts, manager: PackageManager, layers: ReadonlySet<number>): Weak {
  const installed = installedPackages(facts, manager);
  const byKey = new Map(installed.map((record) => [record.key, record]));
  const orphans = orphansOf(facts, manager);
  const called = calledPrograms(facts);
  const mayGo = (record: PackageRecord): boolean =>
    record.found.explicit === false &&
    record.found.essential !== true &&
    layers.has(record.layer) &&
    !orphans.has(record.key);
  const isUsed = ({ key }: PackageRecord): boolean =>
    isUsedUnseen(plainName(key)) || facts.ownedBy(key).some(({ path }) => called.has(path));
  const roots = installed.filter((record) => !mayGo(record));
  const keep: PackageRecord[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const required = closureOf([...roots, ...keep], byKey);
    const records = installed.filter(({ key }) => !required.has(key));
    const { missed, uncertain, complete } = neededOf(facts, new Set(records.map(({ key }) => key)));
    const more = records.filter((record) => missed.includes(plainName(record.key)) || isUsed(record));
    if (!complete) break;
    if (more.length === 0) return { records, keep, uncertain };
    keep.push(...more);
  }
  return { records: [], keep: [], uncertain: [] };
}

/** What the package manager would remove on its own is waste of another kind. */
function orphansOf(facts: Facts, { database }: PackageManager): ReadonlySet<string> {
  const view = facts.ledger.attribution.packages.finalViews.get(database);
  return new Set(view === undefined ? [] : (database.remove?.(view, []).freed ?? []));
}

/** Packages and all that they require. */
function closureOf(roots: readonly PackageRecord[], byKey: ReadonlyMap<string, PackageRecord>): ReadonlySet<string> {
  const required = new Set(roots.map(({ key }) => key));
  // A Set is iterated over what is added on the way, too.
  for (const key of required) for (const needed of byKey.get(key)?.found.requires ?? []) required.add(needed);
  return required;
}

/** Paths of programs that RUNs call, wherever a program of that name may lie. */
function calledPrograms({ build }: Facts): ReadonlySet<string> {
  const names = build.steps.flatMap(({ script, inBase }) =>
    inBase ? [] : (script?.commands ?? []).flatMap(({ name, words }) => [name, ...words]),
  );
  const programs = names
    .filter((name) => name !== null && /^[\w/.+-]+$/.test(name))
    .map((name) => baseName(name ?? ""));
  return new Set(programs.flatMap((name) => ["bin", "sbin", "usr/bin", "usr/sbin"].map((at) => `${at}/${name}`)));
}

function fixOf(facts: Facts, how: RequiredOnly, { records, keep, uncertain }: Weak, opened: readonly Opened[]): Fix {
  const { manager, option } = how;
  const names = keep.map(({ key }) => plainName(key)).sort();
  const kept = names.length === 0 ? "" : ` What is needed of them is asked for by name: ${names.join(" ")}.`;
  const first = Math.min(...records.map(({ layer }) => layer));
  const editable = opened.every(({ step, calls }) => isEditableRun(step) && calls.every(({ isWrapped }) => !isWrapped));
  return {
    kind: editable ? "edit-run" : "none",
    text: `Install with ${option}.${kept}`,
    image: withoutPackages(
      facts,
      manager,
      records.map(({ key }) => key),
      first,
      names,
    ),
    build: editable ? opened.map((one) => editOf(one, option, keep)) : [],
    assumes: [
      "Nothing that runs in the container uses a recommended package in a way that no binary, script or command of the image shows.",
      ...uncertain,
    ],
  };
}

/** The option for each call that lacks it; packages that have to stay are asked for by the last of them. */
function editOf({ step, calls }: Opened, option: string, keep: readonly PackageRecord[]) {
  const own = keep.filter(({ layer }) => layer === step.layer).map(({ key }) => plainName(key));
  const edits = calls.map(
    ({ command, subcommandIndex }): ShellEdit => ({
      kind: "insert-words",
      command,
      at: subcommandIndex + 1,
      words: [option],
    }),
  );
  const last = calls.at(-1);
  const added: ShellEdit[] =
    own.length === 0 || last === undefined
      ? []
      : [{ kind: "insert-words", command: last.command, at: endOf(step, last), words: own.sort() }];
  return { kind: "edit-run" as const, step: step.step, edits: [...edits, ...added] };
}

function endOf({ script }: BuildStep, { command }: PackageCall): number {
  return script?.commands[command]?.words.length ?? 0;
}
