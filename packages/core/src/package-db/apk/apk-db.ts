import type { ImagePath } from "../../image-path.ts";
import {
  type FileView,
  type FoundPackage,
  type PackageChange,
  type PackageDb,
  type PackageReading,
  packageKey,
  type Removal,
  type RemovalOptions,
  type RewrittenFile,
  type ViewedFile,
} from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import { APK_CAPTURES, apkFiles, INDEXES } from "./apk-files.ts";
import type { InstalledPackage } from "./installed.ts";
import { parseInstalled } from "./installed.ts";
import { type ApkSystem, closureOf, keeping, removePackages } from "./removal.ts";
import { Requirements } from "./requirements.ts";
import { rewriteApkDatabase } from "./rewrite.ts";
import { parseWorld } from "./world.ts";

/** apk-tools 2 and 3 (Alpine, Wolfi, postmarketOS, OpenWrt). */
export const apkDatabase: PackageDb = {
  id: "apk",
  level: "os",
  captures: APK_CAPTURES,
  binaries: false,
  archives: false,
  isState,
  mayHoldState: (directory) =>
    directory.startsWith("lib/apk/") || directory.startsWith("usr/lib/apk/") || directory === "etc/apk",
  read,
  remove,
  rewrite,
};

/**
 * apk-tools' own state: what it writes to know what it has done (`lib/apk/db/`: installed, scripts.tar, triggers, lock;
 * `lib/apk/exec/`: scripts while they run; world and arch). `etc/apk/repositories` and `keys/` are configuration that people
 * write, and `var/cache/apk/` is a cache: neither is state.
 */
function isState(path: ImagePath): boolean {
  return /^(?:usr\/)?lib\/apk\/(?:db|db-uvol|exec)\/|^etc\/apk\/(?:world|arch)$/.test(path);
}

interface Database {
  readonly system: ApkSystem;
  /** Without world nothing says what was asked for. */
  readonly hasWorld: boolean;
  readonly path: ImagePath;
  readonly log: TroubleList;
}

/** Null where there is no database. */
function readDatabase(view: FileView): Database | null {
  const log = new TroubleList();
  const { installed: file, other, world } = apkFiles(view);
  if (file === undefined) return null;
  tellTruncated(file, log);
  if (other !== undefined) log.add(other.path, "second apk database, not read");
  const packages = parseInstalled(file.content, file.path, log);
  if (world === undefined) return { system: { packages, world: [] }, hasWorld: false, path: file.path, log };
  tellTruncated(world, log);
  const asked = parseWorld(world.content);
  if (asked.bad > 0) log.add(world.path, `${asked.bad} of the tokens are no dependencies`);
  return { system: { packages, world: asked.world }, hasWorld: true, path: file.path, log };
}

function tellTruncated({ path, truncated }: ViewedFile, log: TroubleList): void {
  if (truncated) log.add(path, "file is too long and was read in part");
}

function read(view: FileView): PackageReading {
  const database = readDatabase(view);
  if (database === null) return { packages: [], troubles: [] };
  const { system, hasWorld, path, log } = database;
  const solution = closureOf(system);
  if (solution === null) log.add(path, "too many providers to follow: dependencies are incomplete");
  const requirements = new Requirements(system, solution);
  const packages = system.packages.map((pkg): FoundPackage => {
    if (pkg.broken) log.add(path, "package not installed whole", `: ${pkg.name} is marked broken (f:)`);
    return {
      ecosystem: "apk",
      name: pkg.name,
      version: pkg.version || null,
      files: pkg.files,
      roots: [],
      explicit: hasWorld ? requirements.isExplicit(pkg) : null,
      requires: requirements.of(pkg).map(keyOf),
      ...(pkg.virtual ? { virtual: true } : {}),
    };
  });
  return { packages, troubles: log.list() };
}

function keyOf({ name }: InstalledPackage): string {
  return packageKey({ ecosystem: "apk", name });
}

function remove(view: FileView, names: readonly string[], { keep = [] }: RemovalOptions = {}): Removal {
  const database = readDatabase(view);
  if (database === null) return { freed: [], refusal: "No apk database", notes: [] };
  if (!database.hasWorld) return { freed: [], refusal: "No etc/apk/world: apk would remove everything", notes: [] };
  const removal = removePackages(keeping(database.system, keep), names);
  const index = view.files.find(({ path }) => INDEXES.some((prefix) => path.startsWith(prefix)));
  if (index === undefined) return removal;
  const note = `a package index is cached at /${index.path}: apk may then prefer, or count, providers that are not installed`;
  return { ...removal, notes: [...removal.notes, note] };
}

function rewrite(view: FileView, change: PackageChange): readonly RewrittenFile[] | null {
  const files = rewriteApkDatabase(view, change);
  return files?.map(({ path, content }) => ({ path, bytes: content.length })) ?? null;
}
