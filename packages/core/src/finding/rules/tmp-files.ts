import { pathRule } from "../path-rule.ts";

/** /tmp and /var/tmp: nothing in an image can be temporary. */
export const tmpFiles = pathRule({
  id: "tmp-files",
  title: "temporary files",
  about:
    "Files in /tmp and /var/tmp that a build step left behind. A container starts with its own writable layer, so what lies " +
    "there in an image is never temporary again. Software that ships data in /tmp on purpose is the exception.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["tmp/**", "var/tmp/**"],
  sentence: "Temporary files stay in the layer",
  remove: {
    command: "rm -rf /tmp/* /var/tmp/*",
    advice: "With BuildKit, RUN --mount=type=tmpfs,target=/tmp keeps them out without removing anything.",
    assumes: ["Nothing reads files in /tmp that an earlier step of the build put there."],
  },
});
