import { pathRule } from "../path-rule.ts";

/** /var/cache/apt/archives: packages that apt downloaded and has unpacked. */
export const aptArchives = pathRule({
  id: "apt-archives",
  title: "downloaded .deb packages",
  about:
    "Packages that apt downloaded and kept in /var/cache/apt/archives after unpacking them. Official Debian " +
    "and Ubuntu images remove them after each run (docker-clean); images without that setting ship " +
    "everything twice.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["var/cache/apt/archives/**/*.deb"],
  sentence: "Downloaded .deb packages stay in the image",
  remove: {
    command: "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb",
    advice:
      "apt-get clean does the same, and BuildKit's RUN --mount=type=cache,target=/var/cache/apt keeps them " +
      "out of every layer.",
    assumes: [],
  },
});
