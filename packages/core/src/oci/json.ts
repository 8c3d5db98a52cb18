import { ImgweighError, messageOf } from "../errors.ts";

/** A JSON object out of an image: any key may be absent, of any type. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses JSON of an image. Keys such as `__proto__` stay plain keys of the parsed object.
 *
 * @throws {ImgweighError} ARCHIVE_MALFORMED where it is not JSON.
 */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  } catch (cause) {
    throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is not valid JSON: ${messageOf(cause)}`, { cause });
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws {ImgweighError} ARCHIVE_MALFORMED where the value is no object. */
export function asObject(value: unknown, where: string): JsonObject {
  if (isObject(value)) return value;
  throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is not a JSON object`);
}

/** An absent or null list is empty. @throws {ImgweighError} ARCHIVE_MALFORMED where the value is something else. */
export function asList(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new ImgweighError("ARCHIVE_MALFORMED", `${where} is not a JSON array`);
}

/** A value under a key in whatever case, as Go's JSON readers take it: the exact one first. */
export function field(object: JsonObject, key: string): unknown {
  if (Object.hasOwn(object, key)) return object[key];
  const folded = key.toLowerCase();
  const name = Object.keys(object).find((other) => other.toLowerCase() === folded);
  return name === undefined ? undefined : object[name];
}

export function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The string values of an object; others are left out. */
export function asTextMap(value: unknown): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  if (!isObject(value)) return map;
  for (const [key, text] of Object.entries(value)) if (typeof text === "string") map.set(key, text);
  return map;
}
