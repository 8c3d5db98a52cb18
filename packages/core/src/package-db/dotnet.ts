import { baseName, type ImagePath, normalizePath, parentPath, pathFromText } from "../image-path.ts";
import { isObject, type JsonObject } from "../oci/json.ts";
import { label, nameFromPath, readJsonObject } from "./manifest-text.ts";
import { mergeByName } from "./merge-packages.ts";
import {
  type FileView,
  type FoundPackage,
  hasNoState,
  type PackageDb,
  type PackageReading,
  type ViewedFile,
} from "./package-db.ts";
import { TroubleList } from "./trouble-list.ts";

const DEPS = ".deps.json";

/** `shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json`, wherever .NET is installed. */
const SHARED_FRAMEWORK = /^shared\/([^/]+)\/([^/]+)\/([^/]+)\.deps\.json$/;

/** Assets by the place where `dotnet publish` puts them, relative to the folder of the deps.json. */
const ASSETS: readonly { readonly key: string; placed(asset: string, value: JsonObject): string }[] = [
  { key: "runtime", placed: baseName },
  { key: "native", placed: baseName },
  // `lib/net8.0/de/Some.resources.dll` of locale `de` becomes `de/Some.resources.dll`.
  {
    key: "resources",
    placed: (asset, { locale }) => `${label(locale) ?? baseName(parentPath(asset))}/${baseName(asset)}`,
  },
  // Of several platforms one is chosen at run time: `runtimes/linux-x64/native/libfoo.so` stays where it was.
  { key: "runtimeTargets", placed: (asset) => asset },
];

/** What stands beside an application of this name: its own assembly, its launcher, and what they are started with. */
const OWN_FILES = ["", ".dll", DEPS, ".runtimeconfig.json", ".pdb", ".xml", ".dll.config"];

function objectsOf(value: unknown): [string, JsonObject][] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([key, member]) => [key, isObject(member) ? member : {}]);
}

/** `Newtonsoft.Json/13.0.1` */
function splitLibrary(library: string): { name: string; version: string | null } | null {
  const slash = library.lastIndexOf("/");
  const name = label(slash < 0 ? library : library.slice(0, slash));
  return name === null ? null : { name, version: slash < 0 ? null : label(library.slice(slash + 1)) };
}

function inFolder(folder: ImagePath, name: string): ImagePath {
  return normalizePath(folder === "" ? name : `${folder}/${name}`).path;
}

function assetFiles(folder: ImagePath, library: JsonObject): ImagePath[] {
  return ASSETS.flatMap(({ key, placed }) =>
    objectsOf(library[key]).map(([asset, value]) => inFolder(folder, pathFromText(placed(asset, value)))),
  );
}

function ownFiles(folder: ImagePath, name: string): ImagePath[] {
  return OWN_FILES.map((ending) => inFolder(folder, `${name}${ending}`));
}

/** The target of `runtimeTarget`, or else the only one. */
function targetOf(deps: JsonObject): [string, JsonObject][] {
  const targets = objectsOf(deps["targets"]);
  const wanted = isObject(deps["runtimeTarget"]) ? deps["runtimeTarget"]["name"] : deps["runtimeTarget"];
  const [, target] = targets.find(([name]) => name === wanted) ?? targets[0] ?? [];
  return objectsOf(target);
}

function* librariesOf(file: ViewedFile, deps: JsonObject, view: FileView): Generator<FoundPackage, void, undefined> {
  const folder = parentPath(file.path);
  const application = baseName(file.path).slice(0, -DEPS.length);
  const libraries = isObject(deps["libraries"]) ? deps["libraries"] : {};
  for (const [key, library] of targetOf(deps)) {
    const split = splitLibrary(key);
    if (split === null) continue;
    const described = libraries[key];
    const isProject = isObject(described) && described["type"] === "project";
    const isApplication = isProject && split.name === nameFromPath(application);
    const files = [...assetFiles(folder, library), ...(isApplication ? ownFiles(folder, application) : [])];
    yield {
      ecosystem: "dotnet",
      ...split,
      files: files.filter((path) => view.exists(path)),
      roots: [],
      explicit: null,
      requires: objectsOf(library["dependencies"])
        .map(([name]) => label(name))
        .filter((name) => name !== null)
        .map((name) => `dotnet/${name}`),
    };
  }
}

function sharedFramework(path: ImagePath): FoundPackage | null {
  const [, name, version, again] = SHARED_FRAMEWORK.exec(path.split("/").slice(-4).join("/")) ?? [];
  if (name !== again) return null;
  if (name === undefined || version === undefined) return null;
  const found = { ecosystem: "dotnet", files: [], roots: [parentPath(path)], explicit: null, requires: [] } as const;
  return { ...found, name: nameFromPath(name), version: nameFromPath(version) };
}

/**
 * Applications of .NET list their libraries in `<application>.deps.json` (dotnet/sdk, "runtime-configuration-file.md"):
 * `targets` says what each brings, `libraries` of what type it is. A shared framework owns its folder; the list of a
 * framework names its own files only.
 */
export const dotnetDatabase: PackageDb = {
  id: "dotnet",
  level: "language",
  captures: [{ id: "dotnet", version: 1, names: [], prefixes: [], suffixes: [DEPS], magic: [], maxBytes: 2 ** 23 }],
  binaries: false,
  archives: false,
  isState: hasNoState,
  read(view): PackageReading {
    const troubles = new TroubleList();
    const found: FoundPackage[] = [];
    for (const file of view.files) {
      const framework = sharedFramework(file.path);
      if (framework !== null) found.push(framework);
      else {
        const deps = readJsonObject(file, troubles);
        if (deps !== null) for (const library of librariesOf(file, deps, view)) found.push(library);
      }
    }
    return { packages: mergeByName(found), troubles: troubles.list() };
  },
};
