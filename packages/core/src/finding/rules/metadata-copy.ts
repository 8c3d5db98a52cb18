import { type BuildStep, isCopy } from "../../build/build.ts";
import type { BuildEdit } from "../../build/build-edit.ts";
import type { ImagePath } from "../../image-path.ts";
import { literalPath } from "../../judge/touch/path-pattern.ts";
import { entryPath, KIND } from "../../layer/layer-index.ts";
import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { FATE } from "../../tree/fate.ts";
import { ownNodeOf } from "../../tree/instance.ts";
import { type DeadGroup, deadGroups } from "../facts/dead-files.ts";
import type { Facts } from "../facts.ts";
import { joinSteps } from "../fix/join-steps.ts";
import { stageSteps } from "../fix/stage-steps.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule } from "../rule.ts";

/** Files that a later layer stores again because their owner, mode or time changed. */
export const metadataCopy: Rule = {
  id: "metadata-copy",
  title: "files stored twice for their metadata",
  about:
    "chown, chmod, setcap or touch in a later layer store every file that they touch a second time, whole. COPY --chown gives " +
    "an owner at once, BuildKit's COPY --chmod a mode, and a RUN can set both for what it makes itself.",
  severity: "warn",
  confidence: "high",
  related: [],
  *find(facts) {
    const groups = deadGroups(facts)
      .filter(({ fate }) => fate === FATE.metadataOnly)
      // What package managers write anew is theirs to explain.
      .map((group) => ({ ...group, files: group.files.filter(({ owner }) => owner !== PACKAGE_STATE) }))
      .filter(({ files }) => files.length > 0);
    for (const chain of chainsOf(facts, groups)) {
      const files = chain.flatMap((group) => group.files);
      const layers = [...new Set(chain.map(({ layer }) => layer))];
      yield {
        title: `${files.length === 1 ? "A file is" : `${files.length} files are`} stored again because only the owner, mode, time or attributes changed`,
        key: chain.map((group) => `${keyOf(facts, group.layer)} ${keyOf(facts, group.removedIn)}`).join(" "),
        paths: [...new Set(files.map(({ path }) => path))],
        layers,
        fix: fixOf(facts, chain),
      };
    }
  },
};

/** Groups that share a layer belong to one chain: COPY, chmod, chown. What the base stores is on its own. */
function chainsOf({ ledger }: Facts, groups: readonly DeadGroup[]): DeadGroup[][] {
  const base = ledger.attribution.base.layers;
  let chains: DeadGroup[][] = [];
  for (const group of groups) {
    const touches = (other: DeadGroup): boolean =>
      group.layer >= base &&
      other.layer >= base &&
      [other.layer, other.removedIn].some((layer) => layer === group.layer || layer === group.removedIn);
    const sharing = chains.filter((chain) => chain.some(touches));
    chains = [...chains.filter((chain) => !sharing.includes(chain)), [...sharing.flat(), group]];
  }
  return chains;
}

function fixOf(facts: Facts, chain: readonly DeadGroup[]): Fix {
  const image = [
    { kind: "omit" as const, instances: chain.flatMap(({ files }) => files.map(({ instance }) => instance)) },
  ];
  const from = Math.min(...chain.map(({ layer }) => layer));
  const to = Math.max(...chain.map(({ removedIn }) => removedIn));
  if (from < facts.ledger.attribution.base.layers) {
    const text = "The base image stores them: change the metadata of directories only, or of the files that need it.";
    return { kind: "none", text, image, build: [], assumes: [] };
  }
  const joined = joinSteps(facts, from, to);
  if (joined !== null) return { ...joined, text: "Set owner and mode in the RUN that makes the files.", assumes: [] };
  return (
    chownedCopies(facts, chain, image) ??
    stageSteps(facts, from, to) ?? {
      kind: "none",
      text: "Give owner and mode to the COPY that brings the files: COPY --chown=…, and with BuildKit --chmod=….",
      image,
      build: [],
      assumes: [],
    }
  );
}

/** `COPY --chown=OWNER` for each COPY, and no chown but of directories that were there before, where nothing else changes. */
function chownedCopies(facts: Facts, chain: readonly DeadGroup[], image: Fix["image"]): Fix | null {
  const copies = stepsOf(facts, new Set(chain.map(({ layer }) => layer)));
  const runs = stepsOf(facts, new Set(chain.map(({ removedIn }) => removedIn)));
  if (copies === null || runs === null || !copies.every(isCopy) || !runs.every(isChown)) return null;
  // A link to a layer of its own has its parents anew, with the owner of the COPY.
  if (copies.some(({ flags }) => flags.some(({ name }) => name === "link"))) return null;
  const change = ownerChange(facts, copies, runs);
  if (change === null) return null;
  const { owner, kept } = change;
  const drops = kept.size === 0 ? runs.map(withoutChown) : runs.map((run) => withoutRecursion(facts, run, kept));
  if (drops.includes(null)) return null;
  return {
    kind: "copy",
    text:
      kept.size === 0
        ? `Copy them with --chown=${owner}, and leave out the chown.`
        : `Copy them with --chown=${owner}, and let chown change the directory that was there before, without -R.`,
    image,
    build: [
      ...copies.map(({ step }) => ({ kind: "set-flag" as const, step, flag: "chown" as const, value: owner })),
      ...drops.filter((edit) => edit !== null),
    ],
    assumes: [],
  };
}

function stepsOf(facts: Facts, layers: ReadonlySet<number>): BuildStep[] | null {
  const steps = [...layers].map((layer) => facts.stepOf(layer));
  return steps.every((step) => step !== null && !step.inBase) ? (steps as BuildStep[]) : null;
}

function isChown({ script }: BuildStep): boolean {
  return script?.complete === true && script.commands.every(({ name, always }) => name === "chown" && always);
}

function withoutChown({ step, script }: BuildStep): BuildEdit {
  return {
    kind: "edit-run",
    step,
    edits: (script?.commands ?? []).map((_, command) => ({ kind: "drop-command" as const, command })),
  };
}

/** `chown -R OWNER DIRECTORY` as `chown OWNER DIRECTORY`; null where other directories would have to change too. */
function withoutRecursion(facts: Facts, { step, script }: BuildStep, kept: ReadonlySet<ImagePath>): BuildEdit | null {
  const named = new Set<ImagePath>();
  for (const { deed, path } of facts.judge.footprints[step]?.touches ?? []) {
    const literal = literalPath(path);
    if (literal === null) return null;
    if (deed === "restat") named.add(literal);
  }
  if (named.size !== kept.size || ![...named].every((path) => kept.has(path))) return null;
  const edits = (script?.commands ?? []).map(({ words }, command) => ({
    kind: "drop-words" as const,
    command,
    words: words.flatMap((word, i) => (word === "-R" || word === "--recursive" ? [i] : [])),
  }));
  return edits.every(({ words }) => words.length === 1) ? { kind: "edit-run", step, edits } : null;
}

/** What a COPY would have to be given, and which directories it does not reach. */
interface OwnerChange {
  /** `uid:gid` */
  readonly owner: string;
  /** Directories that were there before the COPYs, and get the owner as well. */
  readonly kept: ReadonlySet<ImagePath>;
}

/**
 * The owner that everything the COPYs bring gets, files and new directories, where the chowns store all of that and
 * nothing else but directories that were there before. Null where they do not, or where modes change as well (chown
 * takes setuid bits away).
 */
function ownerChange({ ledger }: Facts, copies: readonly BuildStep[], runs: readonly BuildStep[]): OwnerChange | null {
  const copied = new Map<ImagePath, number>();
  const made = new Set<ImagePath>();
  for (const [path, { mode, isDirectory, isNew }] of entriesOf(ledger, copies))
    if (!isDirectory || isNew) {
      copied.set(path, mode);
      if (isDirectory) made.add(path);
    }
  const owners = new Set<string>();
  const kept = new Set<ImagePath>();
  const changed = new Set<ImagePath>();
  for (const [path, { mode, owner, isDirectory, isMarker }] of entriesOf(ledger, runs)) {
    if (isMarker) return null;
    owners.add(owner);
    if (!copied.has(path)) {
      if (!isDirectory) return null;
      kept.add(path);
      continue;
    }
    if (copied.get(path) !== mode) return null;
    changed.add(path);
  }
  const [owner] = owners;
  const all = changed.size === copied.size && owners.size === 1;
  return all && owner !== undefined && [...made].every((path) => changed.has(path)) ? { owner, kept } : null;
}

interface EntryRow {
  readonly mode: number;
  readonly owner: string;
  readonly isDirectory: boolean;
  /** Of directories: none was there before. */
  readonly isNew: boolean;
  /** A whiteout. */
  readonly isMarker: boolean;
}

/** What some steps store, later ones last. */
function* entriesOf({ image, squash }: Facts["ledger"], steps: readonly BuildStep[]): Generator<[ImagePath, EntryRow]> {
  for (const { layer } of steps) {
    if (layer === null) continue;
    const { entries } = (image.layers[layer] as (typeof image.layers)[number]).index;
    for (let i = 0; i < entries.count; i++) {
      const kind = entries.kinds[i];
      const node = ownNodeOf(squash, (squash.starts[layer] as number) + i);
      yield [
        entryPath(entries, i),
        {
          mode: entries.modes[i] as number,
          owner: `${entries.uids[i]}:${entries.gids[i]}`,
          isDirectory: kind === KIND.directory,
          isNew: node >= (squash.firstNodes[layer] as number),
          isMarker: kind === KIND.whiteout || kind === KIND.opaque,
        },
      ];
    }
  }
}
