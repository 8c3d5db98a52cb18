import type { Facts } from "../facts.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";
import type { StoredFile } from "../rule.ts";

const PROFILE = /^((?:.*\/)?target)\/(?:[^/]+\/)?(?:debug|release)\//;

/** Cargo marks its target directory; other tools have directories of that name too. */
function isCargos({ path }: StoredFile, facts: Facts): boolean {
  const target = PROFILE.exec(path)?.[1];
  return target !== undefined && (facts.exists(`${target}/.rustc_info.json`) || facts.exists(`${target}/CACHEDIR.TAG`));
}

const PARTS = ["deps", "build", "incremental", ".fingerprint", "examples"];

/** What cargo build leaves beside the program; the program itself, hard-linked from there, is not counted. */
export const cargoTarget = pathRule({
  id: "cargo-target",
  title: "intermediate results of Cargo",
  about:
    "Compiled crates, build scripts and incremental results in a target directory that Cargo made (it leaves a mark there), " +
    "often gigabytes. The program itself is a hard link from there and not counted.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: [
    "**/target/{debug,release}/{deps,build,incremental,.fingerprint,examples}/**",
    "**/target/*/{debug,release}/{deps,build,incremental,.fingerprint,examples}/**",
  ],
  sentence: "Intermediate results of Cargo stay in the image",
  live: true,
  unlessStarted: ["cargo"],
  counts: isCargos,
  remove: {
    command: removeDirectories(...PARTS.flatMap((part) => [`release/${part}`, `debug/${part}`])),
    advice: "Best: build in a stage of its own and copy the program.",
    assumes: [],
    usedBy: ["cargo", "make"],
  },
});
