import { type BuildStep, isCopy } from "../../build/build.ts";
import type { ShellCommand } from "../../dockerfile/shell-script.ts";
import { entryPath, KIND } from "../../layer/layer-index.ts";
import { FATE } from "../../tree/fate.ts";
import { ownNodeOf } from "../../tree/instance.ts";
import { NONE, type PathTree } from "../../tree/path-tree.ts";
import { deadGroups } from "../facts/dead-files.ts";
import type { Facts } from "../facts.ts";
import type { Fix } from "../rule.ts";

/** Programs that every base has and that act on the files named to them alone, so that they do the same in another stage. */
const PLAIN_COMMANDS = new Set(
  "chmod cp gunzip gzip install ln mkdir mv printf rm rmdir sed tar touch true unzip xz".split(" "),
);

/** More than this, and a person would rather write the stage by hand. */
const MAX_PATHS = 8;

/**
 * COPYs and what later RUNs made of their files, done in a stage of their own, from which only the result is copied:
 * for steps that nothing else depends on. Null where the result is not all that they left, where commands are used that
 * may need more than the base, or where owners differ.
 */
export function stageSteps(facts: Facts, from: number, to: number): Fix | null {
  const steps = facts.build.steps.filter(({ layer }) => layer !== null && layer >= from && layer <= to);
  const base = facts.ledger.attribution.base.layers;
  // On the bare base, a stage has all that the steps had; later, only what does not depend on earlier steps may move.
  const isMovable = from === base ? isReadable : isPlain;
  if (from < base || steps.length < 2 || !steps.every(isMovable)) return null;
  const result = resultOf(facts, from, to);
  if (result === null) return null;
  const name = "prepared";
  return {
    kind: "stage",
    text: "Prepare them in a stage of its own, and copy only the result.",
    image: [{ kind: "omit", instances: deadWithin(facts, from, to) }],
    build: [
      {
        kind: "stage-steps",
        steps: steps.map(({ step }) => step),
        name,
        copy: result.paths.map((path) => ({ from: path, to: path, owner: result.owner })),
      },
    ],
    assumes: [
      "The steps that move into the stage need nothing from the steps before them, and later steps only the files that are copied.",
    ],
  };
}

function isReadable(step: BuildStep): boolean {
  return isCopy(step) || (step.instruction.verb === "RUN" && step.script?.complete === true);
}

function isPlain(step: BuildStep): boolean {
  if (isCopy(step)) return true;
  if (step.instruction.verb !== "RUN" || step.script?.complete !== true) return false;
  return step.script.commands.every((command) => command.always && isPlainCommand(command));
}

/** Users that an earlier step made are not there in another stage; numbers are. */
const KNOWN_OWNER = /^(?:root|\d+)?(?:[:.](?:root|\d+)?)?$/;

function isPlainCommand({ name, words }: ShellCommand): boolean {
  if (name !== "chown") return name !== null && PLAIN_COMMANDS.has(name);
  const owner = words.find((word) => word === null || !word.startsWith("-"));
  return owner != null && KNOWN_OWNER.test(owner);
}

/** What the layers store and take away again among themselves. */
function deadWithin(facts: Facts, from: number, to: number): number[] {
  return deadGroups(facts)
    .filter(({ layer, removedIn }) => layer >= from && removedIn <= to)
    .flatMap(({ files }) => files.map(({ instance }) => instance));
}

interface Result {
  /** Absolute, directories with a slash at the end. */
  readonly paths: readonly string[];
  /** `uid:gid`; null for root's. */
  readonly owner: string | null;
}

/** The directories, or lone files, that hold all that is left of some layers and nothing else. */
function resultOf({ ledger }: Facts, from: number, to: number): Result | null {
  const { starts, fates, firstNodes, tree } = ledger.squash;
  const firstNew = firstNodes[from] as number;
  const directories = new NewDirectories(tree, firstNew);
  const paths = new Set<string>();
  const owners = new Set<string>();
  // Most entries have the owner and the directory of the one before.
  let [uid, gid, last]: [number, number, string | null] = [NONE, NONE, null];
  for (let layer = from; layer <= to; layer++) {
    const { entries } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index;
    const start = starts[layer] as number;
    for (let i = 0; i < entries.count; i++) {
      const kind = entries.kinds[i];
      if (kind === KIND.directory) continue;
      const node = ownNodeOf(ledger.squash, start + i);
      if (kind === KIND.whiteout) {
        // A copy of the result would not take away what a lower layer has.
        if (node !== NONE && node < firstNew) return null;
        continue;
      }
      if (kind === KIND.hardLink || kind === KIND.opaque) return null;
      if (kind === KIND.regular && fates[start + i] !== FATE.live) continue;
      // As COPY names it: the highest directory that was not there before.
      const directory = directories.above(node);
      if (directory !== null && directory === last && entries.uids[i] === uid && entries.gids[i] === gid) continue;
      [uid, gid, last] = [entries.uids[i] as number, entries.gids[i] as number, directory];
      owners.add(`${uid}:${gid}`);
      paths.add(`/${directory ?? entryPath(entries, i)}`);
      if (owners.size > 1 || paths.size > MAX_PATHS) return null;
    }
  }
  const [owner = "0:0"] = owners;
  if (paths.size === 0) return null;
  return { paths: [...paths].sort(), owner: owner === "0:0" ? null : owner };
}

/** Directories that some layers made: a node has a higher number than those that were there before it. */
class NewDirectories {
  readonly #tree: PathTree;
  readonly #first: number;
  /** Entries of one directory follow each other. */
  #lastParent = NONE;
  #lastText: string | null = null;

  constructor(tree: PathTree, first: number) {
    this.#tree = tree;
    this.#first = first;
  }

  /** The highest new directory above a path, with a slash at its end; null where all were there. */
  above(node: number): string | null {
    const { parents } = this.#tree;
    const parent = node === NONE ? NONE : (parents[node] as number);
    if (parent === this.#lastParent) return this.#lastText;
    let top = NONE;
    for (let at = parent; at >= this.#first; at = parents[at] as number) top = at;
    this.#lastParent = parent;
    this.#lastText = top === NONE ? null : `${this.#tree.pathOf(top)}/`;
    return this.#lastText;
  }
}
