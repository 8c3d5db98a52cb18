import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** libpython*.a, which only a program that embeds Python is linked with. */
export const pythonStatic = pathRule({
  id: "python-static",
  title: "Python's static library",
  about: "libpython*.a, some ten megabytes, is needed only to link a program that embeds Python statically.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["**/libpython*.a"],
  sentence: "Python's static library stays in the image",
  live: true,
  own: true,
  remove: {
    command: findAndRemove("-name 'libpython*.a' -type f -delete"),
    advice: "",
    assumes: [],
  },
});
