import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Archives and repository lists that composer downloaded. */
export const composerCache = pathRule({
  id: "composer-cache",
  title: "Composer's cache",
  about: "Archives and repository lists that Composer downloaded and has unpacked into vendor.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.composer.globs,
  sentence: "Composer's cache stays in the image",
  remove: {
    command: removeDirectories(".composer/cache", ".cache/composer"),
    advice: "ENV COMPOSER_CACHE_DIR=/dev/null makes none.",
    assumes: [],
    broughtBy: ["composer", "composer.phar"],
  },
});
