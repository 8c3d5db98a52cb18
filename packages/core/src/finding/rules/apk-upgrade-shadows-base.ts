import { apkSteps } from "../../manager/apk-steps.ts";
import { upgradedBase } from "../fix/upgraded-base.ts";
import type { Rule } from "../rule.ts";

/** Packages of the base that `apk upgrade` replaced. */
export const apkUpgradeShadowsBase: Rule = {
  id: "apk-upgrade-shadows-base",
  title: "an upgrade that stores packages of the base again",
  about:
    "apk upgrade stores newer packages above those of the base, and both are shipped from then on. A newer tag of the base " +
    "has the newer ones only. It is no waste while there is no such tag yet.",
  severity: "info",
  confidence: "medium",
  related: [],
  *find(facts) {
    for (const { step, commands } of apkSteps(facts)) {
      const { layer } = step;
      if (layer === null || !commands.some(({ applet, options }) => applet === "upgrade" || options.has("upgrade")))
        continue;
      const draft = upgradedBase(facts, layer, "apk", "apk upgrade");
      if (draft !== null) yield draft;
    }
  },
};
