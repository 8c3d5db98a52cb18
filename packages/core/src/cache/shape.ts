import { isObject } from "../oci/json.ts";

/** Says whether a value out of JSON has a certain form. */
export type Check = (value: unknown) => boolean;

/** A whole number that counts something. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a column of numbers counts something in each row. A loop: `every` would call back for each of a million. */
export function areCounts(column: Float64Array): boolean {
  for (const value of column)
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value)) return false;
  return true;
}

export const isText: Check = (value) => typeof value === "string";
export const isFlag: Check = (value) => typeof value === "boolean";

export function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/** An object whose values under these names have these forms. */
export function shape(checks: Readonly<Record<string, Check>>): Check {
  const named = Object.entries(checks);
  return (value) => isObject(value) && named.every(([name, check]) => check(value[name]));
}
