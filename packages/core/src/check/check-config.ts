/** What a budget measures. Bytes, but for `efficiency` (a ratio), `layers` and `entries` (counts). */
export const METRICS = ["content", "rootfs", "blob", "wasted", "efficiency", "layers", "entries"] as const;
/** One of {@link METRICS}. */
export type Metric = (typeof METRICS)[number];

/** What part of the image a budget is about: one of these, by glob; null for the whole. */
export const SCOPES = ["path", "package", "category", "layer", "instruction"] as const;
/** The part of an image that a budget is about: one of {@link SCOPES}, by glob. */
export interface Scope {
  readonly kind: (typeof SCOPES)[number];
  readonly glob: string;
}

/** How much more than the baseline; with both bounds only what exceeds both fails (a floor against noise). */
export interface Increase {
  readonly absolute: number | null;
  /** As a fraction of integers, so that it compares without rounding: 2.5 % is 25 of 1000. */
  readonly relative: { readonly numerator: number; readonly denominator: number } | null;
  /** As it was written: "2% and 100 kB". */
  readonly text: string;
}

/** Where something was asked for: a file of configuration, or a flag. Lines are 1-based. */
export interface Origin {
  readonly file: string | null;
  readonly line: number | null;
  /** `images[0].budgets[2]`, or `--max`. */
  readonly key: string;
}

/** A limit as a number, and as it was written. */
export interface Limit {
  readonly value: number;
  /** As it was written: "120 MB". */
  readonly text: string;
}

/** A limit of one measure of an image, or of a part of it. */
export interface Budget {
  readonly metric: Metric;
  readonly scope: Scope | null;
  /** Only of images for this platform (`linux/arm64`); null for any. */
  readonly platform?: string | null;
  /** Met exactly, a bound holds. Bytes, counts or a ratio, as the metric is. */
  readonly max: Limit | null;
  readonly min: Limit | null;
  readonly maxIncrease: Increase | null;
  readonly origin: Origin;
}

/** Levels of a rule's findings: `error` fails a check unless `failOn` says otherwise, `off` is not told at all. */
export const LEVELS = ["error", "warn", "off"] as const;
/** One of {@link LEVELS}. */
export type Level = (typeof LEVELS)[number];

/** The level of a rule, or of a glob of them. */
export interface RuleLevel {
  readonly rule: string;
  readonly level: Level;
  readonly origin: Origin;
}

/** Findings that are known and accepted. */
export interface Ignore {
  /** A rule's id, or a glob of them. */
  readonly rule: string;
  /** Only findings all of whose paths match; null for any. */
  readonly path: string | null;
  readonly reason: string;
  /** The last day on which it holds, `YYYY-MM-DD`; null for ever. */
  readonly until: string | null;
  readonly origin: Origin;
}

/** What a baseline is that is named and not there. */
export const MISSING_BASELINE = ["error", "allow"] as const;
/** One of {@link MISSING_BASELINE}. */
export type MissingBaseline = (typeof MISSING_BASELINE)[number];

/** What one image is held against. */
export interface ImageCheck {
  /** In reports, and of the comment. */
  readonly name: string;
  /** A reference, a path, or a prefix and either. */
  readonly image: string;
  readonly platform: string | null;
  readonly dockerfile: string | null;
  /** An image, or a file with a snapshot or an analysis. */
  readonly baseline: string | null;
  readonly budgets: readonly Budget[];
  /** Levels of rules, by id or glob, the last match wins; a rule that none matches is `warn`. */
  readonly rules: readonly RuleLevel[];
  /** The least level of a finding that fails the check; `off`: none does. */
  readonly failOn: Level;
  /** Every platform of the image is checked; one, unless said. */
  readonly allPlatforms?: boolean;
  /** A budget that cannot be judged is skipped, and fails nothing; unless said, the check has not passed. */
  readonly allowUnmeasured?: boolean;
  /** What a baseline is that is named and not there: `error`, unless said, or `allow` (increases are skipped, as in a branch's first run). */
  readonly missingBaseline?: MissingBaseline;
  readonly ignores: readonly Ignore[];
  readonly origin: Origin;
  /** Where each value came from; one that is not here is the default. */
  readonly origins: Partial<Readonly<Record<Setting | Switch, Origin>>>;
}

/** Values of an image that a flag may override. */
export const SETTINGS = ["name", "image", "platform", "dockerfile", "baseline", "failOn"] as const;
/** One of {@link SETTINGS}. */
export type Setting = (typeof SETTINGS)[number];

/** What an image's check does where it cannot be judged, and of how many platforms it is. */
export const SWITCHES = ["allPlatforms", "allowUnmeasured", "missingBaseline"] as const;
/** One of {@link SWITCHES}. */
export type Switch = (typeof SWITCHES)[number];

/** What images are held against: a configuration that was read, with flags over it. */
export interface CheckConfig {
  readonly images: readonly ImageCheck[];
  /** Things about the configuration that people should know: what was made of a `.dive-ci`, an entry without effect. */
  readonly notes: readonly string[];
}
