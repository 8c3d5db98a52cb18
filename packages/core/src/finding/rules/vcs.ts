import { isNamed } from "../facts/copied-by-name.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** .git, .svn and .hg: the whole history of the sources. */
export const vcs = pathRule({
  id: "vcs",
  title: "version-control directories",
  about:
    ".git, .svn, .hg and .bzr directories: the history of the sources, often larger than they are, and " +
    "sometimes with secrets that were committed once.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["**/{.git,.svn,.hg,.bzr}/**"],
  sentence: "A version-control directory stays in the image",
  counts: (file, facts) => !isNamed(file, facts),
  unlessStarted: ["git", "hg", "svn"],
  remove: {
    command: removeDirectories(".git", ".svn", ".hg", ".bzr"),
    advice: "Where a build stamps its version, RUN --mount=type=bind,source=.git,target=.git lends it the history.",
    assumes: ["Nothing reads the history when the container runs."],
    ignore: ["**/.git", "**/.svn", "**/.hg", "**/.bzr"],
    usedBy: ["git", "hg", "svn", "bzr"],
  },
});
