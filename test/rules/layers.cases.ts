import type { RuleCase } from "../support/rule-case.ts";

export const LAYER_CASES: readonly RuleCase[] = [];
