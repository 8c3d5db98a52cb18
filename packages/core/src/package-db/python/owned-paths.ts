import type { ImagePath } from "../../image-path.ts";
import { bytesAsText, linesOf } from "../manifest-text.ts";
import type { FileView } from "../package-db.ts";
import type { TroubleList } from "../trouble-list.ts";
import type { InstalledInfo } from "./installed-info.ts";
import { normalizeName } from "./metadata.ts";
import { type ListedPaths, parseRecord, pathFrom } from "./record.ts";

/** What a project owns, as its metadata says. */
export interface OwnedPaths {
  readonly files: ImagePath[];
  readonly roots: ImagePath[];
}

/** Lines of `installed-files.txt` (pip before 21.3, `setup.py install --record`) are relative to the `.egg-info`. */
function parseInstalledFiles(text: string, directory: ImagePath, truncated: boolean): ListedPaths {
  const lines = [...linesOf(text)];
  if (truncated) lines.pop();
  const paths: ImagePath[] = [];
  let escaping = 0;
  for (const line of lines) {
    if (line === "") continue;
    const path = pathFrom(directory, line);
    if (path === null) escaping++;
    else paths.push(path);
  }
  return { paths, escaping, cut: truncated };
}

function listedPaths({ path, site, parts }: InstalledInfo): ListedPaths | null {
  const record = parts.get("RECORD");
  if (record !== undefined) return parseRecord(bytesAsText(record), site, record.truncated);
  const installed = parts.get("installed-files.txt");
  if (installed === undefined) return null;
  return parseInstalledFiles(bytesAsText(installed), path, installed.truncated);
}

/** A module's name, as it can stand in `top_level.txt`. */
const MODULE = /^[^/\s.]{1,200}$/;

/** Modules by `top_level.txt`; where there is none, by the project's name, which is how most are called. */
function topLevel({ parts }: InstalledInfo, name: string): string[] {
  const file = parts.get("top_level.txt");
  if (file === undefined) {
    const guess = normalizeName(name).replaceAll("-", "_");
    return [...new Set([name.replaceAll("-", "_"), guess])].filter((module) => MODULE.test(module));
  }
  return [...linesOf(bytesAsText(file))].filter((line) => MODULE.test(line));
}

/** Paths of `SOURCES.txt` are relative to the source tree, whose packages may lie in `src` or `lib`. */
function* sources({ site, parts }: InstalledInfo): Generator<ImagePath, void, undefined> {
  const file = parts.get("SOURCES.txt");
  if (file === undefined) return;
  for (const line of linesOf(bytesAsText(file))) {
    const path = pathFrom(site, line.replace(/^(?:src|lib)\//, ""));
    if (path !== null) yield path;
  }
}

/**
 * Where no list of files came along (Debian drops it, `setup.py install` makes none), the top-level packages are the
 * project's as a whole. A directory without `__init__.py` may be a namespace that several projects share: of it only
 * what `SOURCES.txt` names is taken.
 */
function unlistedPaths(view: FileView, info: InstalledInfo, name: string): OwnedPaths {
  const files: ImagePath[] = [];
  const roots: ImagePath[] = [];
  const at = (rest: string): ImagePath => (info.site === "" ? rest : `${info.site}/${rest}`);
  let shared = false;
  for (const module of topLevel(info, name)) {
    if (view.exists(at(`${module}/__init__.py`))) roots.push(at(module));
    else if (view.exists(at(module))) shared = true;
    for (const end of [".py", ".so", ".abi3.so"]) if (view.exists(at(module + end))) files.push(at(module + end));
  }
  if (shared) for (const path of sources(info)) if (view.exists(path)) files.push(path);
  return { files, roots };
}

/** What an installed project owns. Its metadata is its own in any case, whatever pip adds to it later. */
export function ownedPaths(view: FileView, info: InstalledInfo, name: string, troubles: TroubleList): OwnedPaths {
  if (info.kind === "egg") return { files: [], roots: [info.path] };
  if (info.kind === "egg-file") return { files: [info.path], roots: [] };
  const listed = listedPaths(info);
  const owned = listed === null ? unlistedPaths(view, info, name) : { files: listed.paths, roots: [] };
  if (listed !== null && listed.escaping > 0)
    troubles.add(info.path, "paths of the list of files leave the root", `: ${listed.escaping}`);
  if (listed?.cut === true) troubles.add(info.path, "the list of files is longer than what is read of one");
  if (info.kind === "egg-info-file") owned.files.push(info.path);
  else owned.roots.push(info.path);
  return owned;
}
