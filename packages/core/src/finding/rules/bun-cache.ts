import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** ~/.bun/install/cache: packages that bun downloaded; hard links from it cost nothing. */
export const bunCache = pathRule({
  id: "bun-cache",
  title: "Bun's install cache",
  about:
    "Packages that bun install keeps in ~/.bun/install/cache. Files that are linked into node_modules are " +
    "stored once and not counted.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.bun.globs,
  sentence: "Bun's install cache stays in the image",
  remove: {
    command: removeDirectories(".bun/install/cache"),
    advice: "",
    assumes: [],
    broughtBy: ["bun"],
  },
});
