import { elfOf } from "../facts/elf-of.ts";
import { removeFiles } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Memory of programs that crashed during the build. */
export const crashDumps = pathRule({
  id: "crash-dumps",
  title: "core dumps and heap dumps",
  about:
    "Memory of programs that crashed during the build: core dumps, told by their ELF header and not by their name alone, heap " +
    "dumps of Java and minidumps. They may hold secrets of the build.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["**/core", "**/core.[0-9]*", "**/*.core", "**/*.{hprof,mdmp}"],
  sentence: "A dump of a crashed program stays in the image",
  counts: (file, facts) => /\.(?:hprof|mdmp)$/.test(file.path) || elfOf(facts, file)?.type === "core",
  remove: {
    command: removeFiles,
    advice: "ulimit -c 0 makes no core dumps. See first why the program crashed.",
    assumes: [],
  },
});
