import type { GoBuildInfo } from "../layer/elf-facts.ts";
import { label, linesOf } from "./manifest-text.ts";
import { mergeByName } from "./merge-packages.ts";
import { type FileView, type FoundPackage, hasNoState, type PackageDb, type PackageReading } from "./package-db.ts";

interface Module {
  readonly path: string;
  readonly version: string | null;
}

/** What a Go program is made of. */
interface Program {
  /** The main module; the main package where the program was built without modules. */
  readonly main: Module | null;
  readonly dependencies: readonly Module[];
}

/**
 * Lines of runtime/debug's `BuildInfo.String`: `path`, `mod`, `dep`, and `=>` for what a `replace` directive put in the
 * place of the module before it, each with tabs between its fields. A replaced module keeps its own path, by which the
 * program imports it; its version is the replacement's.
 */
export function parseModules({ modules }: GoBuildInfo): Program {
  let main: Module | null = null;
  let mainPackage: string | null = null;
  let last: "mod" | "dep" | null = null;
  const dependencies: Module[] = [];
  for (const line of linesOf(modules)) {
    const [word, path, version] = line.split("\t", 3);
    const name = label(path);
    // Built from a directory, not from a version.
    const module = name === null ? null : { path: name, version: version === "(devel)" ? null : label(version) };
    if (word === "path") mainPackage = name;
    else if (word === "mod") main = module;
    else if (word === "dep" && module !== null) dependencies.push(module);
    else if (word === "=>" && module !== null) {
      if (last === "mod" && main !== null) main = { path: main.path, version: module.version };
      const replaced = last === "dep" ? dependencies.pop() : undefined;
      if (replaced !== undefined) dependencies.push({ path: replaced.path, version: module.version });
    }
    last = word === "mod" || word === "dep" ? word : null;
  }
  return { main: main ?? (mainPackage === null ? null : { path: mainPackage, version: null }), dependencies };
}

function* modulesOf({ binaries }: FileView): Generator<FoundPackage, void, undefined> {
  const found = { ecosystem: "go", roots: [], explicit: null } as const;
  for (const { path, facts } of binaries) {
    if (facts.goBuildInfo === null) continue;
    const { main, dependencies } = parseModules(facts.goBuildInfo);
    if (main === null) continue;
    const requires = dependencies.map((module) => `go/${module.path}`);
    yield { ...found, name: main.path, version: main.version, files: [path], requires };
    for (const { path: name, version } of dependencies) yield { ...found, name, version, files: [], requires: [] };
  }
}

/**
 * Go programs say of which modules they are made (Go ≥ 1.12, `go version -m`). The main module owns the binary; the
 * others are in it, and what each of them weighs it does not say.
 */
export const goDatabase: PackageDb = {
  id: "go",
  level: "language",
  captures: [],
  binaries: true,
  archives: false,
  isState: hasNoState,
  read: (view): PackageReading => ({ packages: mergeByName(modulesOf(view)), troubles: [] }),
};
