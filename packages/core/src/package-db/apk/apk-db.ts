import type { ImagePath } from "../../image-path.ts";
import {
  type FileView,
  type FoundPackage,
  type PackageDb,
  type PackageReading,
  packageKey,
  type Removal,
  type ViewedFile,
} from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import type { InstalledPackage } from "./installed.ts";
import { parseInstalled } from "./installed.ts";
import { type ApkSystem, closureOf, removePackages } from "./removal.ts";
import { Requirements } from "./requirements.ts";
import { parseWorld } from "./world.ts";

const MiB = 1024 * 1024;

/** Where apk-tools keeps its database; Wolfi moved it with `lib -> usr/lib`. The first that is there is the one. */
const INSTALLED: readonly ImagePath[] = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
const WORLD = "etc/apk/world";
/** Indexes that a call of apk has left: without network it reads them all the same. */
const INDEXES: readonly string[] = ["var/cache/apk/APKINDEX.", "etc/apk/cache/APKINDEX."];

/** apk-tools 2 and 3 (Alpine, Wolfi, postmarketOS, OpenWrt). */
export const apkDatabase: PackageDb = {
  id: "apk",
  level: "os",
  captures: [
    {
      id: "apk",
      version: 1,
      names: [...INSTALLED, WORLD],
      prefixes: [],
      suffixes: [],
      magic: [],
      maxBytes: 64 * MiB,
    },
    // That one is there is all there is to know.
    { id: "apk-index", version: 1, names: [], prefixes: INDEXES, suffixes: [], magic: [], maxBytes: 1 },
  ],
  binaries: false,
  archives: false,
  isState,
  read,
  remove,
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
  const places = INSTALLED.flatMap((path) => view.get(path) ?? []);
  const [file] = places;
  if (file === undefined) return null;
  tellTruncated(file, log);
  const other = places.find(({ path }) => path !== file.path);
  if (other !== undefined) log.add(other.path, "second apk database, not read");
  const packages = parseInstalled(file.content, file.path, log);
  const world = view.get(WORLD);
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
    };
  });
  return { packages, troubles: log.list() };
}

function keyOf({ name }: InstalledPackage): string {
  return packageKey({ ecosystem: "apk", name });
}

function remove(view: FileView, names: readonly string[]): Removal {
  const database = readDatabase(view);
  if (database === null) return { freed: [], refusal: "No apk database", notes: [] };
  if (!database.hasWorld) return { freed: [], refusal: "No etc/apk/world: apk would remove everything", notes: [] };
  const removal = removePackages(database.system, names);
  const index = view.files.find(({ path }) => INDEXES.some((prefix) => path.startsWith(prefix)));
  if (index === undefined) return removal;
  const note = `a package index is cached at /${index.path}: apk may then prefer, or count, providers that are not installed`;
  return { ...removal, notes: [...removal.notes, note] };
}
