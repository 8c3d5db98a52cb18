import type { BuildStep } from "../../build/build.ts";
import { type ImagePath, parentPath } from "../../image-path.ts";
import { entryPath, KIND } from "../../layer/layer-index.ts";
import type { Facts } from "../facts.ts";
import type { Fix } from "../rule.ts";

/** Whether a step's command can be read and edited. */
export function isEditableRun({ instruction, script, inBase }: BuildStep): boolean {
  return instruction.verb === "RUN" && script?.complete === true && !inBase;
}

/**
 * RUNs that become one, from the step of one layer to that of another, with every RUN between: what lies between may
 * need the first and prepare the last. Null where a step is unknown, in the base, or not to be edited, and where a
 * step between that stays on its own touches the same files.
 */
export function joinSteps(facts: Facts, from: number, to: number): Pick<Fix, "kind" | "image" | "build"> | null {
  const [first, last] = [facts.stepOf(from), facts.stepOf(to)];
  if (first === null || last === null || !isEditableRun(first) || !isEditableRun(last)) return null;
  const runs = facts.build.steps.filter(
    ({ step, instruction }) => step >= first.step && step <= last.step && instruction.verb === "RUN",
  );
  if (!runs.every(isEditableRun)) return null;
  const layers = runs.flatMap(({ layer }) => (layer === null ? [] : [layer]));
  if (crossesOthers(facts, layers)) return null;
  return {
    kind: "join-runs",
    image: [{ kind: "join", layers }],
    build: [{ kind: "join-runs", steps: runs.map(({ step }) => step) }],
  };
}

/**
 * Whether a layer between the joined ones, and not one of them, replaces what an earlier one stores or removes: above
 * them it would be undone. What a joined layer does to it happens after it either way.
 */
function crossesOthers({ ledger }: Facts, layers: readonly number[]): boolean {
  const { starts, removedIn } = ledger.squash;
  const joined = new Set(layers);
  const [first, last] = [Math.min(...layers), Math.max(...layers)];
  const removed = new Set<ImagePath>();
  for (let layer = first; layer <= last; layer++) {
    const { entries } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index;
    const start = starts[layer] as number;
    for (let i = 0; i < entries.count; i++) {
      const path = entryPath(entries, i);
      if (!joined.has(layer)) {
        if (isWithin(path, removed)) return true;
        continue;
      }
      const kind = entries.kinds[i];
      if (kind === KIND.whiteout || kind === KIND.opaque) removed.add(path);
      const killer = removedIn[start + i] as number;
      if (kind === KIND.regular && killer > layer && killer < last && !joined.has(killer)) return true;
    }
  }
  return false;
}

function isWithin(path: ImagePath, directories: ReadonlySet<ImagePath>): boolean {
  if (directories.size === 0) return false;
  for (let at = path; at !== ""; at = parentPath(at)) if (directories.has(at)) return true;
  return false;
}
