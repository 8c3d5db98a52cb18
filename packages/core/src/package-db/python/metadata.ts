import { label, linesOf } from "../manifest-text.ts";

/** What the head of a `METADATA` or `PKG-INFO` says. */
export interface Metadata {
  readonly name: string | null;
  readonly version: string | null;
  /** `Requires-Dist`, as written. */
  readonly requires: readonly string[];
}

/** Reads the fields of core metadata (PEP 566): like a mail's, up to the empty line before the description. */
export function parseMetadata(text: string): Metadata {
  let name: string | null = null;
  let version: string | null = null;
  const requires: string[] = [];
  for (const line of linesOf(text)) {
    if (line === "") break;
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const field = line.slice(0, colon).toLowerCase();
    if (field === "name") name ??= label(line.slice(colon + 1));
    else if (field === "version") version ??= label(line.slice(colon + 1));
    else if (field === "requires-dist") requires.push(line.slice(colon + 1));
  }
  return { name, version, requires };
}

/**
 * Requirements of setuptools' older `requires.txt`: one a line; a section `[extra]` or `[extra:marker]` needs an extra,
 * `[:marker]` does not.
 */
export function parseRequiresTxt(text: string): string[] {
  const requires: string[] = [];
  let marker: string | null = "";
  for (const line of linesOf(text)) {
    if (line.startsWith("["))
      marker = line.startsWith("[:") ? `; ${line.slice(2).replace("]", "").slice(0, 1000)}` : null;
    else if (marker !== null && line.trim() !== "") requires.push(line + marker);
  }
  return requires;
}

/** The name by which a project is compared: lower case, runs of `-`, `_`, `.` as one `-` (PEP 503). */
export function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}
