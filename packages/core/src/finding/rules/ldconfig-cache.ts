import { pathRule } from "../path-rule.ts";

/** aux-cache: what ldconfig remembers of libraries to be faster next time. */
export const ldconfigCache = pathRule({
  id: "ldconfig-cache",
  title: "ldconfig's auxiliary cache",
  about:
    "/var/cache/ldconfig/aux-cache makes the next run of ldconfig faster. It holds inode numbers, so it is " +
    "of no use in a container and differs from build to build.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["var/cache/ldconfig/aux-cache"],
  sentence: "ldconfig's auxiliary cache stays in the image",
  remove: {
    command: "rm -f /var/cache/ldconfig/aux-cache",
    advice: "",
    assumes: [],
  },
});
