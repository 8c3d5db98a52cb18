import type { PlanChoice } from "@imgweigh/core/results";
import type { Argv, Options } from "yargs";

const CHOICE = "Choosing what the plan is made of:";

/** Options of the commands that show or carry out a plan. */
export const PLAN_OPTIONS = {
  only: { type: "array", string: true, group: CHOICE, describe: "these findings and no others: ids, or rules" },
  without: { type: "array", string: true, group: CHOICE, describe: "all findings but these: ids, or rules" },
  assume: {
    type: "array",
    string: true,
    group: CHOICE,
    describe: "ids of findings whose assumptions you accept, which are left out otherwise",
  },
} as const satisfies Record<string, Options>;

export interface PlanArguments {
  readonly only?: readonly string[] | undefined;
  readonly without?: readonly string[] | undefined;
  readonly assume?: readonly string[] | undefined;
}

export function withPlanOptions<T>(yargs: Argv<T>) {
  return yargs.options(PLAN_OPTIONS);
}

/** `--only a,b` and `--only a --only b` are the same. */
function listOf(values: readonly string[] | undefined): string[] | undefined {
  return values?.flatMap((value) => value.split(",")).filter((name) => name !== "");
}

export function readPlanChoice({ only, without, assume }: PlanArguments): PlanChoice {
  return { only: listOf(only), without: listOf(without), assume: listOf(assume) };
}
