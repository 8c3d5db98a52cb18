import { isOsPackage } from "../../category/categorize.ts";
import { removeFiles } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Sysroots of compilers, which other rules are about. */
const SDK = /\/(?:rustlib|go\/pkg|libpython[^/]*\.a$)|^usr\/(?:local|lib)\/go\//;

/** *.a and *.la that make install puts beside shared libraries. */
export const staticLibraries = pathRule({
  id: "static-libraries",
  title: "static libraries that no package owns",
  about: "Static libraries and libtool archives that a build installed. Only linkers read them.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["{usr,opt}/**/*.{a,la}", "lib/**/*.{a,la}"],
  sentence: "Static libraries stay in the image",
  counts: ({ path, owner }) => !isOsPackage(owner) && !SDK.test(path),
  live: true,
  own: true,
  unlessStarted: ["gcc", "g++", "cc", "make", "clang"],
  remove: {
    command: removeFiles,
    advice: "./configure --disable-static builds none.",
    assumes: ["Nothing links programs when the container runs."],
    usedBy: ["gcc", "g++", "cc", "c++", "clang", "make", "cmake", "ninja", "meson", "cargo", "go"],
  },
});
