import type { BuildStep } from "../../build/build.ts";
import { packageCalls } from "../../manager/package-call.ts";
import { APT } from "../../manager/package-manager.ts";
import { FATE } from "../../tree/fate.ts";
import { deadGroups } from "../facts/dead-files.ts";
import type { Facts } from "../facts.ts";
import { joinSteps } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule, StoredFile } from "../rule.ts";

const CLEANS = new Set(["clean", "autoclean", "distclean"]);
const CACHES = /^\/?var\/(?:lib\/apt\/lists|cache\/apt)\b/;

/** What apt brought in one RUN and another takes away. */
export const aptSplitPurge: Rule = {
  id: "apt-split-purge",
  title: "packages or lists of apt removed in another RUN",
  about:
    "apt-get purge, autoremove, clean or rm -rf /var/lib/apt/lists/* in a RUN of its own frees nothing: the layer below still " +
    "stores what is removed, and the package database is stored once more. Fetching, installing, using and removing belong into " +
    "one RUN.",
  severity: "error",
  confidence: "high",
  related: ["hadolint DL3009", "hadolint DL3059"],
  *find(facts) {
    for (const step of facts.build.steps) {
      if (step.inBase || step.layer === null || !removes(step)) continue;
      const files = removedBy(facts, step.layer);
      if (files.length === 0) continue;
      const layers = [...new Set(files.map(({ layer }) => layer))].sort((a, b) => a - b);
      const fix = fixOf(facts, files, layers[0] as number, step.layer);
      yield {
        title: `${whatOf(files)} removed in another RUN than the one that brings them, which frees nothing`,
        key: `${keyOf(facts, layers[0] as number)} ${keyOf(facts, step.layer)}`,
        paths: files.map(({ path }) => path),
        layers: [...layers, step.layer],
        fix,
      };
    }
  },
};

/** Whether a RUN calls apt to take packages away, or empties its caches. */
function removes({ script }: BuildStep): boolean {
  if (script === null) return false;
  const calls = packageCalls(script, APT);
  if (calls.some(({ subcommand }) => APT.removes.has(subcommand) || CLEANS.has(subcommand))) return true;
  return script.commands.some(
    ({ name, words }) =>
      (name === "rm" && words.some((word) => word !== null && CACHES.test(word))) ||
      (name === "dpkg" && words.some((word) => word !== null && /^(?:-[rP]|--remove|--purge)$/.test(word))),
  );
}

/** Files that apt brought on top of the base and that a layer takes away. */
function removedBy(facts: Facts, layer: number): StoredFile[] {
  return deadGroups(facts)
    .filter(({ removedIn, fate }) => removedIn === layer && (fate === FATE.deleted || fate === FATE.opaqueHidden))
    .flatMap(({ files }) => files)
    .filter((file) => !file.inBase && (file.owner.startsWith("deb/") || CACHES.test(file.path)));
}

function whatOf(files: readonly StoredFile[]): string {
  const packages = new Set(files.map(({ owner }) => owner).filter((owner) => owner.startsWith("deb/"))).size;
  const count = packages === 1 ? "1 package is" : `${packages} packages are`;
  return packages === 0 ? "Lists and archives of apt are" : count;
}

function fixOf(facts: Facts, files: readonly StoredFile[], from: number, to: number): Fix {
  const joined = joinSteps(facts, from, to);
  const text = "Install, use and remove them in one RUN.";
  if (joined !== null) return { ...joined, text, assumes: [] };
  return {
    kind: "none",
    text: `${text} The RUNs cannot be joined as they are: build in a stage of its own, and copy the result.`,
    image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
    build: [],
    assumes: [],
  };
}
