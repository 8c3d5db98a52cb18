import { isOsPackage } from "../../category/categorize.ts";
import { removeChildren } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Headers that make install put into an include directory. */
export const headers = pathRule({
  id: "headers",
  title: "C headers that no package owns",
  about:
    "C and C++ headers that a build installed. Only compilers read them; headers of OS packages are told by " +
    "rules about those packages.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["usr/{include,local/include}/**"],
  sentence: "C headers stay in the image",
  counts: ({ owner }) => !isOsPackage(owner),
  live: true,
  own: true,
  unlessStarted: ["gcc", "g++", "cc", "make", "clang"],
  least: 4096,
  remove: {
    command: removeChildren("usr/include", "usr/local/include"),
    advice: "A build in a stage of its own leaves them behind.",
    assumes: ["Nothing compiles C when the container runs."],
    usedBy: [
      "gcc",
      "g++",
      "cc",
      "c++",
      "clang",
      "make",
      "cmake",
      "ninja",
      "meson",
      "pip",
      "pip3",
      "npm",
      "yarn",
      "pnpm",
      "cargo",
      "go",
      "gem",
      "bundle",
      "./configure",
      "configure",
    ],
  },
});
