import type { ShellCommand } from "../../dockerfile/shell-script.ts";
import { equalInstances } from "../../ledger/equal-content.ts";
import type { Facts } from "../facts.ts";
import { isEditableRun } from "../fix/join-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule, StoredFile } from "../rule.ts";

/** Smaller files are equal by chance: licences, empty modules, configuration. */
const MIN_BYTES = 4096;

interface Copy {
  readonly first: StoredFile;
  readonly copy: StoredFile;
}

/** Files of the final image that have the contents of another. */
export const duplicateContent: Rule = {
  id: "duplicate-content",
  title: "files with equal contents",
  about:
    "Two or more files of at least 4 KiB in the final image have the same contents and are not links to each other. A hard " +
    "link in the same RUN, a symbolic link, or copying once saves all but one. Not every copy is waste: a program may want to " +
    "write to one of them.",
  severity: "info",
  confidence: "low",
  related: [],
  *find(facts) {
    for (const [, copies] of byLayers(facts)) {
      const [{ first, copy }] = copies as [Copy];
      const linked = copies.length === 1 ? hardLinked(facts, first, copy) : null;
      yield {
        title: `${copies.length === 1 ? "A file has" : `${copies.length} files have`} the contents of another`,
        key: `${keyOf(facts, first.layer)} ${keyOf(facts, copy.layer)}`,
        paths: copies.flatMap((one) => [one.copy.path, one.first.path]),
        layers: [...new Set([copy.layer, first.layer])],
        ...(linked === null ? {} : { confidence: "medium" as const }),
        exact: linked !== null,
        fix: linked ?? byHand(copies),
      };
    }
  },
};

/** Copies by the layers of the copy and of the first; what the base has twice is not to be helped. */
function byLayers(facts: Facts): ReadonlyMap<string, readonly Copy[]> {
  const groups = new Map<string, Copy[]>();
  for (const instances of equalInstances(facts.ledger, MIN_BYTES)) {
    const [first, ...others] = instances.map((instance) => facts.file(instance));
    for (const copy of others) {
      if (first === undefined || copy.inBase) continue;
      const key = `${copy.layer} ${first.layer}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ first, copy }]);
      else group.push({ first, copy });
    }
  }
  return groups;
}

function byHand(copies: readonly Copy[]): Fix {
  return {
    kind: "none",
    text: "Keep one of them, and make the others links to it, or copy only what is used.",
    image: [{ kind: "omit", instances: copies.map(({ copy }) => copy.instance) }],
    build: [],
    assumes: [],
  };
}

/** `cp A B` of a file that the same RUN made: `ln A B` stores it once. */
function hardLinked(facts: Facts, first: StoredFile, copy: StoredFile): Fix | null {
  const step = first.layer === copy.layer ? facts.stepOf(copy.layer) : null;
  if (step === null || !isEditableRun(step)) return null;
  const commands = step.script?.commands ?? [];
  const paths = [`/${first.path}`, `/${copy.path}`].sort().join();
  const command = commands.findIndex((one) => isCopyOf(one, paths));
  const found = commands[command];
  if (found === undefined) return null;
  return {
    kind: "edit-run",
    text: "Make it a hard link: ln instead of cp.",
    image: [{ kind: "omit", instances: [copy.instance] }],
    build: [
      {
        kind: "edit-run",
        step: step.step,
        edits: [{ kind: "replace-command", command, text: `ln ${found.words.join(" ")}` }],
      },
    ],
    assumes: ["Nothing writes to one of the two files and means the other to stay as it is."],
  };
}

const PLAIN_PATH = /^\/[\w./+-]+$/;

function isCopyOf({ name, words, always }: ShellCommand, paths: string): boolean {
  if (name !== "cp" || !always || words.length !== 2) return false;
  return words.every((word) => word !== null && PLAIN_PATH.test(word)) && [...words].sort().join() === paths;
}
