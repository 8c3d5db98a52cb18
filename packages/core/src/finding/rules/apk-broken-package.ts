import { apkDatabase } from "../../package-db/apk/apk-db.ts";
import { apkFiles } from "../../package-db/apk/apk-files.ts";
import { parseInstalled } from "../../package-db/apk/installed.ts";
import { TroubleList } from "../../package-db/trouble-list.ts";
import type { Rule } from "../rule.ts";

/** Packages that apk could not install whole. */
export const apkBrokenPackage: Rule = {
  id: "apk-broken-package",
  title: "a package that apk could not install whole",
  about:
    "apk's database marks a package as broken (f:): some of its files were not written, or a script of it failed, and the " +
    "build went on. What the image has of it is not to be relied on.",
  severity: "error",
  confidence: "high",
  related: [],
  *find({ ledger }) {
    const { packages } = ledger.attribution;
    const view = packages.finalViews.get(apkDatabase);
    const installed = view === undefined ? undefined : apkFiles(view).installed;
    if (installed === undefined) return;
    for (const { name, version, broken } of parseInstalled(installed.content, installed.path, new TroubleList())) {
      if (!broken) continue;
      yield {
        title: `${name} ${version} is not installed whole`,
        key: name,
        paths: [installed.path],
        layers: [packages.records.get(`apk/${name}`)?.layer ?? 0],
        fix: {
          kind: "none",
          text: `Look at what apk says when it adds ${name}: a file of another package in its way, or a script that fails.`,
          image: [],
          build: [],
          assumes: [],
        },
      };
    }
  },
};
