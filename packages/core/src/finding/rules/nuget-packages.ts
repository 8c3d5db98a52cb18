import { PLACES } from "../../category/places.ts";
import { isStarted } from "../facts/is-started.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Packages that dotnet restore downloaded. */
export const nugetPackages = pathRule({
  id: "nuget-packages",
  title: "NuGet's package cache",
  about: "Packages that dotnet restore downloaded. dotnet publish copies what the program needs beside it.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.nuget.globs,
  sentence: "NuGet's packages stay in the image",
  counts: (_, facts) => !(isStarted(facts, ["dotnet"]) && isStarted(facts, ["run", "watch", "test"])),
  remove: {
    command: removeDirectories(".nuget/packages", ".local/share/NuGet"),
    advice: "Best: publish in a stage of its own and copy the result.",
    assumes: ["The container runs what dotnet publish made, not a debug build that loads packages from the cache."],
    usedBy: ["dotnet", "nuget", "msbuild"],
  },
});
