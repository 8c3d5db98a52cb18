import type { Rule } from "./rule.ts";
import { RULES } from "./rules.ts";

/** What a rule is about: plain JSON data. */
export interface RuleDescription extends Omit<Rule, "find" | "paths"> {
  /** Globs of files that it looks at; empty where it goes by other things. */
  readonly paths: readonly string[];
  readonly docsUrl: string;
}

/** Where the page of a rule is published. */
export function docsUrl(id: string): string {
  return `https://unpkg.com/@imgweigh/core/rules/${id}.md`;
}

/** Every rule, in alphabetical order. */
export function describeRules(): readonly RuleDescription[] {
  return RULES.map(({ id, title, about, severity, confidence, related, paths = [] }) => ({
    id,
    title,
    about,
    severity,
    confidence,
    related,
    paths,
    docsUrl: docsUrl(id),
  }));
}
