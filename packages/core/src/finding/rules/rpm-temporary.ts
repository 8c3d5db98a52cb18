import { removeFiles } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** __db.001 and so on: shared memory of Berkeley DB, kept in files. */
export const rpmTemporary = pathRule({
  id: "rpm-temporary",
  title: "temporary files of rpm's Berkeley database",
  about:
    "__db.001 and its like are shared memory that Berkeley DB keeps in files while rpm runs. They are made " +
    "anew by the next rpm.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["{var/lib,usr/lib/sysimage,usr/share}/rpm/__db.*"],
  sentence: "rpm's temporary database files stay in the image",
  remove: {
    command: removeFiles,
    advice: "",
    assumes: [],
    broughtBy: ["rpm", "yum", "dnf", "microdnf"],
  },
});
