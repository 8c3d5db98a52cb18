import { DNF } from "../../manager/package-manager.ts";
import { buildPackagesLeft } from "../fix/os-packages/build-packages.ts";
import type { Rule } from "../rule.ts";

/** Compilers and build tools that dnf installed for good. */
export const dnfToolchain: Rule = {
  id: "dnf-toolchain",
  title: "a build toolchain that dnf installed for good",
  about:
    "Compilers and build tools were installed on top of the base and stay in the image. dnf remove in the RUN that needs them " +
    "last takes what they brought, too; what programs need at run time is marked before. It is no waste where the container " +
    "compiles when it runs.",
  severity: "warn",
  confidence: "medium",
  related: [],
  *find(facts) {
    yield* buildPackagesLeft(facts, DNF);
  },
};
