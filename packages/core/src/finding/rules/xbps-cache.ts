import { PLACES } from "../../category/places.ts";
import { pathRule } from "../path-rule.ts";

/** /var/cache/xbps: packages that xbps downloaded and has unpacked. */
export const xbpsCache = pathRule({
  id: "xbps-cache",
  title: "xbps's package cache",
  about: "Packages that xbps-install downloaded and keeps after unpacking them.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.xbps.globs,
  sentence: "Packages that xbps downloaded stay in the image",
  remove: {
    command: "rm -rf /var/cache/xbps/*",
    advice: "",
    assumes: [],
  },
});
