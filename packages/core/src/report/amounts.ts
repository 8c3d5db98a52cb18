import { formatBytes, formatCount } from "../bytes.ts";
import type { Unit } from "../check/amounts.ts";

/** A number of a budget for people: `128 MB`, `1,204`, `95.12 %`. */
export function formatAmount(amount: number, unit: Unit): string {
  if (unit === "bytes") return formatBytes(amount);
  return unit === "count" ? formatCount(amount) : `${(100 * amount).toFixed(2)} %`;
}

/** A difference of two: of ratios in points of their percentages. */
export function formatDifference(amount: number, unit: Unit): string {
  return unit === "ratio" ? `${(100 * amount).toFixed(2)} points` : formatAmount(amount, unit);
}

/** The same to the last digit, for amounts that look equal when they are rounded. */
function formatExactly(amount: number, unit: Unit): string {
  return unit === "bytes" ? `${formatCount(amount)} B` : unit === "count" ? formatCount(amount) : String(amount);
}

/** Two amounts side by side: rounded, unless they differ and would look the same. */
export function formatPair(first: number, second: number, unit: Unit): readonly [string, string] {
  const format =
    first !== second && formatAmount(first, unit) === formatAmount(second, unit) ? formatExactly : formatAmount;
  return [format(first, unit), format(second, unit)];
}

/** A difference with its sign: `+1.20 MB`, `-3`, `0 B`. */
export function formatSigned(amount: number, unit: Unit): string {
  return `${amount > 0 ? "+" : ""}${formatDifference(amount, unit)}`;
}

/** What became of an amount: `+1.20 MB (+3.4 %)`, `0 B`; without a share where it was 0, or is one itself. */
export function formatChange(base: number, head: number, unit: Unit): string {
  const change = formatSigned(head - base, unit);
  if (base === 0 || head === base || unit === "ratio") return change;
  const share = ((head - base) / base) * 100;
  return `${change} (${share > 0 ? "+" : ""}${share.toFixed(1)} %)`;
}

/** `1 budget`, `2 budgets`; `2 categories`, where the plural is given. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
