import { PLACES } from "../../category/places.ts";
import { baseName } from "../../image-path.ts";
import type { Facts } from "../facts.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";
import type { Rule, StoredFile } from "../rule.ts";

const PLUG_AND_PLAY = ["**/.pnp.cjs", "**/.pnp.js"];

const rule = pathRule({
  id: "yarn-cache",
  title: "yarn's cache",
  about:
    "Archives that yarn downloaded and has unpacked into node_modules. With Plug'n'Play programs run from the archives " +
    "themselves: where a .pnp.cjs is in the image, caches of yarn 2 and later are no waste.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3060"],
  paths: PLACES.yarn.globs,
  sentence: "yarn's cache stays in the image",
  remove: {
    command: removeDirectories(".cache/yarn", ".yarn/berry/cache", ".yarn/cache"),
    advice: "yarn cache clean does the same for the global cache.",
    assumes: [],
    broughtBy: ["yarn", "yarnpkg"],
  },
});

/** A project's own `.yarn/cache` is only known to be waste where the packages stand unpacked beside it. */
function isUnpacked({ path }: StoredFile, facts: Facts): boolean {
  const at = `/${path}`.indexOf("/.yarn/cache/");
  if (at < 0) return true;
  const project = path.slice(0, at); // ends in a slash, unless it is the root
  return facts.exists(`${project}node_modules`);
}

/** Yarn's caches, unless Plug'n'Play runs from them. */
export const yarnCache: Rule = {
  ...rule,
  paths: [...(rule.paths ?? []), ...PLUG_AND_PLAY],
  find(facts, files) {
    const isMap = ({ path }: StoredFile): boolean => baseName(path).startsWith(".pnp.");
    const playing = files.some((file) => isMap(file) && facts.exists(file.path));
    const caches = files.filter(
      (file) => !isMap(file) && (!playing || !file.path.includes(".yarn/")) && isUnpacked(file, facts),
    );
    return rule.find(facts, caches);
  },
};
