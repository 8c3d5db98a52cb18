import { baseName, type ImagePath, parentPath } from "../../image-path.ts";
import type { CaptureRequest } from "../../layer/capture.ts";
import { bytesAsText, label, textOf } from "../manifest-text.ts";
import { mergeByName } from "../merge-packages.ts";
import {
  type FileView,
  type FoundPackage,
  hasNoState,
  type PackageDb,
  type PackageReading,
  packageKey,
} from "../package-db.ts";
import { TroubleList } from "../trouble-list.ts";
import { HEAD_SUFFIXES, type InstalledInfo, installedInfos, LIST_SUFFIXES } from "./installed-info.ts";
import { type Metadata, normalizeName, parseMetadata, parseRequiresTxt } from "./metadata.ts";
import { type OwnedPaths, ownedPaths } from "./owned-paths.ts";
import { CompiledFiles, minorsOf, tagOfPyc, tagsOfSite } from "./pyc.ts";
import { requiredName } from "./requirement.ts";

interface Project {
  readonly info: InstalledInfo;
  readonly name: string;
  readonly version: string | null;
  readonly owned: OwnedPaths;
  /** `Requires-Dist`, as written. */
  readonly needs: readonly string[];
}

function request(id: string, suffixes: readonly string[], maxBytes: number): CaptureRequest {
  return { id, version: 1, names: [], prefixes: [], suffixes, magic: [], maxBytes };
}

function readMetadata({ parts }: InstalledInfo): Metadata {
  const file = parts.get("METADATA") ?? parts.get("PKG-INFO");
  const metadata = parseMetadata(file === undefined ? "" : textOf(file));
  const older = parts.get("requires.txt");
  if (older === undefined) return metadata;
  return { ...metadata, requires: [...metadata.requires, ...parseRequiresTxt(textOf(older))] };
}

function readProject(view: FileView, info: InstalledInfo, troubles: TroubleList): Project {
  const { name, version, requires } = readMetadata(info);
  if (name === null && info.kind !== "egg-file") troubles.add(info.path, "the metadata names no project");
  const known = name ?? info.name;
  const owned = ownedPaths(view, info, known, troubles);
  return { info, name: normalizeName(known), version: version ?? label(info.version), owned, needs: requires };
}

/** conda's own list has these files, and how they came: its records speak for the project. */
function isCondas(view: FileView, { site, parts }: InstalledInfo): boolean {
  const installer = parts.get("INSTALLER");
  if (installer === undefined || bytesAsText(installer).trim() !== "conda") return false;
  return view.exists(`${prefixOf(site)}/conda-meta`);
}

/** The prefix of `PREFIX/lib/python3.11/site-packages`. */
function prefixOf(site: ImagePath): ImagePath {
  return parentPath(parentPath(parentPath(site)));
}

/** A project that another one carries inside itself (`setuptools/_vendor`) is a part of that one, as pip sees it too. */
function withoutVendored(projects: readonly Project[]): Project[] {
  const roots = new Set<ImagePath>();
  const listed = new Set<ImagePath>();
  for (const { info, owned } of projects) {
    for (const root of owned.roots) if (root !== info.path || info.kind === "egg") roots.add(root);
    for (const path of owned.files) {
      const directory = parentPath(path);
      // What lies beside it is a project of its own, whoever lists it.
      if (parentPath(directory) !== info.site && /\.(?:dist|egg)-info$/.test(directory)) listed.add(directory);
    }
  }
  const inside = (path: ImagePath): boolean => {
    for (let at = parentPath(path); at !== ""; at = parentPath(at)) if (roots.has(at)) return true;
    return false;
  };
  return projects.filter(({ info }) => !listed.has(info.path) && !inside(info.path));
}

/** Which interpreters have compiled what lies in each site: by its path, and by what its lists name. */
function tagsBySite(view: FileView, projects: readonly Project[]): Map<ImagePath, Set<string>> {
  const tags = new Map<ImagePath, Set<string>>();
  for (const { info, owned } of projects) {
    const known = tags.get(info.site) ?? new Set(tagsOfSite(view, info.site));
    tags.set(info.site, known);
    for (const path of owned.files) {
      const tag = tagOfPyc(path);
      if (tag !== null && known.size < 16) known.add(tag);
    }
  }
  return tags;
}

/** Sites whose interpreter sees no other: those of virtual environments (`pyvenv.cfg`, PEP 405). */
function isIsolated(view: FileView, site: ImagePath): boolean {
  const prefix = prefixOf(site);
  return SITE.test(baseName(site)) && view.exists(prefix === "" ? "pyvenv.cfg" : `${prefix}/pyvenv.cfg`);
}

const SITE = /^(?:site|dist)-packages$/;

/** Names that a site's projects find when they import: its own, and those of the sites that are no environment's. */
class Visible {
  readonly #bySite = new Map<ImagePath, Set<string>>();
  readonly #isolated = new Map<ImagePath, boolean>();
  readonly #shared = new Set<string>();

  constructor(view: FileView, projects: readonly Project[]) {
    for (const { info, name } of projects) {
      const { site } = info;
      let isolated = this.#isolated.get(site);
      if (isolated === undefined) {
        isolated = isIsolated(view, site);
        this.#isolated.set(site, isolated);
      }
      const own = this.#bySite.get(site) ?? new Set();
      this.#bySite.set(site, own.add(name));
      if (!isolated) this.#shared.add(name);
    }
  }

  has(site: ImagePath, name: string): boolean {
    return this.#bySite.get(site)?.has(name) === true || (this.#isolated.get(site) === false && this.#shared.has(name));
  }
}

/** Reads all projects, each as one copy of what may be installed several times. */
function foundPackages(view: FileView, troubles: TroubleList): FoundPackage[] {
  const infos = installedInfos(view.files).filter((info) => !isCondas(view, info));
  const projects = withoutVendored(infos.map((info) => readProject(view, info, troubles)));
  const visible = new Visible(view, projects);
  const tags = tagsBySite(view, projects);
  const compiled = new CompiledFiles(view);
  const asked = new Set(projects.filter(({ info }) => view.exists(`${info.path}/REQUESTED`)));
  // pip ≥ 20.2 marks what was asked for; where nothing is marked, another installer was at work.
  const marking = new Set([...asked].map(({ info }) => info.site));
  return projects.map((project) => {
    const { info, name, version, owned, needs } = project;
    const own = tags.get(info.site) ?? new Set<string>();
    const environment = { minors: minorsOf(own) };
    const names = new Set(needs.map((need) => requiredName(need, environment)).filter((needed) => needed !== null));
    const also = owned.files.flatMap((path) => compiled.of(path, own));
    return {
      ecosystem: "python",
      name,
      version,
      files: [...new Set([...owned.files, ...also])],
      roots: owned.roots,
      explicit: asked.has(project) ? true : marking.has(info.site) ? false : null,
      requires: [...names]
        .filter((needed) => visible.has(info.site, needed))
        .map((needed) => packageKey({ ecosystem: "python", name: needed })),
    };
  });
}

/**
 * Python projects as pip, setuptools and distutils record them: `.dist-info`, `.egg-info`, eggs. Shown with pip 23.0.1 and
 * setuptools 66.1.1.
 */
export const pythonDatabase: PackageDb = {
  id: "python",
  level: "language",
  captures: [
    request("python-head", HEAD_SUFFIXES, 2 ** 16),
    request("python-list", LIST_SUFFIXES, 2 ** 24),
    // Zipped eggs: that they are there is all there is to know.
    request("python-egg", [".egg"], 0),
  ],
  binaries: false,
  archives: false,
  isState: hasNoState,
  read(view): PackageReading {
    const troubles = new TroubleList();
    const packages = mergeByName(foundPackages(view, troubles));
    return { packages, troubles: troubles.list() };
  },
};
