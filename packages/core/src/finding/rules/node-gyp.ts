import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Headers of Node that node-gyp compiles native packages with. */
export const nodeGyp = pathRule({
  id: "node-gyp",
  title: "headers that node-gyp downloaded",
  about: "Node's headers, which node-gyp downloads to compile native packages and nothing needs afterwards.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.nodeGyp.globs,
  sentence: "Headers that node-gyp downloaded stay in the image",
  remove: {
    command: removeDirectories(".cache/node-gyp", ".node-gyp"),
    advice: "",
    assumes: [],
    broughtBy: ["npm", "yarn", "pnpm", "node-gyp"],
  },
});
