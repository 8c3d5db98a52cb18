import { type CheckFlags, LEVELS, METRICS, MISSING_BASELINE, SCOPES } from "@imgweigh/core/config";
import type { Argv, Options } from "yargs";
import { ALL_PLATFORMS } from "./platform-options.ts";

const CHECK = "What it is held against:";

const CHECK_OPTIONS = {
  config: {
    type: "string",
    alias: "c",
    group: CHECK,
    describe: "the configuration [default: imgweigh.yaml, .yml or .json, else .dive-ci, of the working directory]",
  },
  name: {
    type: "string",
    group: CHECK,
    describe: "what reports and comments call the image, so that they stay the same while its tag changes",
  },
  metric: { choices: METRICS, default: "content", group: CHECK, describe: "what the limits below are about" },
  scope: {
    type: "string",
    group: CHECK,
    describe: `the part of the image that they are about, such as path:/usr/lib: ${SCOPES.join(", ")} [default: all of it]`,
  },
  max: { type: "string", group: CHECK, describe: "the most it may be: 120MB, 100MiB, 12" },
  min: { type: "string", group: CHECK, describe: "the least it may be: 0.95, 95%" },
  "max-increase": {
    type: "array",
    string: true,
    nargs: 1,
    group: CHECK,
    describe: "how much more than the baseline: 2%, 100kB; may be given once each: only what exceeds both fails",
  },
  baseline: {
    type: "string",
    group: CHECK,
    describe: "what it is compared with: an image, or a file of imgweigh baseline",
  },
  "require-baseline": {
    type: "boolean",
    group: CHECK,
    describe: "without a baseline nothing is told but that it is missing (exit 2), whatever the configuration allows",
  },
  "missing-baseline": {
    choices: MISSING_BASELINE,
    group: CHECK,
    describe: "what a baseline is that is named and not there; allow: a branch's first run [default: error]",
  },
  "allow-unmeasured": {
    type: "boolean",
    group: CHECK,
    describe: "skip a budget that cannot be judged; otherwise the check has not passed (exit 2)",
  },
  "estimate-blob": {
    type: "boolean",
    default: false,
    group: CHECK,
    describe: "where a source has no compressed layers, compress them to count what a registry would have, about",
  },
  rule: {
    type: "array",
    string: true,
    nargs: 1,
    group: CHECK,
    describe: `RULE=LEVEL: the level of a rule, or of a glob of them: ${LEVELS.join(", ")}; may be repeated`,
  },
  ignore: {
    type: "array",
    string: true,
    nargs: 1,
    group: CHECK,
    describe: "RULE[:PATH] [until DAY]=REASON: findings that are known and accepted; may be repeated",
  },
  "fail-on": { choices: LEVELS, group: CHECK, describe: "the least level of a finding that fails [default: error]" },
  "print-config": {
    type: "boolean",
    default: false,
    group: CHECK,
    describe: "print what would be checked and where each value came from, and check nothing",
  },
  tighten: {
    type: "boolean",
    default: false,
    group: CHECK,
    describe: "lower the limits in the configuration file to what was reached",
  },
} as const satisfies Record<string, Options>;

/** What of a configuration is given by flags: those that are called the same in the core, and the others. */
export interface CheckFlagArguments
  extends Pick<CheckFlags, "name" | "platform" | "dockerfile" | "baseline" | "metric" | "scope" | "max" | "min"> {
  readonly target?: CheckFlags["image"];
  readonly "all-platforms"?: CheckFlags["allPlatforms"];
  readonly "allow-unmeasured"?: CheckFlags["allowUnmeasured"];
  readonly "missing-baseline"?: CheckFlags["missingBaseline"];
  readonly "fail-on"?: CheckFlags["failOn"];
  readonly "max-increase"?: CheckFlags["maxIncrease"];
  readonly rule?: CheckFlags["rules"];
  readonly ignore?: CheckFlags["ignores"];
}

export function withCheckOptions<T>(yargs: Argv<T>) {
  return yargs.options(CHECK_OPTIONS).options(ALL_PLATFORMS);
}

export function flagsOf(argv: CheckFlagArguments): CheckFlags {
  const { name, platform, dockerfile, baseline, metric, scope, max, min } = argv;
  return {
    ...{ name, platform, dockerfile, baseline, metric, scope, max, min },
    image: argv.target,
    failOn: argv["fail-on"],
    allPlatforms: argv["all-platforms"],
    allowUnmeasured: argv["allow-unmeasured"],
    missingBaseline: argv["missing-baseline"],
    maxIncrease: argv["max-increase"],
    rules: argv.rule,
    ignores: argv.ignore,
  };
}
