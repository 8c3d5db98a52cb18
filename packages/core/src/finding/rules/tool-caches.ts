import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Helm and Ansible. */
export const toolCaches = pathRule({
  id: "tool-caches",
  title: "caches of deployment tools",
  about: "Repository indices and charts that Helm downloaded, and files that Ansible unpacked for a run.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: PLACES.deploymentTools.globs,
  sentence: "Caches of deployment tools stay in the image",
  remove: {
    command: removeDirectories(".cache/helm", ".ansible/tmp", ".ansible/cp"),
    advice: "",
    assumes: [],
    broughtBy: ["helm", "ansible", "ansible-playbook"],
  },
});
