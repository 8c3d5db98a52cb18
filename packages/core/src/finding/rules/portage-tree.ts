import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Ebuilds, source archives and binary packages of Gentoo. */
export const portageTree = pathRule({
  id: "portage-tree",
  title: "the Portage tree and its downloads",
  about:
    "The tree of ebuilds, hundreds of megabytes in small files, with the archives and binary packages that " +
    "emerge used. Only emerge needs them.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.portage.globs,
  sentence: "The Portage tree and its downloads stay in the image",
  remove: {
    command: removeDirectories("var/db/repos", "usr/portage", "var/cache/distfiles", "var/cache/binpkgs"),
    advice: "Better: emerge with --root in a stage of its own, and copy that root.",
    assumes: [],
    usedBy: ["emerge", "ebuild"],
  },
});
