import { composerDatabase } from "./composer.ts";
import { condaDatabase } from "./conda.ts";
import { dotnetDatabase } from "./dotnet.ts";
import { gemDatabase } from "./gem/gem.ts";
import { goDatabase } from "./go.ts";
import { javaDatabase } from "./java.ts";
import { npmDatabase } from "./npm/npm.ts";
import type { PackageDb } from "./package-db.ts";
import { pythonDatabase } from "./python/python.ts";
import { rustDatabase } from "./rust.ts";

/** Every database that is looked for. */
export const PACKAGE_DATABASES: readonly PackageDb[] = [
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
