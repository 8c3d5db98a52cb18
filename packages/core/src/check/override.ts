import { ImgweighError } from "../errors.ts";
import { AMOUNT_FORMS, parseIncrease, parseLimit, unitOf } from "./amounts.ts";
import type { Budget, CheckConfig, ImageCheck, Level, Metric, Origin, Scope, Setting } from "./check-config.ts";
import { imageAlone } from "./image-alone.ts";

/** What is asked for by flags: each wins over the same value of a configuration. */
export interface CheckFlags {
  /** Where there is a configuration of several images, which of them. */
  readonly image?: string | undefined;
  readonly platform?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly baseline?: string | undefined;
  readonly failOn?: Level | undefined;
  /** What the limits are about. */
  readonly metric: Metric;
  readonly max?: string | undefined;
  readonly min?: string | undefined;
  /** An amount, a percentage, or one of each. */
  readonly maxIncrease?: readonly string[] | undefined;
}

const BOUNDS = ["max", "min", "maxIncrease"] as const;

function isSameScope(a: Scope | null, b: Scope | null): boolean {
  return a?.kind === b?.kind && a?.glob === b?.glob;
}

/** Budgets and those that win over them: a bound of the same metric and scope is replaced. */
export function withBudgets(budgets: readonly Budget[], winning: readonly Budget[]): readonly Budget[] {
  const kept = budgets.map((budget): Budget => {
    const same = winning.filter(({ metric, scope }) => metric === budget.metric && isSameScope(scope, budget.scope));
    const isReplaced = (bound: (typeof BOUNDS)[number]): boolean => same.some((one) => one[bound] !== null);
    return {
      ...budget,
      max: isReplaced("max") ? null : budget.max,
      min: isReplaced("min") ? null : budget.min,
      maxIncrease: isReplaced("maxIncrease") ? null : budget.maxIncrease,
    };
  });
  return [...kept.filter((budget) => BOUNDS.some((bound) => budget[bound] !== null)), ...winning];
}

function flag(name: string): Origin {
  return { file: null, line: null, key: `--${name}` };
}

function refuse(name: string, text: string): never {
  throw new ImgweighError("CONFIG_INVALID", `--${name} ${text}`);
}

function budgetsOf({ metric, max, min, maxIncrease = [] }: CheckFlags): Budget[] {
  const unit = unitOf(metric);
  const limits = { max, min } as const;
  const budgets = (["max", "min"] as const).flatMap((bound): Budget[] => {
    const text = limits[bound];
    if (text === undefined) return [];
    const limit = parseLimit(metric, text.trim());
    if (limit === null) return refuse(bound, `wants ${AMOUNT_FORMS[unit]}, not ${JSON.stringify(text)}`);
    return [{ metric, scope: null, max: null, min: null, maxIncrease: null, [bound]: limit, origin: flag(bound) }];
  });
  if (maxIncrease.length === 0) return budgets;
  const text = maxIncrease.map((one) => one.trim()).join(" and ");
  if (unit === "ratio")
    return refuse("max-increase", "is not for efficiency, which is better the higher it is: use --min");
  const increase = parseIncrease(metric, text);
  if (increase === null)
    return refuse("max-increase", `wants an amount, a percentage, or one of each, not ${JSON.stringify(text)}`);
  const origin = flag("max-increase");
  return [...budgets, { metric, scope: null, max: null, min: null, maxIncrease: increase, origin }];
}

const IMAGE_FLAGS = ["platform", "dockerfile", "baseline", "failOn"] as const satisfies readonly Setting[];
const FLAG_NAMES = { platform: "platform", dockerfile: "dockerfile", baseline: "baseline", failOn: "fail-on" } as const;

function override(check: ImageCheck, flags: CheckFlags): ImageCheck {
  const origins: { [setting in Setting]?: Origin } = { ...check.origins };
  for (const setting of IMAGE_FLAGS) if (flags[setting] !== undefined) origins[setting] = flag(FLAG_NAMES[setting]);
  return {
    ...check,
    platform: flags.platform ?? check.platform,
    dockerfile: flags.dockerfile ?? check.dockerfile,
    baseline: flags.baseline ?? check.baseline,
    failOn: flags.failOn ?? check.failOn,
    budgets: withBudgets(check.budgets, budgetsOf(flags)),
    origins,
  };
}

const ARGUMENT: Origin = { file: null, line: null, key: "argument" };

/** The image that the argument names: one of several by name or reference; in place of the only one otherwise. */
function choose(images: readonly ImageCheck[], image: string): readonly ImageCheck[] {
  const named = images.filter((one) => one.name === image || one.image === image);
  if (named.length > 0) return named;
  const [only, ...more] = images;
  if (only === undefined) return [{ ...imageAlone(image, [], ARGUMENT), origins: { image: ARGUMENT } }];
  if (more.length === 0) {
    const name = only.origins.name === undefined ? image : only.name;
    return [{ ...only, name, image, origins: { ...only.origins, image: ARGUMENT } }];
  }
  throw new ImgweighError("CONFIG_INVALID", `the configuration has no image ${JSON.stringify(image)}`, {
    hint: `it has ${images.map(({ name }) => name).join(", ")}`,
  });
}

/**
 * A configuration with flags over it; without one, the flags alone.
 *
 * @throws {ImgweighError} CONFIG_INVALID for a flag that is no limit of its metric, or names no image of the configuration
 */
export function applyFlags(config: CheckConfig | null, flags: CheckFlags): CheckConfig {
  const { images, notes } = config ?? { images: [], notes: [] };
  const chosen = flags.image === undefined ? images : choose(images, flags.image);
  return { images: chosen.map((check) => override(check, flags)), notes };
}
