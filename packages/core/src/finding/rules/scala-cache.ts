import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Artefacts and compilers that Scala and Kotlin builds downloaded. */
export const scalaCache = pathRule({
  id: "scala-cache",
  title: "caches of sbt, Ivy, Coursier and Kotlin/Native",
  about:
    "Artefacts and compilers that sbt, Ivy, Coursier and Kotlin/Native downloaded. Launchers made by " +
    "coursier bootstrap do read Coursier's cache.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.scala.globs,
  sentence: "Caches of a Scala or Kotlin build stay in the image",
  unlessStarted: ["sbt", "cs", "coursier", "scala", "scala-cli"],
  remove: {
    command: removeDirectories(".ivy2", ".sbt", ".cache/coursier", ".konan"),
    advice: "Best: build in a stage of its own and copy the result.",
    assumes: ["No launcher of coursier bootstrap runs in the container."],
    usedBy: ["sbt", "sbtx", "cs", "coursier", "scala-cli"],
  },
});
