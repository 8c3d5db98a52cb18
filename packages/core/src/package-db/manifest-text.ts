import { isObject, type JsonObject } from "../oci/json.ts";
import type { ViewedFile } from "./package-db.ts";
import type { TroubleList } from "./trouble-list.ts";

/** The longest name or version that is taken seriously; npm's own limit for names is 214. */
const MAX_LABEL = 214;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a name with one of these is no name
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A name or version out of a manifest; null where it cannot be one. */
export function label(value: unknown): string | null {
  if (typeof value !== "string" || value.length > 4 * MAX_LABEL) return null;
  const text = value.trim();
  return text === "" || text.length > MAX_LABEL || CONTROL.test(text) ? null : text;
}

/** The text of a manifest, without a byte order mark. */
export function textOf({ content }: ViewedFile): string {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** The same one character per byte, for lists of paths. */
export function bytesAsText({ content }: ViewedFile): string {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1");
}

/** Text that a path gave, as people write it. */
export function nameFromPath(path: string): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

/** Lines of a text, one at a time, however they end. */
export function* linesOf(text: string): Generator<string, void, undefined> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const line = end < 0 ? text.slice(at) : text.slice(at, end);
    yield line.endsWith("\r") ? line.slice(0, -1) : line;
    at = end < 0 ? text.length : end + 1;
  }
}

/** A manifest in JSON; null, and a trouble, where it cannot be read. */
export function readJson(file: ViewedFile, troubles: TroubleList): unknown {
  if (file.truncated) {
    troubles.add(file.path, "the manifest is longer than what is read of one");
    return null;
  }
  try {
    return JSON.parse(textOf(file));
  } catch {
    troubles.add(file.path, "the manifest is not valid JSON");
    return null;
  }
}

/** The same where only an object will do. */
export function readJsonObject(file: ViewedFile, troubles: TroubleList): JsonObject | null {
  const value = readJson(file, troubles);
  if (isObject(value)) return value;
  if (value !== null) troubles.add(file.path, "the manifest is not a JSON object");
  return null;
}
