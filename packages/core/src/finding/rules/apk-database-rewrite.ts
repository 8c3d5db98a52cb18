import type { BuildStep } from "../../build/build.ts";
import { METADATA_VERBS } from "../../dockerfile/instruction.ts";
import { changesDatabase, readApkCommands } from "../../manager/apk-steps.ts";
import { isEditableRun, joinSteps } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Rule } from "../rule.ts";

/** RUNs that follow each other and each rewrite apk's database. */
export const apkDatabaseRewrite: Rule = {
  id: "apk-database-rewrite",
  title: "the package database rewritten by several RUNs",
  about:
    "Each apk add, del or upgrade writes all of apk's own files anew, and each RUN that does so stores another copy of them. " +
    "RUNs that directly follow each other can be one. It is no waste where they are apart for the build cache's sake.",
  severity: "info",
  confidence: "medium",
  related: ["hadolint DL3059"],
  *find(facts) {
    for (const run of rowsOfRuns(facts.build.steps)) {
      const writing = run.filter((step) => step.layer !== null && readApkCommands(step.script).some(changesDatabase));
      const [first, last] = [writing[0]?.layer, writing.at(-1)?.layer];
      if (writing.length < 2 || typeof first !== "number" || typeof last !== "number") continue;
      const joined = joinSteps(facts, first, last);
      if (joined === null) continue;
      yield {
        title: `${writing.length} RUNs in a row each store apk's package database`,
        key: keyOf(facts, first),
        paths: [],
        layers: writing.flatMap(({ layer }) => layer ?? []),
        fix: { ...joined, text: "Join them into one RUN.", assumes: [] },
      };
    }
  },
};

function rowsOfRuns(steps: readonly BuildStep[]): BuildStep[][] {
  const rows: BuildStep[][] = [[]];
  for (const step of steps) {
    if (isEditableRun(step)) rows.at(-1)?.push(step);
    else if (step.instruction.verb === null || !METADATA_VERBS.has(step.instruction.verb)) rows.push([]);
  }
  return rows;
}
