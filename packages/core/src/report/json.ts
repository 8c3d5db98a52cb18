import { CHUNK_LENGTH, escapedChunks } from "./escaped-chunks.ts";

// What the key, the indentation and the punctuation of a value come to, about, in code units.
const AROUND_A_VALUE = 24;

/** About how long a value's text is, in code units; counted no further than just beyond the limit. */
function weighText(value: unknown, limit: number): number {
  let length = AROUND_A_VALUE;
  if (typeof value === "string") return length + value.length;
  if (typeof value !== "object" || value === null) return length;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && length <= limit; i++) length += weighText(value[i], limit - length);
    return length;
  }
  for (const key in value) {
    if (length > limit) break;
    length += weighText((value as Record<string, unknown>)[key], limit - length);
  }
  return length;
}

/**
 * Whether it is laid out member by member: a list or plain object that is long. What says itself what it is as JSON is
 * left to `JSON.stringify`, and so is what holds itself, for it to refuse.
 */
function isLong(value: unknown, within: readonly object[]): value is object {
  if (typeof value !== "object" || value === null || "toJSON" in value || within.includes(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  return weighText(value, CHUNK_LENGTH) > CHUNK_LENGTH;
}

/** Cuts a list where a chunk is full: values from one place up to another. A long value is on its own. */
function* runs(values: readonly unknown[]): Generator<{ readonly from: number; readonly to: number }> {
  let from = 0;
  let length = 0;
  for (let to = 0; to < values.length; to++) {
    const more = weighText(values[to], CHUNK_LENGTH);
    if (to > from && length + more > CHUNK_LENGTH) {
      yield { from, to };
      from = to;
      length = 0;
    }
    length += more;
  }
  if (from < values.length) yield { from, to: values.length };
}

/** The members of a list or object that stands at a depth, without its brackets; "" where all of them are undefined. */
function layOutMembers(container: object, depth: number): string {
  // JSON.stringify indents what stands deep. So it is put as deep as it belongs, and what is around it cut off: a bracket,
  // a line feed and the indentation a level.
  let nested = container;
  for (let level = 0; level < depth; level++) nested = [nested];
  const text = JSON.stringify(nested, null, 2);
  const before = depth * (depth + 3) + "{\n".length;
  const after = depth * (depth + 1) + "\n}".length + 2 * depth;
  return text.slice(before, text.length - after);
}

/** A long list or object in parts; `within` is what it stands in, outermost first. */
function* layOut(container: object, within: readonly object[]): Generator<string, void, undefined> {
  const depth = within.length;
  const inside = [...within, container];
  const keys = Array.isArray(container) ? null : Object.keys(container);
  const values: readonly unknown[] = Array.isArray(container) ? container : Object.values(container);
  yield keys === null ? "[" : "{";
  let separator = "\n";
  for (const { from, to } of runs(values)) {
    const part = values.slice(from, to);
    if (part.length === 1 && isLong(part[0], inside)) {
      yield `${separator}${"  ".repeat(depth + 1)}${keys === null ? "" : `${JSON.stringify(keys[from])}: `}`;
      yield* layOut(part[0], inside);
    } else {
      const members = keys === null ? part : Object.fromEntries(part.map((value, i) => [keys[from + i], value]));
      const text = layOutMembers(members, depth);
      if (text === "") continue;
      yield separator + text;
    }
    separator = ",\n";
  }
  yield `${separator === "\n" ? "" : `\n${"  ".repeat(depth)}`}${keys === null ? "]" : "}"}`;
}

/** The text of `formatJson` in chunks of some 100 KiB, each made when it is asked for: a long one is never there as a whole. */
export function jsonChunks(result: object): Iterable<string> {
  return escapedChunks(isLong(result, []) ? layOut(result, []) : [JSON.stringify(result, null, 2)]);
}

/** A result as JSON text, two spaces a level, a line feed at the end; every control, bidi and invisible character escaped. */
export function formatJson(result: object): string {
  return [...jsonChunks(result)].join("");
}
