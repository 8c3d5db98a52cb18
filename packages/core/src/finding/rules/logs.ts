import { isOsPackage } from "../../category/categorize.ts";
import { removeFiles } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Logs of package managers, and the databases of logins. */
const OTHER_RULES =
  /^var\/log\/(?:apt\/|zypp|dnf|hawkey\.log|yum\.log|apk\.log|(?:dpkg|alternatives|bootstrap|fontconfig)\.log|lastlog$|faillog$|tallylog$|(?:lastlog|wtmpdb)2?\.db)/;

/** What programs wrote down while the image was built. */
export const logs = pathRule({
  id: "logs",
  title: "logs of the build",
  about:
    "Logs that programs wrote while the image was built. A container writes its own; logs of package " +
    "managers have rules of their own.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["var/log/**", "**/{npm-debug,yarn-error,yarn-debug,pnpm-debug,lerna-debug}.log*", "**/hs_err_pid*.log"],
  sentence: "Logs of the build stay in the image",
  counts: ({ path, owner }) => !isOsPackage(owner) && !OTHER_RULES.test(path),
  remove: {
    command: removeFiles,
    advice: "",
    assumes: ["No program fails where its log file is not there yet."],
  },
});
