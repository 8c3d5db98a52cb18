import type { ImagePath } from "../../image-path.ts";
import { type FileView, type FoundPackage, type PackageDb, type PackageReading, packageKey } from "../package-db.ts";
import type { TroubleList } from "../trouble-list.ts";
import { isEssential } from "./autoremove.ts";
import {
  ARCHITECTURES,
  type DescribedPackage,
  DIVERSIONS,
  EXTENDED_STATES,
  INFO_DIRECTORY,
  readDatabase,
  STATUS,
  STATUS_DIRECTORY,
} from "./database.ts";
import { QUESTIONS, TEMPLATES } from "./debconf.ts";
import { Installed } from "./installed.ts";
import { OwnedFiles } from "./owned-files.ts";
import { packageNames } from "./package-names.ts";
import { type Alternatives, parseRelations } from "./relations.ts";
import { APT_CONFIG, APT_CONFIG_DIRECTORY, planRemoval } from "./removal.ts";
import { rewriteDpkgDatabase } from "./rewrite.ts";
import { type DpkgPackage, isPresent } from "./status.ts";

const MiB = 1024 * 1024;

/** dpkg with apt (Debian, Ubuntu), and the `status.d` of distroless. */
export const dpkgDatabase: PackageDb = {
  id: "dpkg",
  level: "os",
  captures: [
    {
      id: "dpkg",
      version: 1,
      names: [STATUS, DIVERSIONS, ARCHITECTURES, EXTENDED_STATES, APT_CONFIG],
      prefixes: [STATUS_DIRECTORY, INFO_DIRECTORY, APT_CONFIG_DIRECTORY],
      suffixes: [],
      magic: [],
      maxBytes: 64 * MiB,
    },
    {
      id: "dpkg-debconf",
      version: 1,
      names: [QUESTIONS, TEMPLATES],
      prefixes: [],
      suffixes: [],
      magic: [],
      maxBytes: 16 * MiB,
    },
  ],
  binaries: false,
  archives: false,
  isState,
  mayHoldState: (directory) => directory.startsWith("var/lib/") || directory.startsWith("var/cache/"),
  read,
  remove: planRemoval,
  rewrite: rewriteDpkgDatabase,
};

/** apt's lists and archives are its cache, not its state: `apt-get update` and `clean` make and take them freely. */
function isState(path: ImagePath): boolean {
  return (
    path.startsWith("var/lib/dpkg/") ||
    path.startsWith("var/cache/debconf/") ||
    (path.startsWith("var/lib/apt/") && !path.startsWith("var/lib/apt/lists/"))
  );
}

function read(view: FileView): PackageReading {
  const database = readDatabase(view);
  const { packages, log, auto } = database;
  const all = packages.map(({ found }) => found);
  const installed = new Installed(all.filter(isPresent), database.nativeArch);
  const files = new OwnedFiles(view, log);
  const nameOf = packageNames(all);
  const keyOf = (found: DpkgPackage): string => packageKey({ ecosystem: "deb", name: nameOf(found) });
  const found = packages.map((one): FoundPackage => {
    tellOfState(one, database.log);
    const present = isPresent(one.found);
    return {
      ecosystem: "deb",
      name: nameOf(one.found),
      version: one.found.version || null,
      files: files.of(one),
      roots: [],
      explicit: auto === null || !present ? null : !auto.has(installed.idOf(one.found)),
      requires: present ? satisfiersOf(installed, one.found, installed.needs(one.found)).map(keyOf) : [],
      recommends: present ? satisfiersOf(installed, one.found, parseRelations(one.found.recommends)).map(keyOf) : [],
      essential: present && (isEssential(one.found) || one.found.priority === "required"),
    };
  });
  if (installed.exhausted) log.add(STATUS, "too many providers: dependencies are incomplete");
  return { packages: found, troubles: log.list() };
}

/** Everything installed that satisfies one of a package's relations, in order. */
function satisfiersOf(
  installed: Installed,
  dependent: DpkgPackage,
  relations: readonly Alternatives[],
): readonly DpkgPackage[] {
  const required = new Set<DpkgPackage>();
  for (const group of relations) {
    for (const satisfier of installed.satisfiersOfGroup(group, dependent)) required.add(satisfier);
  }
  required.delete(dependent);
  return [...required];
}

/** States that apt leaves behind where all went well (dpkg(1)); triggers may wait for long. */
const SETTLED: ReadonlySet<string> = new Set(["installed", "config-files", "triggers-awaited", "triggers-pending"]);

function tellOfState({ found, described }: DescribedPackage, log: TroubleList): void {
  if (SETTLED.has(found.state) && !found.needsReinstall) return;
  const state = found.needsReinstall ? `${found.state}, to be installed again` : found.state;
  log.add(described, "package not installed whole", `: ${found.name} is ${state}`);
}
