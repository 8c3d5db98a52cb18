import { PLACES } from "../../category/places.ts";
import { pathRule } from "../path-rule.ts";

/** Metadata and packages that yum downloaded. */
export const yumCache = pathRule({
  id: "yum-cache",
  title: "yum's cache",
  about: "Repository metadata and packages that yum downloaded. The next yum fetches newer metadata anyway.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3032"],
  paths: PLACES.yum.globs,
  sentence: "yum's cache stays in the image",
  remove: {
    command: "rm -rf /var/cache/yum/*",
    advice: "yum clean all removes most of it.",
    assumes: [],
    broughtBy: ["yum"],
  },
});
