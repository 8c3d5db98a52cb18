import { parseBytes } from "../bytes.ts";
import { parseLimit, unitOf } from "./amounts.ts";
import type { Metric } from "./check-config.ts";
import type { BudgetVerdict, CheckResult } from "./check-result.ts";
import { ConfigDocument } from "./config-document.ts";

/** A limit that was changed to what was reached. */
export interface TightenedLimit {
  /** `images[0].budgets[2].max` */
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** A configuration with lower limits, and what was changed in it. */
export interface TightenedConfig {
  readonly text: string;
  readonly changes: readonly TightenedLimit[];
}

/** Decimals that a limit keeps: as many as tables show of a number of that size. */
function decimalsOf(value: number): number {
  return value < 10 ? 2 : value < 100 ? 1 : 0;
}

/** Bytes in the unit that the limit was written in, rounded up: what was reached has to stay within. */
function bytesText(bytes: number, written: string): string {
  const [, space = "", unit = ""] = /( *)([A-Za-z]*)$/.exec(written) ?? [];
  const size = parseBytes(`1${unit}`) ?? 1;
  if (size === 1) return `${bytes}${space}${unit}`;
  // In whole numbers: a quotient that is rounded up by a hair would be a step too much.
  const scale = 10 ** decimalsOf(bytes / size);
  const steps = (BigInt(bytes) * BigInt(scale) + BigInt(size) - 1n) / BigInt(size);
  return `${Number(steps) / scale}${space}${unit}`;
}

/** A ratio rounded down to what four digits or a percentage show. */
function ratioText(ratio: number, written: string): string {
  const [, space = "", percent = ""] = /( *)(%?)$/.exec(written) ?? [];
  const scale = percent === "" ? 1e4 : 1e2;
  const value = Math.floor(ratio * scale * (percent === "" ? 1 : 100)) / scale;
  return percent === "" ? String(value) : `${value}${space}%`;
}

function limitText(metric: Metric, reached: number, written: string): string {
  const unit = unitOf(metric);
  if (unit === "bytes") return bytesText(reached, written);
  return unit === "ratio" ? ratioText(reached, written) : String(reached);
}

interface Reached {
  readonly metric: Metric;
  readonly bound: "max" | "min";
  readonly written: string;
  /** The least strict: a default that several images share has to hold for each. */
  reached: number;
}

/** What each limit of the file was held against, where it holds for all. */
function reachedLimits({ images }: CheckResult, file: string): Map<string, Reached> {
  const limits = new Map<string, Reached>();
  const broken = new Set<string>();
  for (const { metric, bound, status, measured, limitText: written, origin } of images.flatMap(
    ({ budgets }) => budgets as readonly BudgetVerdict[],
  )) {
    if (origin.file !== file || (bound !== "max" && !(bound === "min" && metric === "efficiency"))) continue;
    const key = `${origin.key}.${bound}`;
    if (status !== "passed" || measured === null) {
      broken.add(key);
      continue;
    }
    const known = limits.get(key);
    if (known === undefined) limits.set(key, { metric, bound, written, reached: measured });
    else known.reached = bound === "max" ? Math.max(known.reached, measured) : Math.min(known.reached, measured);
  }
  for (const key of broken) limits.delete(key);
  return limits;
}

/**
 * A configuration whose limits are lowered (of efficiency: raised) to what a check of it reached, in the unit that each
 * is written in; everything else, comments included, stays as it is. Limits that were broken or not measured stay too.
 *
 * @param text the file that `result` is the check of
 * @throws {ImgweighError} CONFIG_INVALID
 */
export async function tightenConfig(text: string, file: string, result: CheckResult): Promise<TightenedConfig> {
  const document = await ConfigDocument.parse(text, file);
  const edits = new Map<number, { readonly end: number; readonly text: string } & TightenedLimit>();
  for (const [key, { metric, bound, written, reached }] of reachedLimits(result, file)) {
    const to = limitText(metric, reached, written);
    const value = document.at(key);
    const place = value === null ? null : document.sourceOf(value);
    if (value === null || place === null || !isStricter(metric, bound, to, written)) continue;
    const [start, end] = place;
    const quote = /^["']/.exec(text.slice(start, end))?.[0] ?? "";
    const edit = { end, text: `${quote}${to}${quote}`, key, from: written, to };
    // An alias has its limit at the anchor, where another image may have put a looser one.
    const other = edits.get(start);
    if (other === undefined || isStricter(metric, bound, other.to, to)) edits.set(start, edit);
  }
  return apply(text, edits);
}

function isStricter(metric: Metric, bound: "max" | "min", text: string, than: string): boolean {
  const [a, b] = [parseLimit(metric, text)?.value, parseLimit(metric, than)?.value];
  if (a === undefined || b === undefined) return false;
  return bound === "max" ? a < b : a > b;
}

function apply(
  text: string,
  edits: ReadonlyMap<number, { readonly end: number; readonly text: string } & TightenedLimit>,
): TightenedConfig {
  let [out, at] = ["", 0];
  const changes: TightenedLimit[] = [];
  for (const [start, { end, text: replacement, key, from, to }] of [...edits].sort(([a], [b]) => a - b)) {
    out += text.slice(at, start) + replacement;
    at = end;
    changes.push({ key, from, to });
  }
  return { text: out + text.slice(at), changes };
}
