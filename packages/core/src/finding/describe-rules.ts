import type { Rule } from "./rule.ts";
import { RULES } from "./rules.ts";

/** What a rule is about: plain JSON data. */
export interface RuleDescription extends Omit<Rule, "find" | "paths" | "docsUrl"> {
  /** Globs of files that it looks at; empty where it goes by other things. */
  readonly paths: readonly string[];
  /** The page that explains it; null where a rule of your own has none. */
  readonly docsUrl: string | null;
}

const BUILT_IN: ReadonlySet<Rule> = new Set(RULES);

/** The page of a rule: its own, or where that of a built-in one is published; null where there is none. */
export function docsUrlOf(rule: Rule): string | null {
  return rule.docsUrl ?? (BUILT_IN.has(rule) ? `https://unpkg.com/@imgweigh/core/rules/${rule.id}.md` : null);
}

/** Rules as data, in their order: every one that is known, in alphabetical order, where none are given. */
export function describeRules(rules: readonly Rule[] = RULES): readonly RuleDescription[] {
  return rules.map((rule) => {
    const { id, title, about, severity, confidence, related, paths = [] } = rule;
    return { id, title, about, severity, confidence, related, paths, docsUrl: docsUrlOf(rule) };
  });
}
