import type { ImagePath } from "../../image-path.ts";
import { deadGroups } from "../facts/dead-files.ts";
import { movedFiles } from "../facts/moved-files.ts";
import type { Facts } from "../facts.ts";
import { joinSteps } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule, StoredFile } from "../rule.ts";

/** Files that a later layer moved: stored where they were, and again where they are. */
export const movedAcrossLayers: Rule = {
  id: "moved-across-layers",
  title: "files moved by a later layer",
  about:
    "A layer deletes files of a lower layer and stores the same contents elsewhere, as mv does. They are shipped twice. " +
    "The instruction that makes them has to put them where they belong. Renaming a directory of the base image costs a " +
    "second copy of it in the same way.",
  severity: "warn",
  confidence: "high",
  related: [],
  *find(facts) {
    const moved = movedFiles(facts);
    for (const group of deadGroups(facts)) {
      const files = group.files.filter(({ instance }) => moved.has(instance));
      if (files.length === 0) continue;
      yield {
        title: `${files.length === 1 ? "A file is" : `${files.length} files are`} moved by a later layer and stored twice`,
        key: `${keyOf(facts, group.layer)} ${keyOf(facts, group.removedIn)}`,
        paths: files.map(({ path }) => path),
        layers: [group.layer, group.removedIn],
        fix: fixOf(facts, group.layer, group.removedIn, files, moved),
      };
    }
  },
};

function fixOf(
  facts: Facts,
  from: number,
  to: number,
  files: readonly StoredFile[],
  moved: ReadonlyMap<number, number>,
): Fix {
  const image = [{ kind: "omit" as const, instances: files.map(({ instance }) => instance) }];
  const joined = joinSteps(facts, from, to);
  if (joined !== null) return { ...joined, text: "Move them in the RUN that makes them.", assumes: [] };
  return (
    retargetedCopy(facts, from, to, files, moved) ?? {
      kind: "none",
      text: "Put them where they belong in the instruction that makes them.",
      image,
      build: [],
      assumes: [],
    }
  );
}

/** `COPY x /a/` and `RUN mv /a/x /b/x` is `COPY x /b/x`, where the COPY brings nothing else and the RUN does nothing else. */
function retargetedCopy(
  facts: Facts,
  from: number,
  to: number,
  files: readonly StoredFile[],
  moved: ReadonlyMap<number, number>,
): Fix | null {
  const [copy, run] = [facts.stepOf(from), facts.stepOf(to)];
  const [file] = files;
  if (copy === null || run === null || file === undefined || files.length > 1 || copy.inBase) return null;
  if (copy.instruction.verb !== "COPY" || run.script?.complete !== true) return null;
  if (facts.ledger.image.layers[from]?.index.contentBytes !== file.bytes) return null;
  const target = facts.file(moved.get(file.instance) as number).path;
  const command = run.script.commands.findIndex(
    ({ name, words, always }) => name === "mv" && always && isMove(words, file.path, target),
  );
  if (command < 0) return null;
  return {
    kind: "copy",
    text: `Copy it to /${target} at once.`,
    image: [{ kind: "omit", instances: [file.instance] }],
    build: [
      { kind: "retarget-copy", step: copy.step, verb: "COPY", to: `/${target}` },
      { kind: "edit-run", step: run.step, edits: [{ kind: "drop-command", command }] },
    ],
    assumes: ["Nothing between the two instructions reads the file in its first place."],
  };
}

function isMove(words: readonly (string | null)[], from: ImagePath, to: ImagePath): boolean {
  const [source, target] = words.filter((word) => word !== "-f");
  if (words.length > 3 || source !== `/${from}` || target === undefined || target === null) return false;
  return target === `/${to}` || `${target.replace(/\/$/, "")}/${from.slice(from.lastIndexOf("/") + 1)}` === `/${to}`;
}
