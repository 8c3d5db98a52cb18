import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Sources and builds of Perl modules. */
export const cpanCache = pathRule({
  id: "cpan-cache",
  title: "cpan's build directories",
  about: "Sources, builds and logs of Perl modules that cpan and cpanm leave after installing.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.cpan.globs,
  sentence: "Build directories of Perl modules stay in the image",
  remove: {
    command: removeDirectories(".cpan", ".cpanm"),
    advice: "",
    assumes: [],
    broughtBy: ["cpan", "cpanm"],
  },
});
