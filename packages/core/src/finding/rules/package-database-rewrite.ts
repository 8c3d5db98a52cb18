import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { FATE } from "../../tree/fate.ts";
import { deadGroups } from "../facts/dead-files.ts";
import { joinSteps } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Rule, StoredFile } from "../rule.ts";

/** apk's database has a rule of its own, which knows what apk writes. */
const APK = /^(?:usr\/)?lib\/apk\/|^etc\/apk\//;

/** Package managers' databases that each RUN stores anew. */
export const packageDatabaseRewrite: Rule = {
  id: "package-database-rewrite",
  title: "a package database stored by several layers",
  about:
    "dpkg, rpm and pacman write their databases with every run, and each RUN that calls them stores them whole: megabytes " +
    "with rpm. Only the last copy is of use. One RUN for all packages stores it once.",
  severity: "info",
  confidence: "high",
  related: ["hadolint DL3059"],
  *find(facts) {
    for (const { layer, removedIn, fate, files } of deadGroups(facts)) {
      if (fate !== FATE.overwritten || layer < facts.ledger.attribution.base.layers) continue;
      const state = files.filter(isDatabase);
      if (state.length === 0) continue;
      const joined = joinSteps(facts, layer, removedIn);
      yield {
        title: "The package database is stored again by a later layer",
        key: `${keyOf(facts, layer)} ${keyOf(facts, removedIn)}`,
        paths: state.map(({ path }) => path),
        layers: [layer],
        fix: {
          ...(joined ?? {
            kind: "none",
            image: [{ kind: "omit", instances: state.map(({ instance }) => instance) }],
            build: [],
          }),
          text: "Install and remove packages in one RUN.",
          assumes: [],
        },
      };
    }
  },
};

function isDatabase({ owner, path }: StoredFile): boolean {
  return owner === PACKAGE_STATE && !APK.test(path);
}
