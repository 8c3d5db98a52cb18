import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { FATE } from "../../tree/fate.ts";
import { deadGroups } from "../facts/dead-files.ts";
import type { Facts } from "../facts.ts";
import { joinSteps } from "../fix/join-steps.ts";
import { stageSteps } from "../fix/stage-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule, StoredFile } from "../rule.ts";

/** Less than this is what every edit of a configuration file costs. */
const NOISE_BYTES = 4096;

/** Files that a later layer stores again with other contents. */
export const overwrittenLater: Rule = {
  id: "overwritten-later",
  title: "files rewritten by a later layer",
  about:
    "A layer stores files that a later layer stores again with other contents: an edit with sed, an append, a rebuild, an " +
    "upgrade. Each version is shipped whole, however small the change. Package managers' own databases have rules of their " +
    "own, and files of less than 4 KiB in all are not mentioned.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3059"],
  *find(facts) {
    for (const group of deadGroups(facts)) {
      if (group.fate !== FATE.overwritten) continue;
      const files = group.files.filter(({ owner }) => owner !== PACKAGE_STATE);
      if (files.reduce((sum, { bytes }) => sum + bytes, 0) < NOISE_BYTES) continue;
      yield {
        title: `${files.length === 1 ? "A file is" : `${files.length} files are`} rewritten by a later layer and shipped in both versions`,
        key: `${keyOf(facts, group.layer)} ${keyOf(facts, group.removedIn)}`,
        paths: files.map(({ path }) => path),
        layers: [group.layer],
        fix: fixOf(facts, group.layer, group.removedIn, files),
      };
    }
  },
};

function fixOf(facts: Facts, from: number, to: number, files: readonly StoredFile[]): Fix {
  const image = [{ kind: "omit" as const, instances: files.map(({ instance }) => instance) }];
  if (from < facts.ledger.attribution.base.layers) {
    const text = "The base image stores the first version: a newer base, or one without these files, saves it.";
    return { kind: "none", text, image, build: [], assumes: [] };
  }
  const joined = joinSteps(facts, from, to);
  if (joined !== null)
    return { ...joined, text: "Join the RUN that makes them and the RUN that rewrites them.", assumes: [] };
  return (
    stageSteps(facts, from, to) ?? {
      kind: "none",
      text: "Write their final contents in the instruction that makes them, or prepare them in a stage of its own.",
      image,
      build: [],
      assumes: [],
    }
  );
}
