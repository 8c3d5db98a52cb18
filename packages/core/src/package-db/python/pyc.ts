import { baseName, type ImagePath, parentPath } from "../../image-path.ts";
import type { FileView } from "../package-db.ts";

// `name.cpython-311.pyc`, `name.pypy39.opt-1.pyc` (PEP 3147, PEP 488).
const CACHED = /^(.+?)\.([a-z]+-?\d+)(?:\.opt-[12])?\.pyc$/;
const LEVELS = ["", ".opt-1", ".opt-2"] as const;

/** The source that `__pycache__/name.TAG.pyc` was compiled from; null for any other path. */
export function sourceOfPyc(path: ImagePath): ImagePath | null {
  const cache = parentPath(path);
  if (baseName(cache) !== "__pycache__") return null;
  const name = CACHED.exec(baseName(path))?.[1];
  if (name === undefined) return null;
  const directory = parentPath(cache);
  return directory === "" ? `${name}.py` : `${directory}/${name}.py`;
}

/** Newer minor versions of Python 3 than that are not looked for. */
const NEWEST_MINOR = 30;

/**
 * The tags of the interpreters that compile in a site: that of its path (`lib/python3.11/site-packages`), or, for
 * Debian's `lib/python3/dist-packages`, those of the libraries beside it.
 */
export function tagsOfSite(view: FileView, site: ImagePath): string[] {
  const tags = new Set<string>();
  for (const [, kind, major, minor] of site.matchAll(/(?:^|\/)(python|pypy)(\d)\.(\d{1,2})(?=\/|$)/g))
    tags.add(kind === "pypy" ? `pypy${major}${minor}` : `cpython-${major}${minor}`);
  const shared = parentPath(site);
  if (baseName(shared) === "python3")
    for (let minor = 0; minor <= NEWEST_MINOR; minor++)
      if (view.exists(`${shared}.${minor}`)) tags.add(`cpython-3${minor}`);
  return [...tags];
}

/** Minor versions of Python 3 by their tags. */
export function minorsOf(tags: Iterable<string>): number[] {
  return [...tags].flatMap((tag) => /^(?:cpython-|pypy)3(\d+)$/.exec(tag)?.[1] ?? []).map(Number);
}

/** The tag in the name of a compiled file. */
export function tagOfPyc(path: ImagePath): string | null {
  return path.endsWith(".pyc") ? (CACHED.exec(baseName(path))?.[2] ?? null) : null;
}

/** Finds files compiled from sources after they were installed, of which no list knows. */
export class CompiledFiles {
  readonly #view: FileView;
  readonly #caches = new Map<ImagePath, boolean>();

  constructor(view: FileView) {
    this.#view = view;
  }

  of(source: ImagePath, tags: Iterable<string>): ImagePath[] {
    if (!source.endsWith(".py")) return [];
    const directory = parentPath(source);
    const cache = directory === "" ? "__pycache__" : `${directory}/__pycache__`;
    let exists = this.#caches.get(cache);
    if (exists === undefined) {
      exists = this.#view.exists(cache);
      this.#caches.set(cache, exists);
    }
    if (!exists) return [];
    const stem = `${cache}/${baseName(source).slice(0, -3)}`;
    const found: ImagePath[] = [];
    for (const tag of tags) {
      for (const level of LEVELS) {
        const path = `${stem}.${tag}${level}.pyc`;
        if (this.#view.exists(path)) found.push(path);
      }
    }
    return found;
  }
}
