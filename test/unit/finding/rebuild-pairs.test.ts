import { expect, test } from "vitest";
import { RULES } from "../../../packages/core/src/finding/rules.ts";
import { PAIRS } from "../../rebuild/pairs.ts";

/** What `pnpm test:rebuild` holds, looked at without an engine. */
const rules = new Set(PAIRS.flatMap((pair) => pair.rules));

test("there are enough pairs, over enough rules, enough of them exact", () => {
  expect(PAIRS.length).toBeGreaterThanOrEqual(20);
  expect(rules.size).toBeGreaterThanOrEqual(12);
  expect(PAIRS.filter(({ exact }) => exact).length).toBeGreaterThanOrEqual(14);
});

test("names tell them apart, and rules are ones that there are", () => {
  const names = PAIRS.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  const known = new Set(RULES.map(({ id }) => id));
  expect([...rules].filter((id) => !known.has(id))).toEqual([]);
});

test("the gate has few that take long", () => {
  const gate = PAIRS.filter((pair) => pair.gate === true);
  expect(gate.length).toBeGreaterThan(5);
  expect(gate.filter(({ base }) => base === "debian").length).toBeLessThanOrEqual(2);
});
