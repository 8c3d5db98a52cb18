import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** ccache, sccache, Bazel, Conan and vcpkg. */
export const compilerCache = pathRule({
  id: "compiler-cache",
  title: "caches of C and C++ builds",
  about:
    "What ccache, sccache, Bazel, Conan and vcpkg keep for the next build. Shared libraries among it are " +
    "left alone, since a program may be linked with them.",
  severity: "warn",
  confidence: "medium",
  related: [],
  paths: PLACES.compilerCaches.globs,
  sentence: "Caches of C and C++ builds stay in the image",
  counts: ({ path }) => !/\.so(?:\.[\d.]+)?$/.test(path),
  remove: {
    command: removeDirectories(
      ".ccache",
      ".cache/ccache",
      ".cache/sccache",
      "_bazel_root/cache",
      "_bazel_root/install",
      ".cache/bazelisk",
      ".cache/vcpkg",
      "vcpkg/buildtrees",
      "vcpkg/downloads",
    ),
    advice: "Best: build in a stage of its own, or mount a cache there.",
    assumes: [],
    usedBy: ["ccache", "sccache", "bazel", "bazelisk", "conan", "vcpkg", "make", "cmake", "ninja"],
  },
});
