import type { BuildStep } from "../../build/build.ts";
import { callsOf, runs, subcommandAt } from "../../build/shell-calls.ts";
import { PLACES } from "../../category/places.ts";
import { runsAbove } from "../fix/runs-above.ts";
import { pathRule } from "../path-rule.ts";

const APT = ["apt", "apt-get", "aptitude"];
const READS_LISTS = new Set([
  "build-dep",
  "dist-upgrade",
  "download",
  "full-upgrade",
  "install",
  "safe-upgrade",
  "satisfy",
  "source",
  "upgrade",
]);

/** Whether a RUN installs from the lists that it finds, fetching none first. */
function needsLists(step: BuildStep): boolean {
  const { script } = step;
  if (script?.complete !== true) return runs(step, APT);
  for (const call of callsOf(script, APT)) {
    const at = subcommandAt(call);
    const subcommand = at === null ? null : call.words[at];
    if (subcommand === "update") return false;
    if (typeof subcommand === "string" && READS_LISTS.has(subcommand)) return true;
  }
  return false;
}

/** /var/lib/apt/lists: what the repositories had when the image was built. */
export const aptLists = pathRule({
  id: "apt-lists",
  title: "package lists of apt",
  about:
    "Package lists that apt-get update downloaded, 20 to 50 MB. They are stale by the time anyone installs from them, and the " +
    "next apt-get update fetches them anyway.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3009"],
  paths: PLACES.aptLists.globs,
  sentence: "Package lists of apt stay in the image",
  remove: (files, facts) => ({
    command: "rm -rf /var/lib/apt/lists/*",
    advice:
      "With BuildKit, RUN --mount=type=cache,target=/var/lib/apt/lists keeps them between builds and out of the image.",
    assumes: [],
    usedBy: files.some(({ layer }) => runsAbove(facts, layer).some(needsLists)) ? APT : [],
    broughtBy: APT,
  }),
});
