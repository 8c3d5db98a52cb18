import { unneededPackages } from "../fix/apk/unneeded-packages.ts";

/** Shell completions as packages that were asked for by name. */
export const apkShellCompletions = unneededPackages({
  id: "apk-shell-completions",
  title: "shell completions as packages",
  about:
    "Packages that complete commands in interactive shells (-bash-completion and its like). They help people who type, which containers see few of.",
  severity: "info",
  confidence: "medium",
  related: [],
  subject: "Packages with shell completions",
  assumes: "Nobody types commands into a shell of the container.",
});
