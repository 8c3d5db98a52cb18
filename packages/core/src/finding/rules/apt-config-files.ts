import type { ShellEdit } from "../../build/edit-shell.ts";
import { type PackageCall, type PackageStep, packageSteps } from "../../manager/package-call.ts";
import { APT } from "../../manager/package-manager.ts";
import { readDatabase } from "../../package-db/dpkg/database.ts";
import { dpkgDatabase } from "../../package-db/dpkg/dpkg-db.ts";
import { packageNames } from "../../package-db/dpkg/package-names.ts";
import type { Facts } from "../facts.ts";
import { isEditableRun } from "../fix/join-steps.ts";
import { withoutPackages } from "../fix/os-packages/drop-packages.ts";
import type { Fix, Rule } from "../rule.ts";

/** What packages left that were removed and not purged. */
export const aptConfigFiles: Rule = {
  id: "apt-config-files",
  title: "configuration of packages that were removed",
  about:
    "apt-get remove leaves a package's configuration, its scripts and its paragraph of the database, in the state " +
    "'deinstall ok config-files'. purge takes them too. It is no waste where the package is to be installed again.",
  severity: "info",
  confidence: "high",
  related: [],
  *find(facts) {
    const base = facts.ledger.attribution.base.layers;
    const { records } = facts.ledger.attribution.packages;
    const keys = removedPackages(facts).filter((key) => (records.get(key)?.layer ?? 0) >= base);
    if (keys.length === 0) return;
    const names = keys.map((key) => key.slice("deb/".length)).sort();
    const steps = packageSteps(facts, APT);
    const step = steps.findLast(({ calls }) => calls.some(isRemoval));
    const layer = step?.step.layer ?? Math.min(...keys.map((key) => records.get(key)?.layer ?? 0));
    const shown = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
    yield {
      title: `Removed but not purged: ${shown}`,
      key: names.join(" "),
      paths: keys.flatMap((key) => facts.ownedBy(key).filter((file) => file.layer >= layer)).map(({ path }) => path),
      layers: [layer],
      exact: false,
      fix: fixOf(facts, keys, layer, step ?? null),
    };
  },
};

/** Keys of packages in the state `config-files`. */
function removedPackages({ ledger }: Facts): readonly string[] {
  const view = ledger.attribution.packages.finalViews.get(dpkgDatabase);
  if (view === undefined) return [];
  const all = readDatabase(view).packages.map(({ found }) => found);
  const nameOf = packageNames(all);
  return all.filter(({ state }) => state === "config-files").map((found) => `deb/${nameOf(found)}`);
}

/** Takes packages away and leaves their configuration. */
function isRemoval({ subcommand, words }: PackageCall): boolean {
  return (subcommand === "remove" || subcommand === "autoremove") && !words.includes("--purge");
}

function fixOf(facts: Facts, keys: readonly string[], layer: number, removal: PackageStep | null): Fix {
  const image = withoutPackages(facts, APT, keys, layer);
  const text = "Remove them with apt-get purge, or with --purge.";
  if (removal === null || !isEditableRun(removal.step)) return { kind: "none", text, image, build: [], assumes: [] };
  const edits = removal.calls.filter(isRemoval).map(
    ({ command, subcommandIndex }): ShellEdit => ({
      kind: "insert-words",
      command,
      at: subcommandIndex + 1,
      words: ["--purge"],
    }),
  );
  return {
    kind: "edit-run",
    text,
    image,
    build: [{ kind: "edit-run", step: removal.step.step, edits }],
    assumes: ["Nothing uses the configuration of a package that is removed."],
  };
}
