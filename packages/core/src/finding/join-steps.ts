import { KIND } from "../layer/layer-index.ts";
import type { BuildStep } from "./build.ts";
import type { Facts } from "./facts.ts";
import type { Fix } from "./rule.ts";

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

/** Whether a layer between the joined ones, and not one of them, took a file from them or lost one to them. */
function crossesOthers({ ledger }: Facts, layers: readonly number[]): boolean {
  const { starts, removedIn } = ledger.squash;
  const joined = new Set(layers);
  const [first, last] = [Math.min(...layers), Math.max(...layers)];
  for (let layer = first; layer <= last; layer++) {
    const { kinds, count } = (ledger.image.layers[layer] as (typeof ledger.image.layers)[number]).index.entries;
    const start = starts[layer] as number;
    for (let i = 0; i < count; i++) {
      if (kinds[i] !== KIND.regular) continue;
      const killer = removedIn[start + i] as number;
      if (killer > layer && killer <= last && joined.has(killer) !== joined.has(layer)) return true;
    }
  }
  return false;
}
