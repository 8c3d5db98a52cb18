import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** ~/.gnupg: public keys and trust databases of a build. */
export const gnupg = pathRule({
  id: "gnupg",
  title: "keyrings that a download was checked with",
  about: "Keyrings and trust databases that gpg made to check a download. Once it is checked nothing reads them.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: ["~/.gnupg/**"],
  sentence: "A keyring of the build stays in the image",
  unlessStarted: ["gpg", "gpg2", "gpg-agent"],
  remove: {
    command: removeDirectories(".gnupg"),
    advice: "GNUPGHOME=$(mktemp -d) keeps it apart, to be removed in the same RUN.",
    assumes: ["Nothing verifies or signs when the container runs."],
    usedBy: ["gpg", "gpg2"],
  },
});
