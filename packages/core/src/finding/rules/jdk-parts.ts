import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** jmods, sources and symbol tables of a JDK. */
export const jdkParts = pathRule({
  id: "jdk-parts",
  title: "parts of a JDK that only compiling needs",
  about:
    "jmods, src.zip, ct.sym, headers, demos and manual pages of a JDK. Running a program needs a JRE, or a " +
    "runtime that jlink made, at a third of the size.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: [
    "{usr/lib/jvm,opt/java,opt/jdk*,usr/local/openjdk*,usr/java}/**/{jmods,demo,sample,include,man}/**",
    "{usr/lib/jvm,opt/java,opt/jdk*,usr/local/openjdk*,usr/java}/**/{src.zip,ct.sym}",
  ],
  sentence: "Parts of a JDK that only compiling needs stay in the image",
  live: true,
  unlessStarted: ["javac", "mvn", "mvnw", "gradle", "gradlew", "sbt", "jshell", "jlink"],
  least: 4096,
  remove: {
    command: removeDirectories("jmods", "demo", "sample", "include", "man"),
    advice:
      "Use the JRE tag of the base image, or jlink --strip-debug --no-man-pages --no-header-files in a " +
      "stage of its own.",
    assumes: ["Nothing in the container compiles Java or runs jlink."],
    usedBy: ["javac", "mvn", "mvnw", "gradle", "gradlew", "sbt", "jlink"],
  },
});
