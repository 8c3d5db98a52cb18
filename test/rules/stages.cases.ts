import type { RuleCase } from "../support/rule-case.ts";

export const STAGE_CASES: readonly RuleCase[] = [];
