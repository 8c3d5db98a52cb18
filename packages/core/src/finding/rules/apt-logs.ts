import { pathRule } from "../path-rule.ts";

/** What apt, dpkg and update-alternatives write down while they install. */
export const aptLogs = pathRule({
  id: "apt-logs",
  title: "logs of apt and dpkg",
  about:
    "Logs that apt, dpkg, update-alternatives and debootstrap write while the image is built. Nobody reads " +
    "them in a container, and they differ from build to build, so that layers do too.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["var/log/apt/**", "var/log/{dpkg,alternatives,bootstrap,fontconfig}.log"],
  sentence: "Logs of apt and dpkg stay in the image",
  remove: {
    command:
      "rm -rf /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log /var/log/bootstrap.log /var/log/fontconfig.log",
    advice: "",
    assumes: [],
    broughtBy: ["apt", "apt-get", "dpkg"],
  },
});
