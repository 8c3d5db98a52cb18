import { isOsPackage } from "../../category/categorize.ts";
import { pathRule } from "../path-rule.ts";

/** Readmes, type declarations, tests, examples and source maps in node_modules. */
export const nodeModulesJunk = pathRule({
  id: "node-modules-junk",
  title: "what no program loads of Node packages",
  about:
    "Readmes, changelogs, type declarations, source maps, tests and examples in node_modules. Programs load " +
    "none of them as a rule, but a directory named docs or test may be code.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: [
    "**/node_modules/**/*.{md,markdown,flow,map}",
    "**/node_modules/**/*.d.{ts,mts,cts}",
    "**/node_modules/**/{__tests__,.github,.nyc_output,example,examples}/**",
  ],
  sentence: "Documents, type declarations and tests of Node packages stay in the image",
  counts: ({ path, owner }) => !isOsPackage(owner) && !/(?:^|\/)licen[cs]e[^/]*$/i.test(path),
  live: true,
  own: true,
  unlessStarted: ["ts-node", "tsx", "tsc"],
  remove: {
    command: () => null,
    advice: "node-prune, clean-modules and modclean remove them; a bundler takes only what is loaded.",
    assumes: ["No program loads them."],
  },
});
