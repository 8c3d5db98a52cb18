import { isOsPackage } from "../../category/categorize.ts";
import { PLACES } from "../../category/places.ts";
import { hasGoProgram } from "../facts/go-programs.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Go itself, in an image whose program is built. */
export const goToolchain = pathRule({
  id: "go-toolchain",
  title: "the Go toolchain",
  about:
    "Go's compiler and standard library, 200 to 300 MB, in an image that has a program built by Go. The program holds all " +
    "that it needs.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: [
    ...PLACES.goToolchain.globs,
    "go/pkg/mod/golang.org/toolchain@*/**",
    "~/go/pkg/mod/golang.org/toolchain@*/**",
  ],
  sentence: "The Go toolchain stays in the image",
  live: true,
  unlessStarted: ["go", "air"],
  counts: ({ owner }, facts) => !isOsPackage(owner) && hasGoProgram(facts),
  remove: {
    command: removeDirectories("usr/local/go", "usr/lib/go"),
    advice: "Build in a stage of its own, FROM golang AS build, and copy the program into a small image.",
    assumes: ["Nothing compiles Go when the container runs."],
    usedBy: ["go", "make"],
  },
});
