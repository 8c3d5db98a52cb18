import { type ImagePath, parentPath } from "../../image-path.ts";
import { isObject, type JsonObject } from "../../oci/json.ts";
import { label, nameFromPath, readJsonObject } from "../manifest-text.ts";
import { mergeByName } from "../merge-packages.ts";
import { type FileView, type FoundPackage, type PackageDb, type PackageReading, packageKey } from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import { type PackagePlace, packagePlace } from "./package-place.ts";
import { resolveDependency } from "./resolve-dependency.ts";

/** What a package needs to run. Its own `devDependencies` are never installed with it. */
const NEEDED = ["dependencies", "optionalDependencies", "peerDependencies"] as const;
/** What a project asks for by name. */
const ASKED = [...NEEDED, "devDependencies"] as const;

// Shims and locks that npm, pnpm and yarn write into node_modules, and that are no package's.
const STATE =
  /(?:^|\/)node_modules\/(?:\.bin\/.|\.pnpm\/lock\.yaml$|\.(?:package-lock\.json|modules\.yaml|yarn-integrity|yarn-state\.yml|pnpm-workspace-state(?:-v\d)?\.json)$)/;

const IN_MODULES = /(?:^|\/)node_modules\//;

interface Installed {
  readonly place: PackagePlace;
  readonly name: string;
  readonly version: string | null;
  readonly manifest: JsonObject | null;
}

function namesIn(manifest: JsonObject | null, fields: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const field of fields) {
    const value = manifest?.[field];
    if (isObject(value)) for (const name of Object.keys(value)) names.add(name);
  }
  return names;
}

/** Packages by their manifests, and the other manifests, which may be projects. */
class NodeTree {
  readonly #view: FileView;
  readonly #troubles: TroubleList;
  readonly #projects = new Map<ImagePath, JsonObject | null>();
  readonly #paths = new Set<ImagePath>();
  readonly #candidates: ImagePath[] = [];
  readonly installed = new Map<ImagePath, Installed>();

  constructor(view: FileView, troubles: TroubleList) {
    this.#view = view;
    this.#troubles = troubles;
    for (const file of view.files) {
      const place = packagePlace(file.path);
      if (place === null) {
        if (!IN_MODULES.test(file.path)) this.#candidates.push(file.path);
        continue;
      }
      const manifest = readJsonObject(file, troubles);
      const name = label(manifest?.["name"]) ?? nameFromPath(place.directory);
      this.installed.set(file.path, { place, name, version: label(manifest?.["version"]), manifest });
      this.#paths.add(file.path);
    }
    for (const { place } of this.installed.values()) this.#readProject(place.project);
  }

  /** Whether a package's project can tell what was asked for. */
  hasProject(place: PackagePlace): boolean {
    return (this.#projects.get(place.project) ?? null) !== null;
  }

  /** The manifests of the packages that projects, or the workspaces of a project, ask for by name. */
  asked(): Set<ImagePath> {
    const asked = new Set<ImagePath>();
    for (const [directory, manifest] of this.#projects) this.#ask(directory, manifest, asked);
    for (const path of this.#candidates) {
      const directory = parentPath(path);
      if (this.#projects.has(directory) || !this.#inWorkspace(directory)) continue;
      this.#ask(directory, this.#readManifest(directory), asked);
    }
    return asked;
  }

  /** The packages that a package's needs lead to; what is not installed is left out. */
  requires({ place, manifest }: Installed): string[] {
    const keys: string[] = [];
    for (const name of namesIn(manifest, NEEDED)) {
      const path = resolveDependency(this.#view, this.#paths, place.root, name);
      const found = path === null ? undefined : this.installed.get(path);
      if (found !== undefined) keys.push(packageKey({ ecosystem: "npm", name: found.name }));
    }
    return keys;
  }

  #ask(directory: ImagePath, manifest: JsonObject | null, asked: Set<ImagePath>): void {
    for (const name of namesIn(manifest, ASKED)) {
      const path = resolveDependency(this.#view, this.#paths, directory, name);
      if (path !== null) asked.add(path);
    }
  }

  #readProject(directory: ImagePath): void {
    if (!this.#projects.has(directory)) this.#projects.set(directory, this.#readManifest(directory));
  }

  #readManifest(directory: ImagePath): JsonObject | null {
    const file = this.#view.get(directory === "" ? "package.json" : `${directory}/package.json`);
    return file === undefined ? null : readJsonObject(file, this.#troubles);
  }

  /** A project with `workspaces` (npm, yarn) or a `pnpm-workspace.yaml` installs for the projects below it. */
  #inWorkspace(directory: ImagePath): boolean {
    for (let at = directory, level = 0; at !== "" && level < 64; level++) {
      at = parentPath(at);
      const manifest = this.#projects.get(at);
      if (manifest === undefined || manifest === null) continue;
      if (manifest["workspaces"] !== undefined) return true;
      if (this.#view.exists(at === "" ? "pnpm-workspace.yaml" : `${at}/pnpm-workspace.yaml`)) return true;
    }
    return false;
  }
}

function foundPackage(tree: NodeTree, path: ImagePath, one: Installed, asked: ReadonlySet<ImagePath>): FoundPackage {
  return {
    ecosystem: "npm",
    name: one.name,
    version: one.version,
    files: [],
    roots: [one.place.root],
    explicit: asked.has(path) ? true : tree.hasProject(one.place) ? false : null,
    requires: tree.requires(one),
  };
}

/**
 * Packages of npm, pnpm, yarn, bun: a directory in `node_modules` with a `package.json` is one, as `npm ls` has it.
 * Shown with npm 11.19 and pnpm 10.34.
 */
export const npmDatabase: PackageDb = {
  id: "npm",
  level: "language",
  captures: [
    {
      id: "npm-manifest",
      version: 1,
      names: ["package.json"],
      prefixes: [],
      suffixes: ["/package.json"],
      magic: [],
      maxBytes: 2 ** 18,
    },
  ],
  binaries: false,
  archives: false,
  isState: (path) => path.includes("node_modules/.") && STATE.test(path),
  mayHoldState: (directory) => directory.includes("node_modules"),
  read(view): PackageReading {
    const troubles = new TroubleList();
    const tree = new NodeTree(view, troubles);
    const asked = tree.asked();
    const copies = [...tree.installed].map(([path, one]) => foundPackage(tree, path, one, asked));
    return { packages: mergeByName(copies), troubles: troubles.list() };
  },
};
