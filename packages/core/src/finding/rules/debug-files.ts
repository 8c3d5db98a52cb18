import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** *.debug, *.dwo and what -dbg packages bring. */
export const debugFiles = pathRule({
  id: "debug-files",
  title: "separate debug symbols",
  about:
    "Debug symbols in files of their own: /usr/lib/debug, *.debug, *.dwo, *.dwp and dSYM directories. Only " +
    "a debugger reads them.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: ["usr/lib/debug/**", "usr/local/lib/debug/**", "**/*.{debug,dwo,dwp}", "**/*.dSYM/**"],
  sentence: "Debug symbols stay in the image",
  counts: ({ owner }) => !owner.startsWith("apk/"),
  live: true,
  unlessStarted: ["gdb", "lldb"],
  remove: {
    command: removeDirectories("lib/debug"),
    advice: "Debuggers take them from a debuginfod server or a second image.",
    assumes: ["Nobody debugs programs inside the container."],
    usedBy: ["gdb", "strip"],
  },
});
