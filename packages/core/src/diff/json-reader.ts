import { isObject } from "../oci/json.ts";

/** Turns a value out of untrusted JSON into what it should be; what a result does not need is left behind. */
export type Reader<T> = (value: unknown) => T;

/** A value is not what it should be. `place` grows on the way out: `groups.package[3].key`. */
export class NotAsExpected extends Error {
  readonly expected: string;
  place: string;

  constructor(expected: string, place = "") {
    super(expected);
    this.expected = expected;
    this.place = place;
  }
}

/** Reads a part, and says where it is if that fails. */
function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotAsExpected)
      error.place = error.place === "" || error.place.startsWith("[") ? place + error.place : `${place}.${error.place}`;
    throw error;
  }
}

export function textIn(value: unknown): string {
  if (typeof value === "string") return value;
  throw new NotAsExpected("a text");
}

/** Text of a form, which what is written out again has to have too. */
export function textOf(form: RegExp, what: string): Reader<string> {
  return (value) => {
    if (typeof value === "string" && form.test(value)) return value;
    throw new NotAsExpected(what);
  };
}

export function flagIn(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new NotAsExpected("true or false");
}

export function countIn(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new NotAsExpected("a whole number of at least 0");
}

export function ratioIn(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw new NotAsExpected("a number from 0 to 1");
}

export function oneOf<const T extends string>(...choices: readonly T[]): Reader<T> {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw new NotAsExpected(`one of ${choices.join(", ")}`);
  };
}

export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value) => (value === null ? null : read(value));
}

export function listOf<T>(read: Reader<T>): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new NotAsExpected("a list");
    return value.map((item: unknown, i) => within(`[${i}]`, () => read(item)));
  };
}

export function objectOf<T extends object>(readers: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  const named = Object.entries(readers) as [string, Reader<unknown>][];
  return (value) => {
    if (!isObject(value)) throw new NotAsExpected("an object");
    return Object.fromEntries(named.map(([key, read]) => [key, within(key, () => read(value[key]))])) as T;
  };
}

/** An object of any keys. */
export function recordOf<T>(read: Reader<T>): Reader<Record<string, T>> {
  return (value) => {
    if (!isObject(value)) throw new NotAsExpected("an object");
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, within(key, () => read(item))]));
  };
}
