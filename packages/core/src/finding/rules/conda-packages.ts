import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Archives and unpacked packages; what an environment links to is stored once and stays. */
export const condaPackages = pathRule({
  id: "conda-packages",
  title: "conda's package cache",
  about:
    "Archives and unpacked packages that conda and mamba keep in pkgs. Files that are linked into an " +
    "environment are stored once and cost nothing; archives and what could not be linked are waste.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.conda.globs,
  sentence: "conda's package cache stays in the image",
  remove: {
    command: removeDirectories(
      "conda/pkgs",
      "miniconda3/pkgs",
      "miniconda/pkgs",
      "mambaforge/pkgs",
      "miniforge3/pkgs",
      "miniforge/pkgs",
      "micromamba/pkgs",
      "anaconda3/pkgs",
      "anaconda/pkgs",
      ".conda/pkgs",
    ),
    advice: "conda clean --all --force-pkgs-dirs --yes does the same.",
    assumes: ["No environment has symlinks into the cache (allow_softlinks is off)."],
    broughtBy: ["conda", "mamba", "micromamba"],
  },
});
