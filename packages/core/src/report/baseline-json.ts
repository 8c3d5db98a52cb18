import type { Snapshot } from "../diff/snapshot.ts";
import { escapedChunks } from "./escaped-chunks.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// Some tens of KiB of text.
const ROWS_AT_ONCE = 256;

/** One row a line: lists of objects are laid out, and objects that hold such lists. */
function* layOut(value: Json, indent: string): Generator<string, void, undefined> {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    for (let from = 0; from < value.length; from += ROWS_AT_ONCE) {
      const rows = value.slice(from, from + ROWS_AT_ONCE).map((row: Json) => inner + JSON.stringify(row));
      yield `${from === 0 ? "[" : ","}\n${rows.join(",\n")}`;
    }
    yield value.length === 0 ? "[]" : `\n${indent}]`;
  } else if (typeof value === "object" && value !== null && Object.values(value).some((part) => Array.isArray(part))) {
    let separator = "{\n";
    for (const [key, part] of Object.entries(value)) {
      yield `${separator}${inner}${JSON.stringify(key)}: `;
      yield* layOut(part, inner);
      separator = ",\n";
    }
    yield `\n${indent}}`;
  } else yield JSON.stringify(value);
}

/**
 * A snapshot as the text of a baseline file, chunk by chunk: JSON with one row a line, in order of key, so that a small
 * change of the image is a small change of the file.
 */
export function baselineChunks(snapshot: Snapshot): Iterable<string> {
  return escapedChunks(layOut(snapshot as unknown as Json, ""));
}

/** The same as one text. */
export function formatBaseline(snapshot: Snapshot): string {
  return [...baselineChunks(snapshot)].join("");
}
