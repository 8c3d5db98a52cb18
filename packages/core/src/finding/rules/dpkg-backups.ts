import { pathRule } from "../path-rule.ts";

/** `*-old` files: what the databases were before the last change. */
export const dpkgBackups = pathRule({
  id: "dpkg-backups",
  title: "backups of dpkg's and debconf's databases",
  about:
    "dpkg and debconf keep the last version of their databases as *-old, and a daily job copies them to " +
    "/var/backups. In an image they are never used.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: ["var/lib/dpkg/*-old", "var/cache/debconf/*-old", "var/backups/**"],
  sentence: "Backups of the package database stay in the image",
  remove: {
    command: "rm -rf /var/lib/dpkg/*-old /var/cache/debconf/*-old /var/backups/*",
    advice: "",
    assumes: [],
  },
});
