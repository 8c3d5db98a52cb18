import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Artefacts, distributions and daemon logs of Gradle. */
export const gradleCache = pathRule({
  id: "gradle-cache",
  title: "Gradle's caches",
  about: "Artefacts, whole Gradle distributions and daemon logs in ~/.gradle. What the program needs is in its jar.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.gradle.globs,
  sentence: "Gradle's caches stay in the image",
  unlessStarted: ["gradle", "gradlew"],
  remove: {
    command: removeDirectories(
      ".gradle/caches",
      ".gradle/wrapper",
      ".gradle/daemon",
      ".gradle/native",
      ".gradle/notifications",
      ".gradle/jdks",
    ),
    advice: "Best: build in a stage of its own and copy the jar; gradle --no-daemon leaves less.",
    assumes: [],
    usedBy: ["gradle", "gradlew"],
  },
});
