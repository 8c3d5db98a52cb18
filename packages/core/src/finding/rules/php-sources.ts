import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** php.tar.xz of the official images, which docker-php-ext-install unpacks. */
export const phpSources = pathRule({
  id: "php-sources",
  title: "PHP's source archive",
  about:
    "The archive of PHP's sources, some 12 MB, that official PHP images carry for docker-php-ext-install. " +
    "Once all extensions are built nothing reads it.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["usr/src/php.tar.xz*", "usr/src/php/**"],
  sentence: "PHP's source archive stays in the image",
  live: true,
  remove: {
    command: removeDirectories("usr/src/php"),
    advice: "",
    assumes: ["No extension is built later."],
    usedBy: ["docker-php-ext-install", "docker-php-ext-configure", "docker-php-source"],
  },
});
