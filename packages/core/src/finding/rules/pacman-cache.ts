import { pathRule } from "../path-rule.ts";

/** /var/cache/pacman/pkg: packages that pacman downloaded and has unpacked. */
export const pacmanCache = pathRule({
  id: "pacman-cache",
  title: "pacman's package cache",
  about: "Packages that pacman downloaded and keeps after unpacking them, in case of a downgrade.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["var/cache/pacman/pkg/**"],
  sentence: "Packages that pacman downloaded stay in the image",
  remove: {
    command: "rm -rf /var/cache/pacman/pkg/*",
    advice: "pacman -Scc --noconfirm does the same.",
    assumes: [],
  },
});
