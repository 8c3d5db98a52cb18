import { expect, test } from "vitest";
import { holdPairs } from "./hold-pairs.ts";
import { PAIRS } from "./pairs.ts";

/** For working on one of them. */
const only = process.env["IMGWEIGH_REBUILD_PAIRS"]?.split(",");

test("there are enough pairs, over enough rules, enough of them exact", () => {
  expect(PAIRS.length).toBeGreaterThanOrEqual(20);
  expect(new Set(PAIRS.flatMap(({ rules }) => rules)).size).toBeGreaterThanOrEqual(12);
  expect(PAIRS.filter(({ exact }) => exact).length).toBeGreaterThanOrEqual(14);
});

holdPairs(only === undefined ? PAIRS : PAIRS.filter(({ name }) => only.includes(name)), {
  withByHand: process.env["IMGWEIGH_REBUILD_BY_HAND"] !== undefined,
});
