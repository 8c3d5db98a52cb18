import type { Rule } from "./rule.ts";
import { tmpFiles } from "./rules/tmp-files.ts";

/** Every rule, in alphabetical order. */
export const RULES: readonly Rule[] = [tmpFiles];
