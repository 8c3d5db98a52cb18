import type { PackageDb } from "./package-db.ts";

/** Every database that is looked for. */
export const PACKAGE_DATABASES: readonly PackageDb[] = [];
