import { INDEX_PATHS, indexesLeft, isUpdateAlone } from "../fix/apk/index-left.ts";
import type { Rule } from "../rule.ts";

/** `apk update` before `apk add --no-cache`. */
export const apkUpdateDefeatsNoCache: Rule = {
  id: "apk-update-defeats-no-cache",
  title: "apk update that defeats --no-cache",
  about:
    "apk add --no-cache fetches the index by itself and keeps none, but apk update before it has stored one already. " +
    "The update is not needed for anything.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: INDEX_PATHS,
  *find(facts, files) {
    if (!isUpdateAlone(facts)) return;
    const own = files.filter(({ inBase }) => !inBase);
    yield* indexesLeft(facts, own, "apk update leaves the index of packages, though apk add is given --no-cache");
  },
};
