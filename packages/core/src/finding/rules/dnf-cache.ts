import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Metadata and packages that dnf, microdnf and dnf5 downloaded. */
export const dnfCache = pathRule({
  id: "dnf-cache",
  title: "dnf's cache",
  about:
    "Repository metadata, usually over 100 MB, and packages that dnf, microdnf or dnf5 downloaded. The next " +
    "dnf fetches newer metadata anyway.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3040"],
  paths: PLACES.dnf.globs,
  sentence: "dnf's cache stays in the image",
  remove: {
    command: removeDirectories("var/cache/dnf", "var/cache/libdnf5", ".cache/libdnf5"),
    advice: "dnf clean all removes nearly all of it, but writes to its log while doing so.",
    assumes: [],
    broughtBy: ["dnf", "dnf5", "microdnf"],
  },
});
