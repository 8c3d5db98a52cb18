import { FATE } from "../../tree/fate.ts";
import type { Facts } from "../facts.ts";
import { packageSteps } from "../os-packages/package-call.ts";
import { APT } from "../os-packages/package-manager.ts";
import { keyOf } from "../path-rule.ts";
import type { Rule, StoredFile } from "../rule.ts";

const UPGRADES = new Set(["upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"]);

/** Packages of the base that an upgrade replaced. */
export const aptUpgradeShadowsBase: Rule = {
  id: "apt-upgrade-shadows-base",
  title: "an upgrade that stores packages of the base again",
  about:
    "apt-get upgrade stores newer packages above those of the base, and both are shipped from then on. A newer tag of the base " +
    "has the newer ones only. It is no waste while there is no such tag yet.",
  severity: "info",
  confidence: "medium",
  related: ["hadolint DL3005"],
  *find(facts) {
    for (const { step, calls } of packageSteps(facts, APT)) {
      const { layer } = step;
      if (layer === null || !calls.some(({ subcommand }) => UPGRADES.has(subcommand))) continue;
      const shadowed = shadowedBy(facts, layer);
      if (shadowed.length === 0) continue;
      const base = new Set(shadowed.map((file) => file.layer));
      yield {
        title: "apt-get upgrade stores newer packages above those of the base",
        key: keyOf(facts, layer),
        paths: shadowed.map(({ path }) => path),
        layers: [layer, ...base],
        exact: false,
        fix: {
          kind: "change-base",
          text: "Build from a newer tag of the base, and leave the upgrade out.",
          image: [{ kind: "omit", instances: shadowed.map(({ instance }) => instance) }],
          build: [],
          assumes: ["There is a tag of the base with the newer packages."],
        },
      };
    }
  },
};

/** Files of packages that lie in the base and that a layer overwrote or took away. */
function shadowedBy(facts: Facts, layer: number): StoredFile[] {
  const { fates, removedIn } = facts.ledger.squash;
  const files: StoredFile[] = [];
  for (const instance of facts.instances()) {
    if (fates[instance] === FATE.live || removedIn[instance] !== layer) continue;
    const file = facts.file(instance);
    if (file.inBase && file.owner.startsWith("deb/") && file.bytes > 0) files.push(file);
  }
  return files;
}
