import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Every artefact and plugin that a build downloaded. */
export const mavenRepository = pathRule({
  id: "maven-repository",
  title: "Maven's local repository",
  about:
    "Every artefact and plugin that Maven downloaded for a build. What the program needs is in its jar, or " +
    "copied beside it.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.maven.globs,
  sentence: "Maven's local repository stays in the image",
  unlessStarted: ["mvn", "mvnw"],
  remove: {
    command: removeDirectories(".m2/repository", ".m2/wrapper"),
    advice:
      "Best: build in a stage of its own and copy the jar. RUN --mount=type=cache,target=/root/.m2 keeps it " +
      "between builds and out of the image.",
    assumes: [],
    usedBy: ["mvn", "mvnw"],
  },
});
