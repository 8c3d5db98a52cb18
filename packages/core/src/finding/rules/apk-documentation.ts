import { unneededPackages } from "../fix/apk/unneeded-packages.ts";

/** Manual pages and documentation that were asked for by name. */
export const apkDocumentation = unneededPackages({
  id: "apk-documentation",
  title: "manual pages and documentation",
  about:
    "Packages with manual pages (-doc), or docs, which brings those of everything else in. Nobody reads them in a container.",
  severity: "info",
  confidence: "medium",
  related: [],
  subject: "Documentation packages",
  assumes: "Nobody reads manual pages in the container.",
});
