import { pathRule } from "../path-rule.ts";

/** pkgcache.bin and srcpkgcache.bin: package lists in the form that apt maps into memory. */
export const aptCacheBin = pathRule({
  id: "apt-cache-bin",
  title: "apt's binary caches",
  about:
    "pkgcache.bin and srcpkgcache.bin, which apt makes out of its package lists and makes anew whenever " +
    "they are not there. They are often larger than the lists.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["var/cache/apt/*.bin"],
  sentence: "apt's binary caches stay in the image",
  remove: {
    command: "rm -f /var/cache/apt/*.bin",
    advice: "Official Debian and Ubuntu images switch them off in /etc/apt/apt.conf.d/docker-clean.",
    assumes: [],
    broughtBy: ["apt", "apt-get"],
  },
});
