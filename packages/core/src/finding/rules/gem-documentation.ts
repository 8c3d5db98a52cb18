import { withFlag } from "../../build/shell-calls.ts";
import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** ri and rdoc that gem install generates. */
export const gemDocumentation = pathRule({
  id: "gem-documentation",
  title: "documentation of gems",
  about: "Documentation in ri and HTML form that gem install generates for each gem.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: ["**/doc/*/{ri,rdoc}/**"],
  sentence: "Documentation of gems stays in the image",
  own: true,
  remove: {
    command: findAndRemove("-type d \\( -name ri -o -name rdoc \\) -prune -exec rm -rf {} +", 6),
    advice: "echo 'gem: --no-document' > /etc/gemrc does it for all RUNs.",
    assumes: [],
    instead: {
      text: "Generate none: gem install --no-document",
      edits: (script) =>
        withFlag(script, { programs: ["gem"], subcommands: ["install", "update"], flag: "--no-document" }),
    },
  },
});
