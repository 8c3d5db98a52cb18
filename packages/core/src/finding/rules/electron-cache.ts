import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Archives of Electron and of electron-builder's tools. */
export const electronCache = pathRule({
  id: "electron-cache",
  title: "Electron's download cache",
  about: "Archives of Electron and of electron-builder's tools, kept after they were unpacked.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.electron.globs,
  sentence: "Electron's download cache stays in the image",
  remove: {
    command: removeDirectories(".cache/electron", ".cache/electron-builder"),
    advice: "",
    assumes: [],
    broughtBy: ["electron-builder"],
  },
});
