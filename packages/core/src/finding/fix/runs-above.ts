import type { BuildStep } from "../../build/build.ts";
import type { Facts } from "../facts.ts";

/** RUNs above the one that made a layer. */
export function runsAbove(facts: Facts, layer: number): readonly BuildStep[] {
  const own = facts.stepOf(layer);
  return own === null
    ? []
    : facts.build.steps.filter(({ step, instruction: { verb } }) => step > own.step && verb === "RUN");
}
