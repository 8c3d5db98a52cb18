import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIncrease, parseLimit } from "../../packages/core/src/check/amounts.ts";
import type { Metric } from "../../packages/core/src/check/check-config.ts";
import { judgeBudgets } from "../../packages/core/src/check/judge-budgets.ts";
import { diff } from "../../packages/core/src/diff/diff-images.ts";
import { matchesText, pathMatcher } from "../../packages/core/src/ledger/glob.ts";
import { PLAIN_CHECK, snapshotOfFiles } from "../support/snapshots.ts";

const ORIGIN = { file: null, line: null, key: "" };
const bytes = fc.oneof(
  fc.nat(300),
  fc.nat(10_000_000),
  fc.maxSafeNat().map((n) => Math.floor(n / 1024)),
);

/** What a person would do with pen and paper: every bound written down is broken, or the check has passed. */
function isIncreaseBroken(base: bigint, head: bigint, absolute: number | null, hundredths: number | null): boolean {
  const grown = head - base;
  const overAbsolute = absolute === null || grown > BigInt(absolute);
  // A percentage of two decimals, ten thousand times over.
  const overRelative = hundredths === null || grown * 10_000n > base * BigInt(hundredths);
  return overAbsolute && overRelative;
}

describe("budgets, against a naive model", () => {
  it("judge increases by exact shares", () => {
    fc.assert(
      fc.property(
        bytes,
        fc.oneof(bytes, fc.integer({ min: -3, max: 3 })),
        fc.option(fc.nat(2000)),
        fc.option(fc.nat(30_000)),
        fc.boolean(),
        (base, other, absolute, hundredths, isNear) => {
          fc.pre(absolute !== null || hundredths !== null);
          // Right at the edge half of the time, for that is where rounding shows.
          const share = hundredths === null ? 0n : (BigInt(base) * BigInt(hundredths)) / 10_000n;
          const near = base + Math.max(Number(share), absolute ?? 0) + (other % 4);
          const head = Math.max(0, Math.min(isNear ? near : Math.abs(other), Number.MAX_SAFE_INTEGER));
          const text = [
            absolute === null ? null : `${absolute} B`,
            hundredths === null ? null : `${(hundredths / 100).toFixed(2)}%`,
          ];
          const maxIncrease = parseIncrease("content", text.filter((part) => part !== null).join(" and "));
          const [before, after] = [base, head].map((live) => snapshotOfFiles([{ path: "/a", live }]));
          if (before === undefined || after === undefined) throw new Error("two sides");
          const {
            budgets: [verdict],
          } = judgeBudgets(
            {
              ...PLAIN_CHECK,
              budgets: [{ metric: "content", scope: null, max: null, min: null, maxIncrease, origin: ORIGIN }],
            },
            { head: after, base: before, diff: diff(before, after) },
          );
          const broken = isIncreaseBroken(BigInt(base), BigInt(head), absolute, hundredths);
          expect(verdict?.status).toBe(broken ? "failed" : "passed");
          expect(verdict?.measured).toBe(head - base);
          if (broken) expect(verdict?.over).toBe(head - base - (verdict?.limit ?? Number.NaN));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("judge limits of parts by the sum of what lies there", () => {
    const segment = fc.constantFrom("a", "b", "ab", "c");
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join("/")}`);
    const files = fc.uniqueArray(fc.record({ path, live: fc.nat(99), wasted: fc.nat(99), blob: fc.nat(99) }), {
      maxLength: 8,
      selector: (file) => file.path,
    });
    const metric = fc.constantFrom<Metric>("content", "rootfs", "blob", "wasted");
    fc.assert(
      fc.property(files, path, metric, fc.nat(300), (all, glob, of, limit) => {
        const amountOf = (file: (typeof all)[number]): number =>
          ({ content: file.live + file.wasted, rootfs: file.live, blob: file.blob, wasted: file.wasted })[
            of as "content"
          ];
        const wanted = all
          .filter((file) => file.path === glob || file.path.startsWith(`${glob}/`))
          .reduce((sum, file) => sum + amountOf(file), 0);
        const bound = parseLimit(of, limit);
        const budget = {
          metric: of,
          scope: { kind: "path", glob },
          max: bound,
          min: bound,
          maxIncrease: null,
          origin: ORIGIN,
        } as const;
        const { budgets: verdicts } = judgeBudgets(
          { ...PLAIN_CHECK, budgets: [budget] },
          { head: snapshotOfFiles(all), base: null, diff: null },
        );
        expect(verdicts.map(({ status, measured }) => [status, measured])).toEqual([
          [wanted > limit ? "failed" : "passed", wanted],
          [wanted < limit ? "failed" : "passed", wanted],
        ]);
      }),
    );
  });
});

/** The textbook definition: every way to split the text is tried. */
function naiveMatch(
  glob: readonly string[],
  items: readonly string[],
  star: string,
  isMatch: (a: string, b: string) => boolean,
): boolean {
  const [first, ...rest] = glob;
  if (first === undefined) return items.length === 0;
  if (first === star)
    return items.some((_, i) => naiveMatch(rest, items.slice(i), star, isMatch)) || naiveMatch(rest, [], star, isMatch);
  return items.length > 0 && isMatch(first, items[0] as string) && naiveMatch(rest, items.slice(1), star, isMatch);
}

const textMatch = (glob: string, text: string): boolean =>
  naiveMatch([...glob], [...text], "*", (wanted, given) => wanted === "?" || wanted === given);

describe("globs, against a naive model", () => {
  const letters = (alphabet: string, maxLength: number) =>
    fc.array(fc.constantFrom(...alphabet), { maxLength }).map((all) => all.join(""));

  it("match texts", () => {
    fc.assert(
      fc.property(letters("ab*?", 8), letters("ab/", 10), (glob, text) => {
        expect(matchesText(glob, text)).toBe(textMatch(glob, text));
      }),
      { numRuns: 2000 },
    );
  });

  it("match paths and what lies below them", () => {
    const parts = fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 5 });
    const globs = fc.array(fc.constantFrom("a", "b", "*", "**", "a*", "?"), { maxLength: 5 });
    fc.assert(
      fc.property(globs, parts, (glob, path) => {
        const isMatch = naiveMatch([...glob, "**"], path, "**", textMatch);
        expect(pathMatcher(`/${glob.join("/")}`)(`/${path.join("/")}`)).toBe(isMatch);
      }),
      { numRuns: 2000 },
    );
  });

  it("are done in time that people would wait, whatever they are made of", () => {
    expect(matchesText("*a".repeat(2000), "a".repeat(10_000))).toBe(true);
    expect(matchesText(`${"*a".repeat(1000)}b`, "a".repeat(10_000))).toBe(false);
    expect(pathMatcher(`/${"**/*a*/".repeat(20)}b`)(`/${"aa/".repeat(500)}`)).toBe(false);
  });
});
