import { pathRule } from "../path-rule.ts";

/** What dnf, yum and librepo write down. */
export const dnfLogs = pathRule({
  id: "dnf-logs",
  title: "logs of dnf and yum",
  about:
    "Logs that dnf, yum, librepo and hawkey append to in every RUN that installs. Nobody reads them in a container.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["var/log/{dnf,dnf.librepo,dnf.rpm,hawkey,yum,dnf5}.log*"],
  sentence: "Logs of dnf stay in the image",
  remove: {
    command: "rm -f /var/log/dnf*.log* /var/log/hawkey.log* /var/log/yum.log*",
    advice: "",
    assumes: [],
    broughtBy: ["dnf", "dnf5", "microdnf", "yum"],
  },
});
