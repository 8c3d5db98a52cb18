import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Dart, Julia, Lua, Nim, Zig and Swift. */
export const languageCaches = pathRule({
  id: "language-caches",
  title: "caches of further language tools",
  about:
    "What the package managers of Dart, Julia, Lua, Nim, Zig and Swift download and compile. A compiled " +
    "program needs none of it; one that is interpreted may.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: PLACES.otherLanguages.globs,
  sentence: "Caches of a language's tools stay in the image",
  unlessStarted: ["dart", "flutter", "julia", "nim", "zig", "swift"],
  remove: {
    command: removeDirectories(
      ".pub-cache",
      ".julia/registries",
      ".julia/logs",
      ".cache/luarocks",
      ".cache/nim",
      ".cache/zig",
      ".build/checkouts",
      ".build/repositories",
      ".build/artifacts",
    ),
    advice: "",
    assumes: [],
    usedBy: ["dart", "flutter", "julia", "luarocks", "nim", "nimble", "zig", "swift"],
  },
});
