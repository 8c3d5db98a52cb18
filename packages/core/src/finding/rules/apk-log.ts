import { pathRule } from "../path-rule.ts";

/** What apk 3 writes of its own doings. */
export const apkLog = pathRule({
  id: "apk-log",
  title: "apk's log",
  about:
    "apk-tools 3 writes what it does into /var/log/apk.log. The build has shown it already, and nothing reads it in a container.",
  severity: "info",
  confidence: "high",
  related: [],
  paths: ["var/log/apk.log"],
  sentence: "The log of apk stays in the layer",
  remove: {
    command: "rm -f /var/log/apk.log",
    advice: "apk --no-logfile writes none.",
    assumes: [],
  },
});
