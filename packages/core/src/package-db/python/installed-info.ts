import { baseName, type ImagePath, parentPath } from "../../image-path.ts";
import { nameFromPath } from "../manifest-text.ts";
import type { ViewedFile } from "../package-db.ts";

/** The metadata of one installed project, by the files that make it up. */
export interface InstalledInfo {
  /** `…/x-1.0.dist-info`, `…/x.egg-info` (a directory, or distutils' single file), `…/x-1.0-py3.8.egg`. */
  readonly path: ImagePath;
  readonly kind: "dist-info" | "egg-info" | "egg-info-file" | "egg" | "egg-file";
  /** The directory on `sys.path` that holds it. */
  readonly site: ImagePath;
  /** Name and version as the path has them. */
  readonly name: string;
  readonly version: string | null;
  /** By name: `METADATA`, `RECORD`, … */
  readonly parts: ReadonlyMap<string, ViewedFile>;
}

/** Lists of files, which can be long: of a `.dist-info` (PyPA "Recording installed projects"), of an `.egg-info` (pip, setuptools). */
export const LIST_SUFFIXES: readonly string[] = [
  ".dist-info/RECORD",
  ".egg-info/installed-files.txt",
  ".egg-info/SOURCES.txt",
];

/** The rest of what is read of them, all of it short or with what matters at its head. */
export const HEAD_SUFFIXES: readonly string[] = [
  ".dist-info/METADATA",
  ".dist-info/INSTALLER",
  ".dist-info/top_level.txt",
  ".egg-info/PKG-INFO",
  ".egg-info/requires.txt",
  ".egg-info/top_level.txt",
  ".egg-info",
  ".egg/EGG-INFO/PKG-INFO",
  ".egg/EGG-INFO/requires.txt",
];

/** Without one of these there is no project: pip passes over the directory too. */
const ESSENTIAL = ["METADATA", "RECORD", "PKG-INFO", "installed-files.txt"] as const;

const SITE = /^(?:site|dist)-packages$/;

/** The directory (or file) of the metadata that a captured file is a part of. */
function infoOf(path: ImagePath): { readonly path: ImagePath; readonly kind: InstalledInfo["kind"] } | null {
  const parent = parentPath(path);
  if (parent.endsWith(".dist-info")) return { path: parent, kind: "dist-info" };
  if (parent.endsWith(".egg-info")) return { path: parent, kind: "egg-info" };
  if (parent.endsWith(".egg/EGG-INFO")) return { path: parentPath(parent), kind: "egg" };
  if (path.endsWith(".egg-info")) return { path, kind: "egg-info-file" };
  // Zipped eggs lie elsewhere too, as test data; only in these directories are they installed.
  if (path.endsWith(".egg") && SITE.test(baseName(parent))) return { path, kind: "egg-file" };
  return null;
}

/** `PyYAML-6.0.dist-info`, `x-1.0-py3.8-linux-x86_64.egg`, `x.egg-info`. */
function nameAndVersion(path: ImagePath): { readonly name: string; readonly version: string | null } {
  const stem = nameFromPath(baseName(path)).replace(/\.(?:dist-info|egg-info|egg)$/, "");
  const [name = stem, version] = stem.split("-", 2);
  return { name, version: version === undefined || version === "" ? null : version };
}

/** All installed projects, in order of path. */
export function installedInfos(files: readonly ViewedFile[]): InstalledInfo[] {
  const infos = new Map<ImagePath, InstalledInfo & { readonly parts: Map<string, ViewedFile> }>();
  for (const file of files) {
    const at = infoOf(file.path);
    // pip renames what it uninstalls to `~x`, and ignores what it then could not remove.
    if (at === null || baseName(at.path).startsWith("~")) continue;
    let info = infos.get(at.path);
    if (info === undefined) {
      info = { ...at, site: parentPath(at.path), ...nameAndVersion(at.path), parts: new Map() };
      infos.set(at.path, info);
    }
    info.parts.set(at.path === file.path ? "PKG-INFO" : baseName(file.path), file);
  }
  return [...infos.values()].filter(({ parts }) => ESSENTIAL.some((part) => parts.has(part)));
}
