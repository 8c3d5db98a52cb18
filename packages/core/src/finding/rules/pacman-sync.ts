import { PLACES } from "../../category/places.ts";
import { pathRule } from "../path-rule.ts";

/** /var/lib/pacman/sync: what the repositories had when the image was built. */
export const pacmanSync = pathRule({
  id: "pacman-sync",
  title: "pacman's package lists",
  about:
    "Package lists that pacman -Sy downloaded. Installing from them later would be a partial upgrade, which " +
    "Arch does not support, so the next pacman -Sy replaces them.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.pacmanSync.globs,
  sentence: "pacman's package lists stay in the image",
  remove: {
    command: "rm -rf /var/lib/pacman/sync/*",
    advice: "",
    assumes: [],
    usedBy: ["pacman", "yay", "paru"],
  },
});
