import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** What Python's other package managers keep for the next time; uv hard-links from it, which costs nothing. */
export const pythonToolCache = pathRule({
  id: "python-tool-cache",
  title: "caches of uv, Poetry, Pipenv and PDM",
  about:
    "What uv, Poetry, Pipenv and PDM downloaded, kept for a next time that an image does not have. Files " +
    "that uv linked into an environment are no waste, since they are stored once; neither are environments " +
    "that Poetry keeps below its cache.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.pythonTools.globs,
  sentence: "The cache of a Python package manager stays in the image",
  remove: {
    command: removeDirectories(
      ".cache/uv",
      ".cache/pipenv",
      ".cache/pypoetry/cache",
      ".cache/pypoetry/artifacts",
      ".cache/pdm/http",
      ".cache/pdm/wheels",
      ".cache/pdm/metadata",
      ".cache/pdm/hashes",
    ),
    advice: "UV_NO_CACHE=1 and poetry install --no-cache make none.",
    assumes: ["No environment has symlinks into the cache (uv's link mode is not symlink)."],
    broughtBy: ["uv", "poetry", "pipenv", "pdm"],
  },
});
