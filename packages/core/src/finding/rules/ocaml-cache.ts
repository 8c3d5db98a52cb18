import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Archives, repositories and build directories of opam. */
export const ocamlCache = pathRule({
  id: "ocaml-cache",
  title: "opam's downloads and builds",
  about: "Archives, repositories, logs, sources and build directories that opam keeps beside its switches.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.opam.globs,
  sentence: "Downloads and builds of opam stay in the image",
  remove: {
    command: removeDirectories(
      ".opam/download-cache",
      ".opam/repo",
      ".opam/log",
      ".opam-switch/sources",
      ".opam-switch/build",
    ),
    advice: "",
    assumes: [],
    usedBy: ["opam"],
  },
});
