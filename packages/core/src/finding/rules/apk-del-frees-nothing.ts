import { KIND } from "../../layer/layer-index.ts";
import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { nameOfToken } from "../../manager/apk-command.ts";
import { type ApkStep, apkSteps } from "../../manager/apk-steps.ts";
import type { FoundPackage } from "../../package-db/package-db.ts";
import { apkPackages } from "../facts/apk-packages.ts";
import type { Facts } from "../facts.ts";
import { isEditableRun } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Draft, Fix, Rule } from "../rule.ts";

/** More names than people give to one RUN. */
const MAX_NAMES = 200;

type Packages = ReadonlyMap<string, FoundPackage>;

/** `apk del` of a package that something else needs. */
export const apkDelFreesNothing: Rule = {
  id: "apk-del-frees-nothing",
  title: "apk del that frees nothing",
  about:
    "apk del takes a name out of world, and then removes what world needs no longer. A package that something else needs " +
    "stays, and apk del succeeds all the same. What is to be deleted is what holds it.",
  severity: "warn",
  confidence: "high",
  related: [],
  *find(facts) {
    for (const one of apkSteps(facts)) yield* draftsOf(facts, one);
  },
};

function* draftsOf(facts: Facts, { step, commands }: ApkStep): Generator<Draft, void, undefined> {
  const { layer } = step;
  if (layer === null) return;
  const [before, after] = [apkPackages(facts).after(layer - 1), apkPackages(facts).after(layer)];
  const deleted = commands.flatMap(({ applet, names }) => (applet === "del" ? names.map(({ text }) => text) : []));
  const added = new Set(
    commands.flatMap(({ applet, names }) => (applet === "add" ? names.map(({ text }) => nameOfToken(text)) : [])),
  );
  for (const name of [...new Set(deleted)].slice(0, MAX_NAMES)) {
    if (!before.has(name) || !after.has(name) || added.has(name)) continue;
    const [holder, ...others] = chainTo(name, after);
    const chain = holder === undefined ? "" : `: world → ${[holder, ...others].join(" → ")}`;
    yield {
      title: `apk del ${name} frees nothing${chain}`,
      key: `${name} ${keyOf(facts, layer)}`,
      paths: [],
      layers: [layer],
      fix: fixOf(facts, { step, commands }, name, holder ?? name, sameState(before, after)),
    };
  }
}

function fixOf(facts: Facts, { step, commands }: ApkStep, name: string, holder: string, same: boolean): Fix {
  const text =
    holder === name
      ? `${name} is asked for, and was so again.`
      : `What holds it is ${holder}: delete that, if the container does not need it, or leave ${name} be.`;
  const isAlone = commands.length === 1 && step.script?.commands.length === 1 && isEditableRun(step);
  if (!isAlone || !same || step.layer === null || !storesOnlyState(facts, step.layer))
    return { kind: "none", text, image: [], build: [], assumes: [] };
  return {
    kind: "edit-run",
    text: `${text} The RUN does nothing but store the package database again: leave it out.`,
    image: [{ kind: "drop-layer", layer: step.layer }],
    build: [{ kind: "remove-step", step: step.step }],
    assumes: [],
  };
}

/** The same packages, asked for alike. */
function sameState(before: Packages, after: Packages): boolean {
  return (
    before.size === after.size && [...before].every(([name, { explicit }]) => after.get(name)?.explicit === explicit)
  );
}

function storesOnlyState({ ledger }: Facts, layer: number): boolean {
  const { starts } = ledger.squash;
  const { owners, ownerKeys } = ledger.attribution;
  const { entries } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index;
  for (let i = 0; i < entries.count; i++) {
    if (entries.kinds[i] === KIND.directory) continue;
    if (ownerKeys[owners[(starts[layer] as number) + i] as number] !== PACKAGE_STATE) return false;
  }
  return true;
}

/** A shortest way from what world asks for down to a package; itself alone where world asks for it. */
function chainTo(name: string, packages: Packages): readonly string[] {
  const above = new Map<string, string | null>();
  const queue = [...packages.values()].filter(({ explicit }) => explicit === true).map((found) => found.name);
  for (const root of queue) above.set(root, null);
  for (let i = 0; i < queue.length && !above.has(name); i++) {
    const at = queue[i] as string;
    for (const key of packages.get(at)?.requires ?? []) {
      const needed = key.slice(key.indexOf("/") + 1);
      if (above.has(needed)) continue;
      above.set(needed, at);
      queue.push(needed);
    }
  }
  const chain: string[] = [];
  for (let at: string | null = above.has(name) ? name : null; at !== null; at = above.get(at) ?? null)
    chain.unshift(at);
  return chain;
}
