import type { RuleCase } from "../support/rule-case.ts";

export const LANGUAGE_CASES: readonly RuleCase[] = [];
