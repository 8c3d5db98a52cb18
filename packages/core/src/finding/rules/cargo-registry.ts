import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Sources of all crates, and the archives they came in. */
export const cargoRegistry = pathRule({
  id: "cargo-registry",
  title: "Cargo's registry and git checkouts",
  about:
    "Sources of all crates that were downloaded for a build, the archives that they came in, and the " +
    "registry's index. A built program needs none of them.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.cargo.globs,
  sentence: "Cargo's registry stays in the image",
  unlessStarted: ["cargo"],
  remove: {
    command: removeDirectories("cargo/registry", "cargo/git", ".cargo/registry", ".cargo/git"),
    advice:
      "Best: build in a stage of its own and copy the program. RUN " +
      "--mount=type=cache,target=/usr/local/cargo/registry keeps it between builds and out of the image.",
    assumes: [],
    usedBy: ["cargo", "make"],
  },
});
