import { PLACES } from "../../category/places.ts";
import { isStarted } from "../facts/is-started.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** Compiler, templates and reference packs of .NET. */
export const dotnetSdk = pathRule({
  id: "dotnet-sdk",
  title: "the .NET SDK",
  about:
    "The .NET SDK with its compiler, templates and reference packs, half a gigabyte that a published " +
    "program does not use.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.dotnetSdk.globs,
  sentence: "The .NET SDK stays in the image",
  counts: (_, facts) => !isStarted(facts, ["run", "watch", "test", "build", "msbuild"]),
  live: true,
  remove: {
    command: removeDirectories(
      "dotnet/sdk",
      "dotnet/packs",
      "dotnet/templates",
      "dotnet/sdk-manifests",
      "dotnet/library-packs",
    ),
    advice:
      "Publish in a stage FROM the SDK image, and copy the result into the aspnet, runtime or runtime-deps image.",
    assumes: ["Nothing in the container builds."],
    usedBy: ["dotnet", "msbuild"],
  },
});
