import { PLACES } from "../../category/places.ts";
import { pathRule } from "../path-rule.ts";

/** Metadata, packages and logs of zypper. */
export const zypperCache = pathRule({
  id: "zypper-cache",
  title: "zypper's caches and logs",
  about:
    "Repository metadata, solver files and packages that zypper downloaded, and its logs. zypper refreshes " +
    "them anyway.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3036"],
  paths: [...PLACES.zypper.globs, "var/log/zypp/**", "var/log/{zypper,zypp}.log"],
  sentence: "zypper's caches stay in the image",
  remove: {
    command: "rm -rf /var/cache/zypp/* /var/log/zypp/* /var/log/zypper.log",
    advice: "zypper clean --all removes the caches, but not the logs.",
    assumes: [],
    broughtBy: ["zypper"],
  },
});
