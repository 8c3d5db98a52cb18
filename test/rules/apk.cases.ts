import type { RuleCase } from "../support/rule-case.ts";

export const APK_CASES: readonly RuleCase[] = [];
