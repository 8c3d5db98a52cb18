import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasDebian } from "../e2e/debian.ts";
import { hasEngine } from "../e2e/tools.ts";
import { type Bases, hasAlpine, makeBases } from "./bases.ts";
import type { Weight } from "./measure.ts";
import type { Pair } from "./pair.ts";
import { measureByHand, type Rebuild, rebuild } from "./rebuild.ts";

/** One line of docs/rebuilds.md. */
export interface Row {
  readonly pair: Pick<Pair, "name" | "title" | "base" | "standIn">;
  readonly result: Rebuild;
  readonly byHand: Weight | null;
}

const isHere = (pair: Pair): boolean => hasEngine && (pair.base === "debian" ? hasDebian : hasAlpine);

/** At most so much of what is really saved may a prediction be off that is not marked exact. */
const TOLERANCE = 0.02;

/** What one kind of bytes of a plan says, against what was measured. */
function hold({ predicted, measured, exact }: Rebuild, bytes: keyof Weight, isExact: boolean): void {
  expect(predicted.before[bytes], `${bytes} of the wasteful image`).toBe(measured.before[bytes]);
  const [said, saved] = [predicted, measured].map(({ before, after }) => before[bytes] - after[bytes]) as [
    number,
    number,
  ];
  expect(saved, `${bytes} saved by the rebuild`).toBeGreaterThan(0);
  const bound = isExact ? 0 : TOLERANCE * saved;
  expect(
    Math.abs(said - saved),
    `${bytes}: ${said} predicted, ${saved} saved; exact: ${JSON.stringify(exact)}`,
  ).toBeLessThanOrEqual(bound);
}

/** @param withByHand  whether the careful author's image is built too, for the report */
export function holdPairs(pairs: readonly Pair[], { withByHand }: { withByHand: boolean }): void {
  let bases: Bases;
  const rows = new Map<string, Row>();
  beforeAll(async () => {
    bases = await makeBases();
    // All begin at once; the tests wait for theirs, and tell why it could not be made.
    for (const base of new Set(pairs.filter(isHere).map((pair) => pair.base))) bases.name(base).catch(() => undefined);
  });
  afterAll(async () => {
    await bases.remove();
    const file = process.env["IMGWEIGH_REBUILD_RESULTS"];
    const inOrder = pairs.flatMap(({ name }) => rows.get(name) ?? []);
    if (file !== undefined) writeFileSync(file, JSON.stringify(inOrder, null, 1));
  });

  describe("a rebuild with imgweigh's own patch weighs what the plan says", () => {
    for (const pair of pairs) {
      test.skipIf(!isHere(pair))(`${pair.name}: ${pair.title}`, { concurrent: true }, async () => {
        const base = await bases.name(pair.base);
        const result = await rebuild(pair, base);
        const { name, title, standIn } = pair;
        const byHand = withByHand ? await measureByHand(pair, base) : null;
        rows.set(name, {
          pair: { name, title, base: pair.base, ...(standIn === undefined ? {} : { standIn }) },
          result,
          byHand,
        });
        expect(result.rules).toEqual(expect.arrayContaining([...pair.rules]));
        if (pair.exact) expect(result.exact.content, "content bytes marked exact").toBe(true);
        hold(result, "contentBytes", result.exact.content);
        hold(result, "tarBytes", result.exact.tar);
        expect(result.ran.before.code).toBe(0);
        expect(result.ran.after).toEqual(result.ran.before);
      });
    }
  });
}
