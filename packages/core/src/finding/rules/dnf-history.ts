import { pathRule } from "../path-rule.ts";

/** history.sqlite and copies of repository settings. */
export const dnfHistory = pathRule({
  id: "dnf-history",
  title: "dnf's history",
  about:
    "dnf's database of past transactions and the state of its repositories. It also says which packages " +
    "were asked for by name, which dnf autoremove needs, so it is worth keeping where packages are removed " +
    "later.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: ["var/lib/dnf/history.sqlite*", "var/lib/dnf/repos/**"],
  sentence: "dnf's history stays in the image",
  live: true,
  remove: {
    command: "rm -rf /var/lib/dnf/history.sqlite* /var/lib/dnf/repos",
    advice: "",
    assumes: ["No later step runs dnf autoremove or dnf history."],
    usedBy: ["dnf", "dnf5", "microdnf", "yum"],
  },
});
