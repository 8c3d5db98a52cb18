import { languagesOf } from "../facts/locale-settings.ts";
import { removeFiles } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** glibc's locales, where the environment asks for none of them. */
export const localeArchive = pathRule({
  id: "locale-archive",
  title: "compiled locales of the C library",
  about:
    "glibc's locale-archive, over 200 MB where all languages are installed, in an image whose environment asks for no " +
    "language. Programs may still ask for a locale by name, so this is never part of a plan.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: ["usr/lib/locale/locale-archive", "usr/lib/locale/locale-archive.real"],
  sentence: "Compiled locales stay in the image, whose environment asks for none",
  live: true,
  counts: (_, facts) => languagesOf(facts).length === 0,
  remove: {
    command: removeFiles,
    advice:
      "On Fedora and RHEL, install glibc-minimal-langpack instead of glibc-all-langpacks; C.UTF-8 needs no archive.",
    assumes: ["No program asks for a locale by name."],
  },
});
