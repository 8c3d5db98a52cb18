import { namesIn } from "../facts/directory-names.ts";
import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

const BUILD = /^(.*\/build\/(?:Release|Debug))\//;

/** What node-gyp leaves beside a native module that it built. */
export const nodeObjects = pathRule({
  id: "node-objects",
  title: "object files of native Node modules",
  about:
    "Object files, static libraries and dependency lists that node-gyp leaves beside the .node file it built, which is all " +
    "that Node loads. Where no .node file stands there, nothing is said.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["**/node_modules/**/build/{Release,Debug}/{obj,obj.target,.deps}/**"],
  sentence: "Object files of native Node modules stay in the image",
  live: true,
  counts: ({ path }, facts) => {
    const directory = BUILD.exec(path)?.[1];
    return directory !== undefined && namesIn(facts, directory).some((name) => name.endsWith(".node"));
  },
  remove: {
    command: findAndRemove(
      "-path '*/node_modules/*/build/*' -type d \\( -name obj -o -name obj.target -o -name .deps \\) -prune -exec rm -rf {} +",
      2,
    ),
    advice: "Installed in a stage of its own, only the .node file has to be copied.",
    assumes: [],
  },
});
