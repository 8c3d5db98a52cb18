import { isOsPackage } from "../../category/categorize.ts";
import { hasGoProgram, isGoToolchain } from "../facts/go-programs.ts";
import { pathRule } from "../path-rule.ts";

/** Go sources beside the program that was built of them. */
export const goSources = pathRule({
  id: "go-sources",
  title: "Go sources beside the built program",
  about:
    "Go source files in an image that has a program built by Go. The program does not read them; panics show their names " +
    "and lines all the same.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["**/*.go"],
  sentence: "Go sources stay beside the program that was built of them",
  live: true,
  own: true,
  least: 4096,
  unlessStarted: ["go", "air"],
  counts: ({ path, owner }, facts) => !isGoToolchain(path) && !isOsPackage(owner) && hasGoProgram(facts),
  remove: { command: () => null, advice: "", assumes: [] },
  fix: (files) => ({
    kind: "stage",
    text: "Build in a stage of its own, FROM golang AS build, and copy only the program into the image.",
    image: [{ kind: "omit", instances: files.map(({ instance }) => instance) }],
    build: [],
    assumes: ["The program serves none of its sources."],
  }),
});
