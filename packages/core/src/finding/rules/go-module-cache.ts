import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Sources of all modules, and the archives they came in. */
export const goModuleCache = pathRule({
  id: "go-module-cache",
  title: "Go's module cache",
  about:
    "Sources of all modules that were downloaded for a build, and the archives that they came in. A built " +
    "program needs none of them.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.goModules.globs,
  sentence: "Go's module cache stays in the image",
  counts: ({ path }) => !path.includes("/mod/golang.org/toolchain@"),
  unlessStarted: ["go", "air"],
  remove: {
    command: removeDirectories("go/pkg/mod"),
    advice:
      "Best: build in a stage of its own and copy the program. RUN --mount=type=cache,target=/go/pkg/mod " +
      "keeps the cache between builds and out of the image.",
    assumes: ["The RUN runs as root, or go clean -modcache takes the place of rm: the cache is read-only."],
    usedBy: ["go", "make"],
  },
});
