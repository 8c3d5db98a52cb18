import { apkDatabase } from "./apk/apk-db.ts";
import { composerDatabase } from "./composer.ts";
import { condaDatabase } from "./conda.ts";
import { dotnetDatabase } from "./dotnet.ts";
import { dpkgDatabase } from "./dpkg/dpkg-db.ts";
import { gemDatabase } from "./gem/gem.ts";
import { goDatabase } from "./go.ts";
import { javaDatabase } from "./java.ts";
import { npmDatabase } from "./npm/npm.ts";
import type { PackageDb } from "./package-db.ts";
import { pacmanDatabase } from "./pacman/pacman-db.ts";
import { pythonDatabase } from "./python/python.ts";
import { rpmDatabase } from "./rpm/rpm-db.ts";
import { rustDatabase } from "./rust.ts";

/** Every database that is looked for. */
export const PACKAGE_DATABASES: readonly PackageDb[] = [
  apkDatabase,
  dpkgDatabase,
  rpmDatabase,
  pacmanDatabase,
  goDatabase,
  rustDatabase,
  javaDatabase,
  dotnetDatabase,
  condaDatabase,
  pythonDatabase,
  npmDatabase,
  gemDatabase,
  composerDatabase,
];
