import { INDEX_PATHS, indexesLeft, isUpdateAlone } from "../fix/apk/index-left.ts";
import type { Rule } from "../rule.ts";

/** Package indexes in /var/cache/apk. */
export const apkIndex: Rule = {
  id: "apk-index",
  title: "package indexes of apk",
  about:
    "apk update, and apk add without --no-cache, leave the index of each repository in /var/cache/apk. It is out of date " +
    "within days and fetched anew whenever it is needed.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3019"],
  paths: INDEX_PATHS,
  *find(facts, files) {
    const left = isUpdateAlone(facts) ? files.filter(({ inBase }) => inBase) : files;
    yield* indexesLeft(facts, left, "The index of packages stays in /var/cache/apk");
  },
};
