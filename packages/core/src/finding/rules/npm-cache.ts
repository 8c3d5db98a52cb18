import { PLACES } from "../../category/places.ts";
import { isStarted } from "../facts/is-started.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** ~/.npm: everything that npm downloaded, and a log of each run. */
export const npmCache = pathRule({
  id: "npm-cache",
  title: "npm's cache and logs",
  about:
    "Everything that npm downloaded and a log of each run, kept in ~/.npm. What npx started from there is " +
    "left alone where the container's command is npx.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.npm.globs,
  sentence: "npm's cache stays in the image",
  counts: ({ path }, facts) => !(path.includes("/_npx/") && isStarted(facts, ["npx", "npm"])),
  remove: {
    command: removeDirectories(".npm"),
    advice:
      "npm cache clean --force leaves the logs; RUN --mount=type=cache,target=/root/.npm keeps the cache " +
      "between builds and out of the image.",
    assumes: [],
    broughtBy: ["npm", "npx"],
  },
});
