import type { ShellEdit } from "../../build/edit-shell.ts";
import { findAsked, packageSteps } from "../../manager/package-call.ts";
import { DNF } from "../../manager/package-manager.ts";
import { plainName } from "../../manager/plain-name.ts";
import { languagesOf } from "../facts/locale-settings.ts";
import type { Facts } from "../facts.ts";
import { isEditableRun } from "../fix/join-steps.ts";
import { installedPackages, withoutPackages } from "../fix/os-packages/drop-packages.ts";
import type { Fix, Rule } from "../rule.ts";

const ALL = "glibc-all-langpacks";
const ONE = /^(?:glibc-langpack|langpacks(?:-core)?(?:-font)?)-([a-z]{2,3})(?:_[A-Z]+)?$/;

/** glibc's locales of languages that the image's settings do not ask for. */
export const rpmLangpacks: Rule = {
  id: "rpm-langpacks",
  title: "locales of languages that are not set",
  about:
    "glibc-all-langpacks holds the locales of every language, more than 200 MB; glibc-langpack-XX those of one. A container whose " +
    "environment asks for none (LANG, LC_*) uses C.UTF-8, which glibc-minimal-langpack has. It is no waste where programs " +
    "choose languages on their own.",
  severity: "warn",
  confidence: "medium",
  related: [],
  *find(facts) {
    const languages = languagesOf(facts);
    const unused = installedPackages(facts, DNF).filter(({ key }) => isUnused(plainName(key), languages));
    if (unused.length === 0) return;
    const names = unused.map(({ key }) => plainName(key)).sort();
    const layers = [...new Set(unused.map(({ layer }) => layer))].sort((a, b) => a - b);
    yield {
      title: `Locales that the environment does not ask for: ${names.join(", ")}`,
      key: names.join(" "),
      paths: unused.flatMap(({ key }) => facts.ownedBy(key).map(({ path }) => path)),
      layers,
      exact: false,
      fix: fixOf(facts, names, layers[0] as number, languages),
    };
  },
};

function isUnused(name: string, languages: readonly string[]): boolean {
  // One of all languages is what they can be told apart by no package for.
  if (name === ALL) return true;
  const language = ONE.exec(name)?.[1];
  return language !== undefined && !languages.includes(language);
}

function fixOf(facts: Facts, names: readonly string[], layer: number, languages: readonly string[]): Fix {
  const wanted =
    languages.length === 0 ? ["glibc-minimal-langpack"] : languages.map((code) => `glibc-langpack-${code}`);
  const image = withoutPackages(
    facts,
    DNF,
    names.map((name) => `rpm/${name}`),
    layer,
  );
  const assumes = ["No program chooses a language on its own."];
  const text = `Install ${wanted.join(" and ")} in their place.`;
  const steps = packageSteps(facts, DNF);
  const asked = names.flatMap((name) => findAsked(name, steps, DNF) ?? []);
  const editable = asked.length === names.length && asked.every(({ step }) => isEditableRun(step));
  if (!editable || layer < facts.ledger.attribution.base.layers)
    return { kind: "none", text, image, build: [], assumes };
  // What takes their place comes along with none of their bytes where the base has it.
  const isThere = installedPackages(facts, DNF).some(({ key }) => wanted.includes(plainName(key)));
  if (!isThere) return { kind: "none", text, image, build: [], assumes };
  const commands = new Map(asked.map(({ step, call }) => [call, step]));
  return {
    kind: "edit-run",
    text,
    image,
    build: [...commands].map(([call, step]) => {
      const words = call.packages.filter(({ name }) => names.includes(name)).map(({ index }) => index);
      const isAll = words.length === call.packages.length && !call.isOpen;
      const edits: ShellEdit[] = isAll
        ? [
            { kind: "insert-words", command: call.command, at: words[0] ?? 0, words: wanted },
            { kind: "drop-words", command: call.command, words },
          ]
        : [{ kind: "drop-words", command: call.command, words }];
      return { kind: "edit-run" as const, step: step.step, edits };
    }),
    assumes,
  };
}
