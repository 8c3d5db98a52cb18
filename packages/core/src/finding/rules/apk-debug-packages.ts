import { unneededPackages } from "../fix/apk/unneeded-packages.ts";

/** Debug symbols as packages that were asked for by name. */
export const apkDebugPackages = unneededPackages({
  id: "apk-debug-packages",
  title: "debug symbols as packages",
  about:
    "Packages with debug symbols (-dbg) serve debuggers. They are many times the size of what they describe, and can be had when they are needed: their version is that of the package.",
  severity: "info",
  confidence: "medium",
  related: [],
  subject: "Packages with debug symbols",
  assumes: "No debugger or profiler in the container reads the symbols.",
});
