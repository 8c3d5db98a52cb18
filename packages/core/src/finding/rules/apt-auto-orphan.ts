import type { ShellEdit } from "../../build/edit-shell.ts";
import { type PackageStep, packageSteps } from "../../manager/package-call.ts";
import { APT } from "../../manager/package-manager.ts";
import { plainName } from "../../manager/plain-name.ts";
import type { Facts } from "../facts.ts";
import { isEditableRun } from "../fix/join-steps.ts";
import { joinOf } from "../fix/os-packages/build-packages.ts";
import { dropPackages, installedPackages, withoutPackages } from "../fix/os-packages/drop-packages.ts";
import type { Fix, Rule } from "../rule.ts";

/** Packages that apt brought for others that are gone. */
export const aptAutoOrphan: Rule = {
  id: "apt-auto-orphan",
  title: "packages that nothing needs any more",
  about:
    "apt brought packages on its own because others needed them. Those were removed without --auto-remove, and what they " +
    "brought stays: nobody asked for it and nothing needs it. Libraries that a program of yours needs are kept.",
  severity: "warn",
  confidence: "high",
  related: [],
  *find(facts) {
    const base = facts.ledger.attribution.base.layers;
    const dropped = dropPackages(facts, APT, []);
    if ("refusal" in dropped) return;
    const freed = new Set(dropped.freed);
    const orphans = installedPackages(facts, APT).filter(({ key, layer }) => freed.has(key) && layer >= base);
    if (orphans.length === 0) return;
    const names = orphans.map(({ key }) => plainName(key)).sort();
    const layers = [...new Set(orphans.map(({ layer }) => layer))].sort((a, b) => a - b);
    const shown = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
    yield {
      title: `${shown} ${names.length === 1 ? "is" : "are"} needed by nothing: what brought ${names.length === 1 ? "it" : "them"} is gone`,
      key: names.join(" "),
      paths: orphans.flatMap(({ key }) => facts.ownedBy(key).map(({ path }) => path)),
      layers,
      exact: false,
      fix: fixOf(facts, dropped.freed, dropped.keep, layers),
    };
  },
};

function fixOf(facts: Facts, freed: readonly string[], keep: readonly string[], layers: readonly number[]): Fix {
  const [layer] = layers as [number, ...number[]];
  const image = withoutPackages(facts, APT, freed, layer, keep);
  const mark = keep.length === 0 ? [] : [`apt-mark manual ${keep.join(" ")}`];
  const command = [...mark, "apt-get autoremove -y --purge"].join(" && ");
  const steps = packageSteps(facts, APT);
  const first = facts.stepOf(layer);
  const removal = steps.findLast(removes) ?? null;
  const last = removal?.step ?? facts.stepOf(layers.at(-1) as number);
  const place = last !== null && layers.every((own) => (last.layer ?? -1) >= own) ? last : null;
  const manual = `Let the RUN that removes what brought them remove them, too: with --auto-remove, or ${command}.`;
  const join = first === null || place === null ? null : joinOf(facts, first.step, place.step);
  if (join === null || place === null || !isEditableRun(place))
    return { kind: "none", text: manual, image, build: [], assumes: [] };
  const isJoined = join.build.length > 0;
  return {
    kind: isJoined ? "join-runs" : "edit-run",
    text: isJoined
      ? `Join the RUNs that bring and remove packages, and remove these, too: with --auto-remove, or ${command}.`
      : manual,
    image: [...image, ...join.image],
    build: [{ kind: "edit-run", step: place.step, edits: editsOf(removal, mark, command) }, ...join.build],
    assumes: ["Nothing that runs in the container loads a library of theirs by a name that no binary lists."],
  };
}

/** With the command that removes packages, so that what cleans up behind it still comes last; else at the end. */
function editsOf(removal: PackageStep | null, mark: readonly string[], command: string): readonly ShellEdit[] {
  const call = removal?.calls.findLast(({ subcommand }) => APT.removes.has(subcommand));
  const given = new Set([...(call?.words ?? []), ...(call?.subcommand === "purge" ? ["--purge"] : [])]);
  const words = ["--purge", "--auto-remove"].filter((word) => !given.has(word));
  if (call === undefined || words.length === 0 || !call.always || call.isWrapped)
    return [{ kind: "append", text: command }];
  return [
    ...mark.map((text): ShellEdit => ({ kind: "insert-before", command: call.command, text })),
    { kind: "insert-words", command: call.command, at: call.subcommandIndex + 1, words },
  ];
}

function removes({ calls }: PackageStep): boolean {
  return calls.some(({ subcommand }) => APT.removes.has(subcommand));
}
