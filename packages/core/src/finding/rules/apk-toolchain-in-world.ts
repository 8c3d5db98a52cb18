import { buildPackagesLeft } from "../fix/apk/build-packages.ts";
import type { Rule } from "../rule.ts";

/** Compilers and build tools that were asked for by name. */
export const apkToolchainInWorld: Rule = {
  id: "apk-toolchain-in-world",
  title: "a build toolchain installed for good",
  about:
    "Compilers and build tools were added by apk add without --virtual, so that they stay. What programs need of them at " +
    "run time, such as libstdc++, is worked out first and kept. It is no waste where the container itself builds something.",
  severity: "warn",
  confidence: "medium",
  related: [],
  find: (facts) => buildPackagesLeft(facts, "toolchain"),
};
