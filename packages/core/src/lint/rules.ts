import type { LintRule } from "./lint-subject.ts";
import { apkIndexRules, apkSplitRules, apkToolchain } from "./rules/apk-rules.ts";
import { aptLists, aptRecommends, aptToolchain, rpmCaches } from "./rules/apt-rules.ts";
import { managerCommands, mistakes } from "./rules/command-rules.ts";
import { contextRules, copyRules } from "./rules/copy-rules.ts";
import { languageCaches } from "./rules/language-caches.ts";
import { buildBase, glibcOnAlpine, shellOnScratch, staticProgram } from "./rules/stage-rules.ts";

/** What the text of a Dockerfile and its context show, under the ids of the rules that see the same in an image. */
export const LINT_RULES: readonly LintRule[] = [
  mistakes,
  managerCommands,
  apkSplitRules,
  apkIndexRules,
  apkToolchain,
  aptLists,
  aptRecommends,
  aptToolchain,
  rpmCaches,
  languageCaches,
  copyRules,
  contextRules,
  buildBase,
  staticProgram,
  shellOnScratch,
  glibcOnAlpine,
];
