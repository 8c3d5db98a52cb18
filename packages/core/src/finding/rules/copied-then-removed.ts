import { type BuildStep, isCopy } from "../../build/build.ts";
import { baseName, type ImagePath } from "../../image-path.ts";
import { FATE } from "../../tree/fate.ts";
import { deadGroups } from "../facts/dead-files.ts";
import type { Facts } from "../facts.ts";
import { stageSteps } from "../fix/stage-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule, StoredFile } from "../rule.ts";

/** Files that a COPY or ADD brings and a later RUN deletes. */
export const copiedThenRemoved: Rule = {
  id: "copied-then-removed",
  title: "copied files that a later layer deletes",
  about:
    "COPY brings an archive, an installer or sources, and a later RUN deletes them when they have served. The layer of the " +
    "COPY ships them all the same. ADD unpacks a local archive without storing it, and BuildKit's RUN --mount=type=bind or a " +
    "stage of its own shows files to a RUN without storing them.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3010"],
  *find(facts) {
    for (const group of deadGroups(facts)) {
      if (group.fate !== FATE.deleted && group.fate !== FATE.opaqueHidden) continue;
      const step = facts.stepOf(group.layer);
      if (step === null || step.inBase || !isCopy(step)) continue;
      const { files } = group;
      const [first] = files;
      const what =
        files.length === 1 && first !== undefined ? `${baseName(first.path)} is` : `${files.length} files are`;
      yield {
        title: `${what} copied in, deleted by a later layer and shipped all the same`,
        key: `${keyOf(facts, group.layer)} ${keyOf(facts, group.removedIn)}`,
        paths: files.map(({ path }) => path),
        layers: [group.layer],
        fix:
          addedArchive(facts, step, files) ?? stageSteps(facts, group.layer, group.removedIn) ?? byHand(facts, files),
      };
    }
  },
};

function byHand(facts: Facts, files: readonly StoredFile[]): Fix {
  const mount = "Let the RUN see them by RUN --mount=type=bind,target=… instead of copying them in.";
  const stage = "Use them in a stage of its own, and copy its results with COPY --from.";
  return {
    kind: "none",
    text: facts.build.builder === "classic" ? stage : `${mount} Or: ${stage}`,
    image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
    build: [],
    assumes: [],
  };
}

const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz))$/;

interface Unpacking {
  readonly step: BuildStep;
  readonly command: number;
  readonly directory: string;
}

/**
 * `COPY x.tar.gz /tmp/`, `RUN tar -xzf /tmp/x.tar.gz -C /opt`, `RUN rm /tmp/x.tar.gz` is `ADD x.tar.gz /opt/`: ADD
 * unpacks local archives (gzip, bzip2, xz) with the owners and modes that are in them, as root's tar does.
 */
function addedArchive(facts: Facts, copy: BuildStep, files: readonly StoredFile[]): Fix | null {
  const [archive] = files;
  if (archive === undefined || files.length > 1 || !ARCHIVE.test(archive.path)) return null;
  if (facts.ledger.image.layers[archive.layer]?.index.contentBytes !== archive.bytes) return null;
  const later = facts.build.steps.filter(({ step, script }) => step > copy.step && script !== null);
  const uses = later.flatMap((step) => commandsThatName(step, archive.path).map((command) => ({ step, command })));
  const unpackings = uses.flatMap(({ step, command }) => unpackingOf(step, command, archive.path));
  const [unpacking] = unpackings;
  const removals = uses.filter(({ step, command }) => isRemoval(step, command, archive.path));
  if (unpacking === undefined || unpackings.length + removals.length !== uses.length || unpackings.length > 1)
    return null;
  const preparations = mkdirsOf(later, unpacking);
  const drop = [...removals, unpacking, ...preparations];
  return {
    kind: "copy",
    text: `ADD unpacks a local archive by itself: ADD … ${unpacking.directory}, without tar and rm.`,
    image: [{ kind: "omit", instances: [archive.instance] }],
    build: [
      { kind: "retarget-copy", step: copy.step, verb: "ADD", to: unpacking.directory },
      ...[...new Set(drop.map(({ step }) => step))].map((step) => ({
        kind: "edit-run" as const,
        step: step.step,
        edits: drop
          .filter((one) => one.step === step)
          .map(({ command }) => ({ kind: "drop-command" as const, command })),
      })),
    ],
    assumes: ["The archive is in the build's context, and its contents are as tar unpacks them for root."],
  };
}

function commandsThatName({ script }: BuildStep, path: ImagePath): number[] {
  const commands = script?.commands ?? [];
  const name = baseName(path);
  return commands.flatMap(({ words }, i) => (words.some((word) => word?.includes(name)) ? [i] : []));
}

/** `tar x…f ARCHIVE -C DIRECTORY`, with nothing that would choose or rename members. */
function unpackingOf(step: BuildStep, command: number, path: ImagePath): Unpacking[] {
  const { name, words = [], always } = step.script?.commands[command] ?? {};
  if (name !== "tar" || always !== true) return [];
  const [flags, archive, change, directory, ...rest] = words;
  const extracts = flags != null && /^-?[xzjJvpo]*x[zjJvpo]*f$/.test(flags);
  if (!extracts || archive !== `/${path}` || rest.length > 0) return [];
  if (change !== "-C" || directory == null || !directory.startsWith("/")) return [];
  return [{ step, command, directory: directory.endsWith("/") ? directory : `${directory}/` }];
}

function isRemoval({ script }: BuildStep, command: number, path: ImagePath): boolean {
  const { name, words = [], always } = script?.commands[command] ?? {};
  const named = words.filter((word) => word === null || !word.startsWith("-"));
  return name === "rm" && always === true && named.length === 1 && named[0] === `/${path}`;
}

/** `mkdir DIRECTORY` would fail after ADD made it. */
function mkdirsOf(later: readonly BuildStep[], { directory }: Unpacking): { step: BuildStep; command: number }[] {
  return later.flatMap((step) =>
    (step.script?.commands ?? []).flatMap(({ name, words, always }, command) => {
      const named = words.filter((word) => word !== "-p");
      return name === "mkdir" && always && named.length === 1 && `${named[0]?.replace(/\/$/, "")}/` === directory
        ? [{ step, command }]
        : [];
    }),
  );
}
