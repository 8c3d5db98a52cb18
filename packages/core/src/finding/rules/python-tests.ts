import { isOsPackage } from "../../category/categorize.ts";
import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Tests that Python and many wheels install. */
export const pythonTests = pathRule({
  id: "python-tests",
  title: "tests of Python and its packages",
  about:
    "Tests of Python itself and of installed packages, which no program imports. A few packages do import " +
    "helpers from theirs, so this is never part of a plan.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: [
    "**/{site,dist}-packages/**/{test,tests}/**",
    "**/lib/python3*/{test,idlelib/idle_test,lib2to3/tests,unittest/test,tkinter/test,sqlite3/test,ctypes/test,distutils/tests}/**",
  ],
  sentence: "Tests of Python packages stay in the image",
  counts: ({ owner }) => !isOsPackage(owner),
  live: true,
  own: true,
  remove: {
    command: findAndRemove("-type d \\( -name test -o -name tests -o -name idle_test \\) -prune -exec rm -rf {} +"),
    advice: "",
    assumes: ["No package imports from its tests."],
  },
});
