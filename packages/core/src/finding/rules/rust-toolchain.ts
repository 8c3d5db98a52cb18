import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Compilers that rustup installed, with their documentation. */
export const rustToolchain = pathRule({
  id: "rust-toolchain",
  title: "Rust's toolchain",
  about:
    "Compilers, standard libraries and documentation that rustup installed, one to two gigabytes. A " +
    "compiled program needs none of them.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.rustToolchain.globs,
  sentence: "Rust's toolchain stays in the image",
  live: true,
  unlessStarted: ["cargo", "rustc", "rustup"],
  remove: {
    command: removeDirectories(
      "rustup/toolchains",
      "rustup/downloads",
      "rustup/tmp",
      ".rustup/toolchains",
      ".rustup/downloads",
      ".rustup/tmp",
    ),
    advice:
      "Best: build in a stage of its own and copy the program; rustup-init --profile minimal installs no " +
      "documentation.",
    assumes: ["Nothing compiles Rust when the container runs."],
    usedBy: ["cargo", "rustc", "rustup", "make"],
  },
});
