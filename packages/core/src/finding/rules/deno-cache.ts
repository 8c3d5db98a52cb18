import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Modules that deno downloaded; they are what a container that starts deno runs. */
export const denoCache = pathRule({
  id: "deno-cache",
  title: "Deno's cache",
  about:
    "Modules that Deno downloaded and compiled. A container that starts deno runs them from there, so this " +
    "is said only where it does not, and never part of a plan.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: PLACES.deno.globs,
  sentence: "Deno's cache stays in the image",
  live: true,
  unlessStarted: ["deno"],
  remove: {
    command: removeDirectories(".cache/deno", "deno-dir"),
    advice: "",
    assumes: ["No script of the image starts deno."],
  },
});
