import fc from "fast-check";
import { expect, test } from "vitest";
import { parentPath } from "../../packages/core/src/image-path.ts";
import { PACKAGE_DATABASES } from "../../packages/core/src/package-db/databases.ts";

/** A file of its own for each database that has any. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  apk: ["lib/apk/db/installed", "usr/lib/apk/db/lock", "lib/apk/exec/deep/x", "etc/apk/world", "etc/apk/arch"],
  dpkg: [
    "var/lib/dpkg/status",
    "var/lib/dpkg/info/a.list",
    "var/cache/debconf/config.dat",
    "var/lib/apt/extended_states",
  ],
  rpm: [
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages",
    "usr/share/rpm/x",
    "var/lib/dnf/a/b",
    "var/lib/yum/x",
  ],
  pacman: ["var/lib/pacman/local/a-1/desc", "var/lib/pacman/x"],
  conda: ["conda-meta/a.json", "opt/conda/conda-meta/history"],
  npm: ["node_modules/.package-lock.json", "a/node_modules/.bin/x/y", "a/node_modules/.pnpm/lock.yaml"],
  composer: ["vendor/autoload.php", "a/vendor/composer/installed.json"],
};

const NAMES = [...new Set(Object.values(OWN).flatMap((paths) => paths.flatMap((path) => path.split("/"))))];

const paths = fc
  .tuple(
    fc.array(fc.constantFrom(...NAMES), { maxLength: 3 }),
    fc.constantFrom(...Object.values(OWN).flat()),
    fc.nat(5),
  )
  .map(([before, own, kept]) => [...before, ...own.split("/").slice(-1 - kept)].join("/"));

test("a directory that may hold no file of a database's own holds none", () => {
  for (const { id, isState, mayHoldState } of PACKAGE_DATABASES) {
    for (const path of OWN[id] ?? []) {
      expect(isState(path), path).toBe(true);
      expect(mayHoldState?.(parentPath(path)), path).toBe(true);
    }
  }
  fc.assert(
    fc.property(paths, (path) => {
      for (const { id, isState, mayHoldState } of PACKAGE_DATABASES) {
        if (isState(path)) expect(mayHoldState?.(parentPath(path)) ?? true, `${id}: ${path}`).toBe(true);
      }
    }),
  );
});
