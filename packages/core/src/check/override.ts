import { ImgweighError } from "../errors.ts";
import type { Rule } from "../finding/rule.ts";
import {
  type Budget,
  type CheckConfig,
  type ImageCheck,
  type Origin,
  type Scope,
  type Setting,
  SWITCHES,
  type Switch,
} from "./check-config.ts";
import { type CheckFlags, type FlagEntries, flagOrigin, readFlags } from "./check-flags.ts";
import { imageAlone } from "./image-alone.ts";

const BOUNDS = ["max", "min", "maxIncrease"] as const;

function isSameScope(a: Scope | null, b: Scope | null): boolean {
  return a?.kind === b?.kind && a?.glob === b?.glob;
}

/**
 * Budgets and those that win over them: a bound of the same metric, scope and platform is replaced; one for every platform
 * replaces those for one.
 */
export function withBudgets(budgets: readonly Budget[], winning: readonly Budget[]): readonly Budget[] {
  const kept = budgets.map((budget): Budget => {
    const same = winning.filter(
      ({ metric, scope, platform = null }) =>
        metric === budget.metric &&
        isSameScope(scope, budget.scope) &&
        (platform === null || platform === budget.platform),
    );
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

const IMAGE_FLAGS = ["name", "platform", "dockerfile", "baseline", "failOn"] as const satisfies readonly Setting[];

/** A property where it has a value. */
function given<K extends Switch>(name: K, value: ImageCheck[K]): Partial<Pick<ImageCheck, K>> {
  return value === undefined ? {} : ({ [name]: value } as Pick<ImageCheck, K>);
}

/** `fail-on` of `failOn`. */
function flagName(setting: string): string {
  return setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function override(check: ImageCheck, flags: CheckFlags, { budgets, rules, ignores }: FlagEntries): ImageCheck {
  const origins: { [setting in Setting | Switch]?: Origin } = { ...check.origins };
  for (const setting of [...IMAGE_FLAGS, ...SWITCHES])
    if (flags[setting] !== undefined) origins[setting] = flagOrigin(flagName(setting));
  return {
    ...check,
    name: flags.name ?? check.name,
    platform: flags.platform ?? check.platform,
    dockerfile: flags.dockerfile ?? check.dockerfile,
    baseline: flags.baseline ?? check.baseline,
    failOn: flags.failOn ?? check.failOn,
    ...given("allPlatforms", flags.allPlatforms ?? check.allPlatforms),
    ...given("allowUnmeasured", flags.allowUnmeasured ?? check.allowUnmeasured),
    ...given("missingBaseline", flags.missingBaseline ?? check.missingBaseline),
    budgets: withBudgets(check.budgets, budgets),
    rules: [...check.rules, ...rules],
    ignores: [...check.ignores, ...ignores],
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
 * @param rules rules that flags may name; all that are known where absent
 * @throws {ImgweighError} CONFIG_INVALID for a flag that is none of its kind, or names no image of the configuration
 */
export function applyFlags(config: CheckConfig | null, flags: CheckFlags, rules?: readonly Rule[]): CheckConfig {
  const { images, notes } = config ?? { images: [], notes: [] };
  const chosen = flags.image === undefined ? images : choose(images, flags.image);
  if (flags.name !== undefined && chosen.length > 1)
    throw new ImgweighError("CONFIG_INVALID", "--name is for one image, and the configuration has several: choose one");
  const entries = readFlags(flags, rules);
  return { images: chosen.map((check) => override(check, flags, entries)), notes };
}
