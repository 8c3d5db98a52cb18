import { buildPackagesLeft } from "../fix/apk/build-packages.ts";
import type { Rule } from "../rule.ts";

/** Headers and static libraries that were asked for by name. */
export const apkDevPackages: Rule = {
  id: "apk-dev-packages",
  title: "headers and static libraries installed for good",
  about:
    "Packages with headers or static libraries (-dev, -static, -headers) were added without --virtual, so that they stay " +
    "when the build is done. What programs need of them at run time is worked out first and kept.",
  severity: "warn",
  confidence: "medium",
  related: [],
  find: (facts) => buildPackagesLeft(facts, "headers"),
};
