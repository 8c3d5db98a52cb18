import { type FileView, type FoundPackage, type PackageDb, type PackageReading, packageKey } from "../package-db.ts";
import { Dependencies } from "./dependencies.ts";
import { LOCAL, type PacmanPackage, readLocalPackages } from "./local-packages.ts";
import { PACMAN_CONFIG, planRemoval } from "./removal.ts";

const MiB = 1024 * 1024;
const STATE = "var/lib/pacman/";

/** pacman (Arch Linux): `var/lib/pacman/local`. */
export const pacmanDatabase: PackageDb = {
  id: "pacman",
  level: "os",
  captures: [
    {
      id: "pacman",
      version: 1,
      names: [PACMAN_CONFIG],
      prefixes: [LOCAL],
      suffixes: [],
      magic: [],
      maxBytes: 64 * MiB,
    },
  ],
  binaries: false,
  archives: false,
  isState: (path) => path.startsWith(STATE),
  mayHoldState: (directory) => directory.startsWith("var/lib/"),
  read,
  remove: planRemoval,
};

function read(view: FileView): PackageReading {
  const { packages, troubles } = readLocalPackages(view);
  const dependencies = new Dependencies(packages);
  const found = packages.map((one): FoundPackage => {
    return {
      ecosystem: "pacman",
      name: one.name,
      version: one.version,
      files: one.files,
      roots: [],
      explicit: one.explicit,
      requires: requirementsOf(dependencies, one),
    };
  });
  if (dependencies.exhausted) troubles.add(LOCAL, "too many providers: dependencies are incomplete");
  return { packages: found, troubles: troubles.list() };
}

function requirementsOf(dependencies: Dependencies, dependent: PacmanPackage): readonly string[] {
  const required = new Set<PacmanPackage>();
  for (const entry of dependent.depends) for (const found of dependencies.satisfiers(entry)) required.add(found);
  required.delete(dependent);
  return [...required].map(({ name }) => packageKey({ ecosystem: "pacman", name }));
}
