import { PLACES } from "../../category/places.ts";
import { pathRule } from "../path-rule.ts";

/** /var/opkg-lists: what the repositories had when the image was built. */
export const opkgLists = pathRule({
  id: "opkg-lists",
  title: "opkg's package lists",
  about: "Package lists that opkg update downloaded. The next opkg update replaces them.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.opkg.globs,
  sentence: "opkg's package lists stay in the image",
  remove: {
    command: "rm -rf /var/opkg-lists/*",
    advice: "",
    assumes: [],
    usedBy: ["opkg"],
  },
});
