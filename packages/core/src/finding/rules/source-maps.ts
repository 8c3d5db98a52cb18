import { UNOWNED } from "../../ledger/owner-keys.ts";
import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** *.js.map and *.css.map of built applications. */
export const sourceMaps = pathRule({
  id: "source-maps",
  title: "source maps",
  about:
    "Source maps of built JavaScript and CSS. Only a browser's developer tools and error reporters read " +
    "them, and whoever can fetch them can read the sources.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["**/*.{js,mjs,cjs,css}.map"],
  sentence: "Source maps stay in the image",
  counts: ({ path, owner }) => owner === UNOWNED && !path.includes("node_modules/"),
  live: true,
  own: true,
  least: 4096,
  remove: {
    command: findAndRemove(
      "-type f \\( -name '*.js.map' -o -name '*.mjs.map' -o -name '*.cjs.map' -o -name '*.css.map' \\) ! -path '*/node_modules/*' -delete",
      2,
    ),
    advice: "GENERATE_SOURCEMAP=false, devtool: false or build.sourcemap: false makes none.",
    assumes: ["No error reporter reads the maps where the application runs."],
  },
});
