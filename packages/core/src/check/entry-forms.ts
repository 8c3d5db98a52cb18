import type { Rule } from "../finding/rule.ts";
import { RULES } from "../finding/rules.ts";
import { matchesText } from "../ledger/glob.ts";
import { unitOf } from "./amounts.ts";
import type { Metric, Scope } from "./check-config.ts";
import { didYouMean, nearestWord } from "./near-word.ts";

/* What is asked of entries that a file and flags give alike. A problem is worded to follow the entry's name. */

/** The id of the rule that was probably meant; null where none is near. */
export function nearestRule(id: string, rules: readonly Rule[] = RULES): string | null {
  return nearestWord(
    id,
    rules.map((rule) => rule.id),
  );
}

/** What is wrong with a rule's id, or a glob of them, where a check looks for these rules; null where nothing is. */
export function ruleProblem(rule: string, rules: readonly Rule[] = RULES): string | null {
  const ids = rules.map(({ id }) => id);
  if (ids.some((id) => matchesText(rule, id))) return null;
  return `names no rule${didYouMean(rule, ids) || ": imgweigh rules lists them"}`;
}

/** What is wrong with a scope of a metric: layers and entries are counted of layers alone; null where nothing is. */
export function scopeProblem(metric: Metric, kind: Scope["kind"]): string | null {
  if (unitOf(metric) !== "count" || kind === "layer" || kind === "instruction") return null;
  return `cannot be counted in ${metric}: only of a layer or an instruction`;
}

export const DAY_FORM = "has to be a day, YYYY-MM-DD: the last one on which it holds";

/** As the schema has it: months have their lengths, every February 29 days. */
const DAY =
  /^\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|[12]\d))$/;

export function isDay(value: unknown): value is string {
  return typeof value === "string" && DAY.test(value);
}
