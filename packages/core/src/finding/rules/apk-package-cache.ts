import { PLACES } from "../../category/places.ts";
import { cacheEnabling, cachelessEdits } from "../fix/apk/cache-edits.ts";
import { byLayer, leaveOut } from "../fix/leave-out.ts";
import { keyOf } from "../path-rule.ts";
import type { Fix, Rule } from "../rule.ts";

const REMOVE = {
  command: "rm -rf /etc/apk/cache/* /var/cache/apk/*",
  advice: "Without /etc/apk/cache, apk keeps no packages.",
  assumes: [],
};

/** Packages that apk keeps because /etc/apk/cache is there. */
export const apkPackageCache: Rule = {
  id: "apk-package-cache",
  title: "apk's package cache",
  about:
    "Where /etc/apk/cache is there, as a directory or a symlink, apk keeps every package that it installs, and --no-cache " +
    "does not stop it. The cache serves machines that are set up anew from it at every start, not images.",
  severity: "warn",
  confidence: "high",
  related: [],
  paths: PLACES.apk.globs,
  *find(facts, files) {
    const isPackage = ({ path }: { readonly path: string }): boolean => path.endsWith(".apk");
    if (!files.some(isPackage)) return;
    const own = files.filter(({ inBase }) => !inBase);
    const title = "Packages stay in apk's cache after they were installed";
    // A step that does not switch the cache on leaves it on: then nothing is gained by --no-cache.
    const enabled = facts.build.steps.some((step) => !step.inBase && cacheEnabling(step).length > 0);
    const edits = own.length === 0 || !enabled ? null : cachelessEdits(facts, cacheEnabling);
    if (edits !== null) {
      const fix: Fix = {
        kind: "edit-run",
        text: "Do not make /etc/apk/cache, and give apk add --no-cache.",
        image: [{ kind: "omit", instances: own.map(({ instance }) => instance) }],
        build: edits,
        assumes: [],
      };
      yield { title, key: "own", paths: own.map(({ path }) => path), layers: [...byLayer(own).keys()], fix };
    }
    const others = edits === null ? files : files.filter(({ inBase }) => inBase);
    for (const [layer, group] of byLayer(others)) {
      const paths = group.map(({ path }) => path);
      yield { title, key: keyOf(facts, layer), paths, layers: [layer], fix: leaveOut(facts, group, REMOVE) };
    }
  },
};
