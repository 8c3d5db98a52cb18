import { ImgweighError } from "../errors.ts";
import type { Rule } from "../finding/rule.ts";
import { AMOUNT_FORMS, parseIncrease, parseLimit, unitOf } from "./amounts.ts";
import {
  type Budget,
  type Ignore,
  LEVELS,
  type Level,
  type Metric,
  type MissingBaseline,
  type Origin,
  type RuleLevel,
  SCOPES,
  type Scope,
} from "./check-config.ts";
import { DAY_FORM, isDay, ruleProblem, scopeProblem } from "./entry-forms.ts";
import { otherChoice, unknownWord } from "./near-word.ts";

/** What is asked for by flags: each wins over the same value of a configuration. */
export interface CheckFlags {
  /** Where there is a configuration of several images, which of them. */
  readonly image?: string | undefined;
  /** What reports call the image, whatever its tag. */
  readonly name?: string | undefined;
  readonly platform?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly baseline?: string | undefined;
  readonly failOn?: Level | undefined;
  readonly allPlatforms?: boolean | undefined;
  readonly allowUnmeasured?: boolean | undefined;
  readonly missingBaseline?: MissingBaseline | undefined;
  /** What the limits are about. */
  readonly metric: Metric;
  /** The part of the image that the limits are about, `KIND:GLOB`; the whole unless given. */
  readonly scope?: string | undefined;
  readonly max?: string | undefined;
  readonly min?: string | undefined;
  /** An amount, a percentage, or one of each. */
  readonly maxIncrease?: readonly string[] | undefined;
  /** `RULE=LEVEL`. */
  readonly rules?: readonly string[] | undefined;
  /** `RULE[:PATH] [until DAY]=REASON`. */
  readonly ignores?: readonly string[] | undefined;
}

/** What flags add to a configuration. */
export interface FlagEntries {
  readonly budgets: readonly Budget[];
  readonly rules: readonly RuleLevel[];
  readonly ignores: readonly Ignore[];
}

/** Where a flag's value came from. */
export function flagOrigin(name: string): Origin {
  return { file: null, line: null, key: `--${name}` };
}

function refuse(name: string, problem: string): never {
  throw new ImgweighError("CONFIG_INVALID", `--${name} ${problem}`);
}

/** What stands before a mark's first occurrence, and after it; null where there is none. */
function cut(text: string, mark: string): readonly [before: string, after: string | null] {
  const at = text.indexOf(mark);
  return at < 0 ? [text.trim(), null] : [text.slice(0, at).trim(), text.slice(at + mark.length).trim()];
}

function readScope(text: string, metric: Metric): Scope {
  const [name, glob] = cut(text, ":");
  if (!glob) return refuse("scope", `wants KIND:GLOB, such as path:/usr/lib, not ${JSON.stringify(text)}`);
  const kind = SCOPES.find((one) => one === name);
  if (kind === undefined) return refuse("scope", `${JSON.stringify(name)} ${unknownWord(name, SCOPES)}`);
  const problem = scopeProblem(metric, kind);
  if (problem !== null) return refuse("scope", `${kind} ${problem}`);
  return { kind, glob };
}

/** A ratio is of efficiency; nothing else is one. */
function otherMetric(metric: Metric, text: string): string {
  if (metric === "efficiency" || parseLimit("efficiency", text.trim()) === null) return "";
  return ": did you mean --metric efficiency?";
}

function readBudgets({ metric, scope, max, min, maxIncrease = [] }: CheckFlags): Budget[] {
  const unit = unitOf(metric);
  const limits = { max, min } as const;
  if (scope !== undefined && max === undefined && min === undefined && maxIncrease.length === 0)
    return refuse("scope", "says what a limit is about: give it --max, --min or --max-increase");
  const budget = {
    metric,
    scope: scope === undefined ? null : readScope(scope, metric),
    max: null,
    min: null,
    maxIncrease: null,
  } as const;
  const budgets = (["max", "min"] as const).flatMap((bound): Budget[] => {
    const text = limits[bound];
    if (text === undefined) return [];
    const limit = parseLimit(metric, text.trim());
    if (limit === null)
      return refuse(bound, `wants ${AMOUNT_FORMS[unit]}, not ${JSON.stringify(text)}${otherMetric(metric, text)}`);
    return [{ ...budget, [bound]: limit, origin: flagOrigin(bound) }];
  });
  if (maxIncrease.length === 0) return budgets;
  const text = maxIncrease.map((one) => one.trim()).join(" and ");
  if (unit === "ratio")
    return refuse("max-increase", "is not for efficiency, which is better the higher it is: use --min");
  const increase = parseIncrease(metric, text);
  if (increase === null)
    return refuse("max-increase", `wants an amount, a percentage, or one of each, not ${JSON.stringify(text)}`);
  return [...budgets, { ...budget, maxIncrease: increase, origin: flagOrigin("max-increase") }];
}

function readRule(text: string, known: readonly Rule[] | undefined): RuleLevel {
  const [rule, name] = cut(text, "=");
  if (name === null) return refuse("rule", `wants RULE=LEVEL, not ${JSON.stringify(text)}`);
  const problem = ruleProblem(rule, known);
  if (problem !== null) return refuse("rule", `${JSON.stringify(rule)} ${problem}`);
  const level = LEVELS.find((one) => one === name);
  if (level === undefined) return refuse("rule", `${JSON.stringify(text)}: the level ${otherChoice(name, LEVELS)}`);
  return { rule, level, origin: flagOrigin("rule") };
}

function readIgnore(text: string, known: readonly Rule[] | undefined): Ignore {
  const [what, reason] = cut(text, "=");
  // So that `until` without a day is one that is wrong, not part of a path.
  const [place, until] = cut(`${what} `, " until ");
  const [rule, path] = cut(place, ":");
  if (!reason || path === "")
    return refuse("ignore", `wants RULE[:PATH] [until DAY]=REASON, not ${JSON.stringify(text)}`);
  const problem = ruleProblem(rule, known);
  if (problem !== null) return refuse("ignore", `${JSON.stringify(rule)} ${problem}`);
  if (until !== null && !isDay(until)) return refuse("ignore", `${JSON.stringify(text)}: until ${DAY_FORM}`);
  return { rule, path, reason, until, origin: flagOrigin("ignore") };
}

/** @throws {ImgweighError} CONFIG_INVALID for the first flag that says nothing of the kind */
export function readFlags(flags: CheckFlags, known: readonly Rule[] | undefined): FlagEntries {
  return {
    budgets: readBudgets(flags),
    rules: (flags.rules ?? []).map((text) => readRule(text, known)),
    ignores: (flags.ignores ?? []).map((text) => readIgnore(text, known)),
  };
}
