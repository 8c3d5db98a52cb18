import { withFlag } from "../../build/shell-calls.ts";
import { parentPath } from "../../image-path.ts";
import { isObject } from "../../oci/json.ts";
import { composerDatabase } from "../../package-db/composer.ts";
import { readJson } from "../../package-db/manifest-text.ts";
import type { ViewedFile } from "../../package-db/package-db.ts";
import { TroubleList } from "../../package-db/trouble-list.ts";
import { FATE } from "../../tree/fate.ts";
import type { Facts } from "../facts.ts";
import { byLayer, isEditable } from "../fix/leave-out.ts";
import { keyOf } from "../path-rule.ts";
import type { Draft, Fix, Rule, StoredFile } from "../rule.ts";

const INSTALLED = "/composer/installed.json";

/** Names of the packages that only `require-dev` asked for (composer 2). */
function devPackages(file: ViewedFile): readonly string[] {
  const value = readJson(file, new TroubleList());
  const names = isObject(value) ? value["dev-package-names"] : null;
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

function devFiles(facts: Facts): readonly StoredFile[] {
  const manifests = facts.ledger.attribution.packages.finalViews.get(composerDatabase)?.files ?? [];
  return manifests
    .filter(({ path }) => path.endsWith(INSTALLED))
    .flatMap((manifest) => {
      const vendor = `${parentPath(parentPath(manifest.path))}/`;
      return devPackages(manifest).flatMap((name) =>
        facts
          .ownedBy(`composer/${name.toLowerCase()}`)
          .filter(({ path, fate, inBase }) => fate === FATE.live && !inBase && path.startsWith(vendor)),
      );
    });
}

/** Whether a step, or one after it, runs programs that packages brought. */
function usesPrograms(facts: Facts, from: number): boolean {
  return facts.build.steps.some(
    ({ step, instruction: { verb, text } }) => step >= from && verb === "RUN" && text.includes("vendor/bin/"),
  );
}

function fixOf(facts: Facts, layer: number, files: readonly StoredFile[]): Fix {
  const step = facts.stepOf(layer);
  const edits =
    step === null || step.script === null || !isEditable(step) || usesPrograms(facts, step.step)
      ? null
      : withFlag(step.script, {
          programs: ["composer", "composer.phar"],
          subcommands: ["install", "update"],
          flag: "--no-dev",
        });
  return {
    kind: edits === null ? "none" : "edit-run",
    text: "Install without them: composer install --no-dev. Tests can run in a stage of their own.",
    image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
    build: edits === null || step === null ? [] : [{ kind: "edit-run", step: step.step, edits }],
    assumes: ["The container runs no tests and no other tool out of require-dev."],
  };
}

/** Packages that a project asks for to develop it. */
export const composerDev: Rule = {
  id: "composer-dev",
  title: "Composer packages for development",
  about:
    "Packages that vendor/composer/installed.json says only require-dev asked for: test frameworks, analysers, debug bars. The " +
    "application does not load them.",
  severity: "warn",
  confidence: "medium",
  related: [],
  *find(facts): Iterable<Draft> {
    for (const [layer, files] of byLayer(devFiles(facts)))
      yield {
        title: "Composer packages for development stay in the image",
        key: keyOf(facts, layer),
        paths: files.map(({ path }) => path),
        layers: [layer],
        // The autoloader and the list of packages shrink too.
        exact: false,
        fix: fixOf(facts, layer, files),
      };
  },
};
