import { PLACES } from "../../category/places.ts";
import { removeDirectories } from "../fix/removal-command.ts";
import { pathRule } from "../path-rule.ts";

/** What Next.js, Angular, Nx, Turborepo, Parcel, Babel and others keep to be faster next time. */
export const javascriptBuildCache = pathRule({
  id: "javascript-build-cache",
  title: "caches of JavaScript build tools",
  about:
    "What build tools keep to be faster next time: .next/cache, .angular/cache, .nx/cache, .turbo, " +
    ".parcel-cache, node_modules/.cache and .vite. No program reads them; Next.js writes its image cache " +
    "anew.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: [...PLACES.javascriptBuilds.globs, "**/.eslintcache"],
  sentence: "Caches of JavaScript build tools stay in the image",
  remove: {
    command: removeDirectories(
      ".next/cache",
      ".angular/cache",
      ".nx/cache",
      ".turbo",
      ".parcel-cache",
      "node_modules/.cache",
      "node_modules/.vite",
    ),
    advice: "",
    assumes: [],
    ignore: [
      "**/.next/cache",
      "**/.angular/cache",
      "**/.nx/cache",
      "**/.turbo",
      "**/.parcel-cache",
      "**/node_modules/.cache",
      "**/node_modules/.vite",
      "**/.eslintcache",
    ],
  },
});
