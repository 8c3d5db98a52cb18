import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Packages that pnpm keeps; those hard-linked into node_modules cost nothing. */
export const pnpmStore = pathRule({
  id: "pnpm-store",
  title: "pnpm's store",
  about:
    "Files that pnpm keeps in its content-addressed store. What it hard-linked into node_modules in the " +
    "same layer is stored once and not counted; copies are, as they arise where the store lies in another " +
    "layer or file system.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.pnpm.globs,
  sentence: "pnpm's store stays in the image",
  remove: {
    command: removeDirectories("pnpm/store", ".pnpm-store"),
    advice: "RUN --mount=type=cache,target=/root/.local/share/pnpm/store keeps it between builds and out of the image.",
    assumes: ["node-linker is not set so that node_modules has symlinks into the store."],
    broughtBy: ["pnpm"],
  },
});
