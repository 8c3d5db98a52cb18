import { rpmHeader, rpmNdb } from "./rpm-bytes.ts";
import { file, type TarEntry, whiteout } from "./tar-bytes.ts";

/** A package as dpkg's or rpm's database describes it. */
export interface OsPackage {
  readonly name: string;
  readonly files: readonly TarEntry[];
  readonly depends?: readonly string[];
  readonly recommends?: readonly string[];
  /** apt or dnf brought it on its own. */
  readonly auto?: boolean;
  readonly required?: boolean;
  readonly version?: string;
  /** Removed, with what it left. */
  readonly state?: "config-files";
}

const text = ({ name }: TarEntry): string => String(name);

function paragraph({ name, depends, recommends, required, version = "1", state, files }: OsPackage): string {
  return [
    `Package: ${name}`,
    `Status: ${state === undefined ? "install ok installed" : `deinstall ok ${state}`}`,
    ...(required ? ["Priority: required"] : []),
    "Architecture: amd64",
    `Version: ${version}`,
    ...(depends === undefined ? [] : [`Depends: ${depends.join(", ")}`]),
    ...(recommends === undefined ? [] : [`Recommends: ${recommends.join(", ")}`]),
    ...(state === undefined
      ? []
      : ["Conffiles:", ...files.map((one) => ` /${text(one)} 0123456789abcdef0123456789abcdef`)]),
    "Description: made up",
    "",
    "",
  ].join("\n");
}

/** dpkg's and apt's own files once some packages are there. `fresh` are those whose lists are stored anew. */
export function dpkgState(packages: readonly OsPackage[], fresh: readonly OsPackage[] = packages): TarEntry[] {
  const auto = packages.filter((one) => one.auto);
  const states = auto.map(({ name }) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n\n`);
  return [
    file("var/lib/dpkg/status", packages.map(paragraph).join("")),
    file("var/lib/apt/extended_states", states.join("")),
    ...fresh.map(({ name, files }) =>
      file(`var/lib/dpkg/info/${name}.list`, files.map((one) => `/${text(one)}\n`).join("")),
    ),
  ];
}

/** What a RUN stores in which apt installs packages beside those before. */
export function aptInstalled(fresh: readonly OsPackage[], before: readonly OsPackage[]): TarEntry[] {
  return [...fresh.flatMap(({ files }) => files), ...dpkgState([...before, ...fresh], fresh)];
}

/** What a RUN stores in which apt purges packages that a lower layer has. */
export function aptPurged(gone: readonly OsPackage[], left: readonly OsPackage[]): TarEntry[] {
  return [
    ...gone.flatMap(({ files }) => files.map((one) => whiteout(text(one)))),
    ...gone.map(({ name }) => whiteout(`var/lib/dpkg/info/${name}.list`)),
    ...dpkgState(left, []),
  ];
}

const NAME = 1000;
const VERSION = 1001;
const ARCH = 1022;
const PROVIDES = 1047;
const REQUIRES = 1049;
const RECOMMENDS = 5046;
const DIRECTORY_INDEXES = 1116;
const BASE_NAMES = 1117;
const DIRECTORIES = 1118;

function rpmOf({ name, files, depends = [], recommends = [] }: OsPackage): Buffer {
  const paths = files.map((one) => `/${text(one)}`);
  return rpmHeader({
    [NAME]: [name],
    [VERSION]: ["1"],
    [ARCH]: ["x86_64"],
    [PROVIDES]: [name],
    ...(depends.length === 0 ? {} : { [REQUIRES]: depends }),
    [DIRECTORY_INDEXES]: paths.map((_, i) => i),
    [BASE_NAMES]: paths.map((path) => path.slice(path.lastIndexOf("/") + 1)),
    [DIRECTORIES]: paths.map((path) => path.slice(0, path.lastIndexOf("/") + 1)),
    ...(recommends.length === 0 ? {} : { [RECOMMENDS]: recommends }),
  });
}

/** As the databases of rpm, these do not shrink when packages go. */
const DATABASE_BYTES = 16_384;
const REASONS_BYTES = 2048;

/** rpm's database and what dnf 5 remembers, once some packages are there. */
export function rpmState(packages: readonly OsPackage[]): TarEntry[] {
  const database = rpmNdb(packages.map(rpmOf));
  const reasons = packages
    .map(({ name, auto }) => `"${name}.x86_64" = {reason = "${auto ? "Dependency" : "User"}"}\n`)
    .join("");
  return [
    file("usr/lib/sysimage/rpm/Packages.db", Buffer.concat([database, Buffer.alloc(DATABASE_BYTES - database.length)])),
    file(
      "usr/lib/sysimage/libdnf5/packages.toml",
      `version = "1.0"\n[packages]\n${reasons}`.padEnd(REASONS_BYTES, "#"),
    ),
  ];
}

/** What a RUN stores in which dnf installs packages beside those before. */
export function dnfInstalled(fresh: readonly OsPackage[], before: readonly OsPackage[]): TarEntry[] {
  return [...fresh.flatMap(({ files }) => files), ...rpmState([...before, ...fresh])];
}
