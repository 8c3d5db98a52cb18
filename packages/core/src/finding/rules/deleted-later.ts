import { isCopy } from "../../build/build.ts";
import { baseName } from "../../image-path.ts";
import { FATE } from "../../tree/fate.ts";
import { type DeadGroup, deadGroups } from "../facts/dead-files.ts";
import { movedFiles } from "../facts/moved-files.ts";
import type { Facts } from "../facts.ts";
import { joinSteps } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule, StoredFile } from "../rule.ts";

/** Files that a later layer deletes, or hides with the directory that it replaces. */
export const deletedLater: Rule = {
  id: "deleted-later",
  title: "files deleted by a later layer",
  about:
    "A layer stores files that a later layer deletes. The deletion hides them and frees nothing: every pull still transfers " +
    "them. They have to be deleted by the instruction that makes them. Files of the base image cannot be freed from above it.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3059"],
  *find(facts) {
    const moved = movedFiles(facts);
    for (const group of deadGroups(facts)) {
      if (group.fate !== FATE.deleted && group.fate !== FATE.opaqueHidden) continue;
      const files = group.files.filter(({ instance, layer }) => !moved.has(instance) && !isCopied(facts, layer));
      if (files.length === 0) continue;
      yield {
        title: `${namesOf(files)} deleted by a later layer and shipped all the same`,
        key: `${keyOf(facts, group.layer)} ${keyOf(facts, group.removedIn)}`,
        paths: files.map(({ path }) => path),
        layers: [group.layer],
        fix: fixOf(facts, group, files),
      };
    }
  },
};

/** What a COPY brought is another rule's: a RUN cannot be joined with it. */
function isCopied(facts: Facts, layer: number): boolean {
  const step = facts.stepOf(layer);
  return step !== null && !step.inBase && isCopy(step);
}

function namesOf(files: readonly StoredFile[]): string {
  const [first] = files;
  return files.length === 1 && first !== undefined ? `${baseName(first.path)} is` : `${files.length} files are`;
}

function fixOf(facts: Facts, { layer, removedIn }: DeadGroup, files: readonly StoredFile[]): Fix {
  const image = [{ kind: "omit" as const, instances: files.map(({ instance }) => instance) }];
  if (layer < facts.ledger.attribution.base.layers) {
    const text = "The base image stores them: only a base without them saves these bytes.";
    return { kind: "none", text, image, build: [], assumes: [] };
  }
  const joined = joinSteps(facts, layer, removedIn);
  if (joined === null) {
    const text = "Delete them in the instruction that makes them, or make them in a stage of its own.";
    return { kind: "none", text, image, build: [], assumes: [] };
  }
  return { ...joined, text: "Join the RUN that makes them and the RUN that deletes them.", assumes: [] };
}
