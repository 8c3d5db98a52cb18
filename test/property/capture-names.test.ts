import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AskedNames, CaptureNames } from "../../packages/core/src/layer/capture-names.ts";

const part = fc.constantFrom("a", "b", "ab", "a.b", "");
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.filter(Boolean).join("/"));
const text = fc.oneof(
  path,
  path.map((of) => `/${of}`),
  path.map((of) => `${of}/`),
  fc.constantFrom("", "b", ".b", "/"),
);
const asked: fc.Arbitrary<AskedNames> = fc.record({
  names: fc.array(path, { maxLength: 2 }),
  prefixes: fc.array(text, { maxLength: 2 }),
  suffixes: fc.array(text, { maxLength: 2 }),
  parents: fc.array(part, { maxLength: 1 }),
});

/** What the words of a request mean. */
function asks({ names, prefixes, suffixes, parents = [] }: AskedNames, of: string): boolean {
  const directory = of.split("/").slice(0, -1);
  return (
    names.includes(of) ||
    prefixes.some((prefix) => of.startsWith(prefix)) ||
    suffixes.some((suffix) => of.endsWith(suffix)) ||
    parents.includes(directory.at(-1) ?? "")
  );
}

describe("requests that ask for a path", () => {
  test("are found, whatever was asked before", () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 4 }), fc.array(path, { maxLength: 12 }), (requests, paths) => {
        const names = new CaptureNames(requests);
        for (const of of paths) {
          expect(names.matching(of)).toEqual(requests.flatMap((request, i) => (asks(request, of) ? [i] : [])));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
