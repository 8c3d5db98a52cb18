import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Bottles and formula lists that brew downloaded. */
export const brewCache = pathRule({
  id: "brew-cache",
  title: "Homebrew's cache",
  about: "Bottles and formula lists that Homebrew downloaded. brew needs them only to install the same version again.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.brew.globs,
  sentence: "Homebrew's cache stays in the image",
  remove: {
    command: removeDirectories(".cache/Homebrew"),
    advice: "brew cleanup --prune=all -s does the same.",
    assumes: [],
  },
});
