import type { ImagePath } from "../../image-path.ts";
import { type FileView, type FoundPackage, type PackageDb, packageKey, type ViewedFile } from "../package-db.ts";
import { readBerkeleyDb } from "./berkeley-db.ts";
import { Installed } from "./installed.ts";
import { readNdb } from "./ndb.ts";
import { DNF4_HISTORY, DNF5_PACKAGES, type Reasons, readReasons, YUMDB } from "./reasons.ts";
import { removePackages } from "./removal.ts";
import { Room, type RpmPackage, readRpmPackage } from "./rpm-package.ts";
import { readRpmSqlite } from "./sqlite.ts";
import type { Report, StoredHeader } from "./stored-header.ts";
import { Troubles } from "./troubles.ts";

/** Where distributions keep the database, the place of today first: an older one may have been left behind. */
const DIRECTORIES = ["usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"] as const;

const WAL = "rpmdb.sqlite-wal";

interface Format {
  readonly file: string;
  read(file: ViewedFile, wal: ViewedFile | undefined, report: Report): StoredHeader[];
}

/** The formats, in the order in which rpm 4.18 looks for them (lib/backend/dbi.c). */
const FORMATS: readonly Format[] = [
  {
    file: "rpmdb.sqlite",
    read: ({ content }, wal, report) => {
      if (wal?.truncated) report("the write-ahead log is too big and was kept in part");
      return readRpmSqlite(content, wal?.content ?? null, report);
    },
  },
  { file: "Packages.db", read: ({ content }, _, report) => readNdb(content, report) },
  { file: "Packages", read: ({ content }, _, report) => readBerkeleyDb(content, report) },
];

const PROTECTED = ["etc/dnf/protected.d/", "etc/yum/protected.d/"] as const;

/** Where rpm-ostree keeps a second name of the database that an image was composed with. */
const OSTREE_BASE = "usr/lib/sysimage/rpm-ostree-base-db";

const STATE = [...DIRECTORIES, OSTREE_BASE, "var/lib/dnf", "var/lib/yum", "usr/lib/sysimage/libdnf5"];
const BELOW_STATE = STATE.map((directory) => `${directory}/`);

const MEBIBYTE = 1 << 20;

/** RPM, and what dnf or yum remember beside it. */
export const rpmDatabase: PackageDb = {
  id: "rpm",
  level: "os",
  captures: [
    {
      id: "rpm-database",
      version: 1,
      names: DIRECTORIES.flatMap((directory) => [
        ...FORMATS.map(({ file }) => `${directory}/${file}`),
        `${directory}/${WAL}`,
      ]),
      prefixes: [],
      suffixes: [],
      magic: [],
      maxBytes: 256 * MEBIBYTE,
    },
    {
      id: "rpm-reasons",
      version: 1,
      names: [DNF5_PACKAGES, DNF4_HISTORY, `${DNF4_HISTORY}-wal`],
      prefixes: [],
      suffixes: [],
      magic: [],
      maxBytes: 64 * MEBIBYTE,
    },
    { id: "rpm-yumdb", version: 1, names: [], prefixes: [YUMDB], suffixes: [], magic: [], maxBytes: 64 },
    { id: "rpm-protected", version: 1, names: [], prefixes: PROTECTED, suffixes: [], magic: [], maxBytes: 65536 },
  ],
  binaries: false,
  archives: false,
  isState: (path) => BELOW_STATE.some((beginning) => path.startsWith(beginning)),
  mayHoldState: (directory) => STATE.some((beginning) => directory.startsWith(beginning)),
  read(view) {
    const troubles = new Troubles();
    const { installed, keys, reasons } = readInstalled(view, troubles);
    const packages = installed.packages.map((rpmPackage, i) => found(rpmPackage, i, installed, keys, reasons));
    return { packages, troubles: troubles.rows() };
  },
  remove(view, names, { keep = [] } = {}) {
    const { installed, keys, reasons } = readInstalled(view, new Troubles());
    const kept = new Set(keep.map((name) => packageKey({ ecosystem: "rpm", name })));
    const stays = installed.packages.map(
      (rpmPackage, i) => explicitOf(rpmPackage, reasons) !== false || kept.has(keys[i] as string),
    );
    return removePackages({ installed, keys, stays, isProtected: readProtected(view) }, names);
  },
};

interface Read {
  readonly installed: Installed;
  readonly keys: readonly string[];
  readonly reasons: Reasons | null;
}

function readInstalled(view: FileView, troubles: Troubles): Read {
  const database = findDatabase(view, troubles);
  const packages: RpmPackage[] = [];
  const report: Report = (kind, detail) => troubles.add(database?.path ?? "", kind, detail);
  const room = new Room(report);
  for (const header of database?.headers ?? []) {
    const rpmPackage = readRpmPackage(header, room, report);
    if (rpmPackage !== null) packages.push(rpmPackage);
  }
  const installed = new Installed(packages, report);
  const names = nameAll(packages);
  return {
    installed,
    keys: names.map((name) => packageKey({ ecosystem: "rpm", name })),
    reasons: packages.length === 0 ? null : readReasons(view, troubles),
  };
}

interface Database {
  readonly path: ImagePath;
  readonly headers: readonly StoredHeader[];
}

/** The headers of the first database there is, in the order in which their packages were installed. */
function findDatabase(view: FileView, troubles: Troubles): Database | null {
  let first: Database | null = null;
  // A directory may be a link to another: a database is told by where it lies.
  const seen = new Set<ImagePath>();
  for (const directory of DIRECTORIES) {
    for (const format of FORMATS) {
      const file = view.get(`${directory}/${format.file}`);
      if (file === undefined || seen.has(file.path)) continue;
      seen.add(file.path);
      if (first === null) first = readDatabase(format, file, view.get(`${directory}/${WAL}`), troubles);
      else troubles.add(file.path, "another rpm database, which is not read", `packages are those of /${first.path}`);
    }
  }
  return first;
}

function readDatabase(format: Format, file: ViewedFile, wal: ViewedFile | undefined, troubles: Troubles): Database {
  const report: Report = (kind, detail) => troubles.add(file.path, kind, detail);
  if (file.truncated) report("the database is too big and was kept in part");
  const headers = format.read(file, wal, report);
  return { path: file.path, headers: latest(headers) };
}

/** One header an instance, lowest instance first. */
function latest(headers: readonly StoredHeader[]): StoredHeader[] {
  const byInstance = new Map(headers.map((header) => [header.instance, header]));
  return [...byInstance.values()].sort((a, b) => a.instance - b.instance);
}

/** `name`, or `name.arch` as dnf writes it where one name is installed for several architectures. */
function nameAll(packages: readonly RpmPackage[]): string[] {
  const arches = new Map<string, Set<string | null>>();
  for (const { name, arch } of packages) arches.set(name, (arches.get(name) ?? new Set()).add(arch));
  return packages.map(({ name, arch }) =>
    (arches.get(name)?.size ?? 0) > 1 && arch !== null ? `${name}.${arch}` : name,
  );
}

function found(
  rpmPackage: RpmPackage,
  index: number,
  installed: Installed,
  keys: readonly string[],
  reasons: Reasons | null,
): FoundPackage {
  const key = keys[index] as string;
  const needed = new Set<string>();
  for (const dependency of [...rpmPackage.requires, ...rpmPackage.required]) {
    for (const other of installed.satisfiers(dependency, index) ?? []) needed.add(keys[other] as string);
  }
  needed.delete(key);
  return {
    ecosystem: "rpm",
    name: key.slice("rpm/".length),
    version: rpmPackage.evr === "" ? null : rpmPackage.evr,
    files: rpmPackage.files,
    roots: [],
    explicit: explicitOf(rpmPackage, reasons),
    requires: [...needed],
  };
}

function explicitOf({ name, arch }: RpmPackage, reasons: Reasons | null): boolean | null {
  return reasons?.get(`${name}.${arch}`) ?? null;
}

/** `protected_packages` of dnf.conf(5): dnf itself and the names in its protected.d, one a line. */
function readProtected(view: FileView): (name: string) => boolean {
  const names = new Set(["dnf"]);
  for (const { path, content } of view.files) {
    if (!path.endsWith(".conf") || !PROTECTED.some((directory) => path.startsWith(directory))) continue;
    for (const name of Buffer.from(content)
      .toString("utf8")
      .split(/[\s,]+/))
      if (name !== "") names.add(name);
  }
  return (name) => names.has(name);
}
