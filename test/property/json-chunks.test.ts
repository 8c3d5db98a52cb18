import { formatJson, jsonChunks } from "@imgweigh/core/report";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** What JSON.stringify leaves as it is, and may not reach a terminal, written as it writes the others. */
function stringified(value: object): string {
  const unsafe =
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]/g;
  const escaped = (match: string) =>
    [...Array(match.length).keys()].map((i) => `\\u${match.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
  return `${JSON.stringify(value, null, 2).replace(unsafe, escaped)}\n`;
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  // Halves of pairs too.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  // So long that what holds them is laid out member by member, wherever it stands.
  fc.constantFrom("x".repeat(25_000), "é".repeat(30_000), "🐳".repeat(15_000)),
);
const anyKey = fc.oneof(fc.constantFrom("__proto__", "toJSON", "length", "constructor", "0", "7", ""), anyText);

const anything = fc.anything({
  maxDepth: 5,
  key: anyKey,
  values: [anyText, fc.double(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined, () => {}, Symbol("s"))],
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

const anyResult: fc.Arbitrary<object> = fc.oneof(
  fc.record({ first: anything, rows: anything, last: anything }),
  fc.array(anything),
  fc.dictionary(anyText, anything),
);

const small = fc.anything({ maxDepth: 2, maxKeys: 3, values: [fc.string(), fc.integer(), fc.constant(undefined)] });

/** Rows of few kinds, more than a chunk has room for. */
const manyRows = fc
  .tuple(fc.array(small, { minLength: 1, maxLength: 3 }), fc.integer({ min: 3000, max: 6000 }))
  .map(([kinds, count]) => Array.from({ length: count }, (_, i) => kinds[i % kinds.length]));
const manyMembers = manyRows.map((rows) => Object.fromEntries(rows.map((row, i) => [`k${i}`, row])));
const long = fc.oneof(manyRows, manyMembers, fc.tuple(small, manyRows, small, manyMembers));

function check(result: object): void {
  // Compared as a whole: a failure of megabytes is not to be printed.
  expect([...jsonChunks(result)].join("") === stringified(result)).toBe(true);
  expect(formatJson(result) === stringified(result)).toBe(true);
}

describe("jsonChunks", () => {
  it("says what JSON.stringify says, in the same layout", () => {
    fc.assert(fc.property(anyResult, check));
  });

  it("does so for lists of many rows, and objects of many members", () => {
    fc.assert(fc.property(fc.oneof(long, fc.record({ a: small, b: long, c: small, d: long })), check), { numRuns: 30 });
  });
});
