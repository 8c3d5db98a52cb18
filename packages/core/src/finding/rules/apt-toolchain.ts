import { APT } from "../../manager/package-manager.ts";
import { buildPackagesLeft } from "../fix/os-packages/build-packages.ts";
import type { Rule } from "../rule.ts";

/** Compilers and build tools that apt installed for good. */
export const aptToolchain: Rule = {
  id: "apt-toolchain",
  title: "a build toolchain that apt installed for good",
  about:
    "Compilers and build tools were installed on top of the base and stay in the image. apt-get purge --auto-remove in the RUN " +
    "that needs them last leaves only what programs need at run time, which is worked out first. It is no waste where the " +
    "container compiles when it runs.",
  severity: "warn",
  confidence: "medium",
  related: [],
  *find(facts) {
    yield* buildPackagesLeft(facts, APT);
  },
};
