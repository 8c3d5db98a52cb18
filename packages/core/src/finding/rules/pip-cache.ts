import { withFlag } from "../../build/shell-calls.ts";
import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Downloads and wheels that pip keeps for the next time. */
export const pipCache = pathRule({
  id: "pip-cache",
  title: "pip's cache",
  about:
    "What pip downloaded and the wheels it built, kept in ~/.cache/pip for a next time that an image does not have.",
  severity: "warn",
  confidence: "high",
  related: ["hadolint DL3042"],
  paths: PLACES.pip.globs,
  sentence: "pip's cache stays in the image",
  remove: {
    command: removeDirectories(".cache/pip"),
    advice:
      "ENV PIP_NO_CACHE_DIR=1 does it for all RUNs; RUN --mount=type=cache,target=/root/.cache/pip keeps " +
      "the cache between builds and out of the image.",
    assumes: [],
    instead: {
      text: "Tell pip to keep no cache: pip install --no-cache-dir",
      edits: (script) =>
        withFlag(script, {
          programs: ["pip", "pip3"],
          subcommands: ["install", "wheel", "download"],
          flag: "--no-cache-dir",
        }),
    },
    broughtBy: ["pip", "pip3"],
  },
});
