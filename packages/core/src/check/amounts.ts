import { parseBytes } from "../bytes.ts";
import type { Increase, Limit, Metric } from "./check-config.ts";

/** What the numbers of a metric are. */
export type Unit = "bytes" | "count" | "ratio";

export function unitOf(metric: Metric): Unit {
  if (metric === "efficiency") return "ratio";
  return metric === "layers" || metric === "entries" ? "count" : "bytes";
}

/** A number as it was written, exactly. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const digits = (count: number): string => `[0-9]{1,${count}}(\\.[0-9]{1,6})?`;

// No number of these is beyond what a double holds exactly. `K` and `M` alone are refused: people disagree about them.
const SIZE = `([0-9]{1,15} *[Bb]?|${digits(12)} *[Kk][Ii]?[Bb]|${digits(9)} *[Mm][Ii]?[Bb]|${digits(6)} *[Gg][Ii]?[Bb]|${digits(3)} *[Tt][Ii]?[Bb])`;
const COUNT = "[0-9]{1,15}";
const PERCENT = "[0-9]{1,6}(\\.[0-9]{1,4})? *%";

function either(absolute: string): string {
  return `^(${absolute}|${PERCENT}|${absolute} and ${PERCENT}|${PERCENT} and ${absolute})$`;
}

/** How amounts are written as text: the very patterns of `schema/config.v1.json`. */
export const AMOUNT_PATTERNS = {
  bytes: `^${SIZE}$`,
  count: `^${COUNT}$`,
  ratio: "^(0(\\.[0-9]{1,6})?|1(\\.0{1,6})?|[0-9]{1,2}(\\.[0-9]{1,4})? *%|100(\\.0{1,4})? *%)$",
} as const satisfies Record<Unit, string>;

export const INCREASE_PATTERNS = { bytes: either(SIZE), count: either(COUNT) } as const;

/** What an amount of a metric is to be, for people. */
export const AMOUNT_FORMS = {
  bytes: "bytes, or a number with a unit (kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024)",
  count: "a whole number",
  ratio: "a number from 0 to 1, or a percentage",
} as const satisfies Record<Unit, string>;

/** The fraction of a decimal number's text: `0.95`, `2.5e-7`. */
export function fractionOf(text: string): Fraction {
  const [, whole = "0", decimals = "", exponent = "0"] = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const shift = decimals.length - Number(exponent);
  const numerator = BigInt(whole + decimals);
  return shift >= 0
    ? { numerator, denominator: 10n ** BigInt(shift) }
    : { numerator: numerator * 10n ** BigInt(-shift), denominator: 1n };
}

function fits(value: unknown, pattern: string): value is string {
  return typeof value === "string" && new RegExp(pattern).test(value);
}

function parseText(unit: Unit, text: string): number {
  if (unit === "bytes") return parseBytes(text) as number;
  if (!text.endsWith("%")) return Number(text);
  const { numerator, denominator } = fractionOf(text.slice(0, -1).trim());
  return Number(numerator) / Number(denominator * 100n);
}

/** A bound as it is configured, text or number; null where it is none of the metric. */
export function parseLimit(metric: Metric, value: unknown): Limit | null {
  const unit = unitOf(metric);
  if (fits(value, AMOUNT_PATTERNS[unit])) return { value: parseText(unit, value), text: value };
  if (typeof value !== "number" || value < 0) return null;
  const isFit = unit === "ratio" ? value <= 1 : Number.isSafeInteger(value);
  return isFit ? { value, text: String(value) } : null;
}

/** An increase: an amount, a percentage, or both joined by `and`; null where it is none of the metric. */
export function parseIncrease(metric: Metric, value: unknown): Increase | null {
  const unit = unitOf(metric);
  if (unit === "ratio") return null;
  if (typeof value === "number") {
    const limit = parseLimit(metric, value);
    return limit === null ? null : { absolute: limit.value, relative: null, text: limit.text };
  }
  if (!fits(value, INCREASE_PATTERNS[unit])) return null;
  const parts = value.split(" and ");
  const percent = parts.find((part) => part.endsWith("%"));
  const amount = parts.find((part) => !part.endsWith("%"));
  return {
    absolute: amount === undefined ? null : parseText(unit, amount),
    relative: percent === undefined ? null : percentage(percent),
    text: value,
  };
}

function percentage(text: string): NonNullable<Increase["relative"]> {
  const { numerator, denominator } = fractionOf(text.slice(0, -1).trim());
  return { numerator: Number(numerator), denominator: Number(denominator) * 100 };
}
