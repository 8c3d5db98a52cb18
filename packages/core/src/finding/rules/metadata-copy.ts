import { type BuildStep, isCopy } from "../../build/build.ts";
import { KIND } from "../../layer/layer-index.ts";
import { PACKAGE_STATE } from "../../ledger/owner-keys.ts";
import { FATE } from "../../tree/fate.ts";
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
        title: `${files.length === 1 ? "A file is" : `${files.length} files are`} stored again because only the owner, mode or time changed`,
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

/** `COPY --chown=OWNER` for each COPY, and no chown, where nothing but the owner of whole COPYs changes. */
function chownedCopies(facts: Facts, chain: readonly DeadGroup[], image: Fix["image"]): Fix | null {
  const copies = stepsOf(facts, new Set(chain.map(({ layer }) => layer)));
  const runs = stepsOf(facts, new Set(chain.map(({ removedIn }) => removedIn)));
  if (copies === null || runs === null || !copies.every(isCopy) || !runs.every(isChown)) return null;
  const drops = runs.map((run) => ({
    kind: "edit-run" as const,
    step: run.step,
    edits: (run.script?.commands ?? []).map((_, command) => ({ kind: "drop-command" as const, command })),
  }));
  const owner = soleOwner(facts, copies, runs);
  if (owner === null) return null;
  return {
    kind: "copy",
    text: `Copy them with --chown=${owner}, and leave out the chown.`,
    image,
    build: [
      ...copies.map(({ step }) => ({ kind: "set-flag" as const, step, flag: "chown" as const, value: owner })),
      ...drops,
    ],
    assumes: ["Directories that were there before need no other owner than they have."],
  };
}

function stepsOf(facts: Facts, layers: ReadonlySet<number>): BuildStep[] | null {
  const steps = [...layers].map((layer) => facts.stepOf(layer));
  return steps.every((step) => step !== null && !step.inBase) ? (steps as BuildStep[]) : null;
}

function isChown({ script }: BuildStep): boolean {
  return script?.complete === true && script.commands.every(({ name, always }) => name === "chown" && always);
}

/**
 * The owner that all files of the COPYs get, where the chowns store all of them and nothing else. Null where they do not,
 * or where modes change as well.
 */
function soleOwner({ ledger }: Facts, copies: readonly BuildStep[], runs: readonly BuildStep[]): string | null {
  const entriesOf = ({ layer }: BuildStep) =>
    (ledger.image.layers[layer as number] as (typeof ledger.image.layers)[number]).index.entries;
  const owners = new Set<string>();
  let changed = 0;
  for (const run of runs) {
    const entries = entriesOf(run);
    for (let i = 0; i < entries.count; i++) {
      const kind = entries.kinds[i];
      if (kind === KIND.whiteout || kind === KIND.opaque) return null;
      if (kind === KIND.directory) continue;
      owners.add(`${entries.uids[i]}:${entries.gids[i]}`);
      changed++;
    }
  }
  let copied = 0;
  for (const copy of copies) {
    const entries = entriesOf(copy);
    for (let i = 0; i < entries.count; i++) if (entries.kinds[i] !== KIND.directory) copied++;
  }
  const [owner] = owners;
  return owners.size === 1 && changed === copied && owner !== undefined ? owner : null;
}
