import type { Rule } from "./rule.ts";

/** As ids stand in configurations, where `*` is a glob, and in reports. */
const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/**
 * A rule of your own, for `rules: [...RULES, mine]` of `analyzeImage` or `checkImages`: its findings are weighed, planned,
 * judged and reported as all others are. Its page is what its `docsUrl` says, and none where it says nothing.
 *
 * @throws {TypeError} where its id is not words of lower-case letters and digits with dashes between them: `acme-logs`
 */
export function defineRule(rule: Rule): Rule {
  if (!ID.test(rule.id)) throw new TypeError(`a rule's id is like "acme-logs", not ${JSON.stringify(rule.id)}`);
  return rule;
}
