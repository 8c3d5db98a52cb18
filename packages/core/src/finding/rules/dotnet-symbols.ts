import { parentPath } from "../../image-path.ts";
import { namesIn } from "../facts/directory-names.ts";
import { findAndRemove } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** *.pdb beside their assemblies. */
export const dotnetSymbols = pathRule({
  id: "dotnet-symbols",
  title: "debug symbols of .NET assemblies",
  about:
    "*.pdb files beside the assemblies that they describe. They add file names and lines to stack traces, and a debugger " +
    "needs them; the program runs without.",
  severity: "info",
  confidence: "medium",
  related: [],
  paths: ["**/*.pdb"],
  sentence: "Debug symbols of .NET assemblies stay in the image",
  live: true,
  own: true,
  counts: ({ path }, facts) => {
    const names = namesIn(facts, parentPath(path));
    const stem = path.slice(path.lastIndexOf("/") + 1, -".pdb".length);
    return names.includes(`${stem}.dll`) || names.includes(`${stem}.exe`);
  },
  remove: {
    command: findAndRemove("-name '*.pdb' -type f -delete"),
    advice: "dotnet publish -p:DebugType=none -p:DebugSymbols=false makes none; embedded keeps them in the assemblies.",
    assumes: ["Stack traces may do without lines."],
  },
});
