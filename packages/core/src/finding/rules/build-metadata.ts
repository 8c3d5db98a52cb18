import { isOsPackage } from "../../category/categorize.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** pkg-config, CMake and autoconf read them. */
export const buildMetadata = pathRule({
  id: "build-metadata",
  title: "files that tell build tools about libraries",
  about: "pkg-config, CMake and aclocal files that tell builds where libraries are. Small, and read by nothing else.",
  severity: "info",
  confidence: "low",
  related: [],
  paths: [
    "**/{lib,lib64,share}/pkgconfig/*.pc",
    "**/{lib,lib64}/cmake/**/*.cmake",
    "usr/{share,local/share}/aclocal/*.m4",
  ],
  sentence: "Files that tell build tools about libraries stay in the image",
  counts: ({ owner }) => !isOsPackage(owner),
  live: true,
  own: true,
  remove: {
    command: removeDirectories("pkgconfig", "lib/cmake", "lib64/cmake", "share/aclocal"),
    advice: "",
    assumes: ["Nothing builds with these libraries in the container."],
    usedBy: ["make", "cmake", "meson", "pkg-config", "configure", "cargo"],
  },
});
