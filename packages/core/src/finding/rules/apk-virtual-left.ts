import { buildPackagesLeft } from "../fix/apk/build-packages.ts";
import type { Rule } from "../rule.ts";

/** A virtual package made for building that nobody deleted. */
export const apkVirtualLeft: Rule = {
  id: "apk-virtual-left",
  title: "a virtual package for building left in the image",
  about:
    "apk add --virtual groups packages so that one apk del takes all of them away again, but that never happened. What " +
    "programs need of them at run time is worked out first and kept. Compilers and headers asked for besides go with them. " +
    "It is no waste where the container itself builds something.",
  severity: "warn",
  confidence: "high",
  related: [],
  find: (facts) => buildPackagesLeft(facts, "virtual"),
};
