import { packageSteps } from "../../manager/package-call.ts";
import { APT } from "../../manager/package-manager.ts";
import { upgradedBase } from "../fix/upgraded-base.ts";
import type { Rule } from "../rule.ts";

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
      const draft = upgradedBase(facts, layer, "deb", "apt-get upgrade");
      if (draft !== null) yield draft;
    }
  },
};
