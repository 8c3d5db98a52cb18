import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Compiled packages, kept for the next build. */
export const goBuildCache = pathRule({
  id: "go-build-cache",
  title: "Go's build cache",
  about: "Compiled packages that go build keeps for the next build, often several hundred megabytes.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.goBuilds.globs,
  sentence: "Go's build cache stays in the image",
  unlessStarted: ["go", "air"],
  remove: {
    command: removeDirectories(".cache/go-build"),
    advice:
      "Best: build in a stage of its own. RUN --mount=type=cache,target=/root/.cache/go-build keeps the " +
      "cache between builds and out of the image.",
    assumes: [],
    broughtBy: ["go"],
  },
});
