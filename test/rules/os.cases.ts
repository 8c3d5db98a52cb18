import type { RuleCase } from "../support/rule-case.ts";

export const OS_CASES: readonly RuleCase[] = [];
