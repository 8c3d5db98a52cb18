import type { Snapshot } from "../diff/snapshot.ts";
import { escapeJson } from "../escape.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One row a line: lists of objects are laid out, and objects that hold such lists. */
function layOut(value: Json, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((row: Json) => inner + JSON.stringify(row)).join(",\n")}\n${indent}]`;
  }
  if (typeof value === "object" && value !== null && Object.values(value).some((part) => Array.isArray(part))) {
    const parts = Object.entries(value).map(([key, part]) => `${inner}${JSON.stringify(key)}: ${layOut(part, inner)}`);
    return `{\n${parts.join(",\n")}\n${indent}}`;
  }
  return JSON.stringify(value);
}

/**
 * A snapshot as the text of a baseline file: JSON with one row a line, in order of key, so that a small change of the
 * image is a small change of the file.
 */
export function formatBaseline(snapshot: Snapshot): string {
  return `${escapeJson(layOut(snapshot as unknown as Json, ""))}\n`;
}
