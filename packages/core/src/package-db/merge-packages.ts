import { type FoundPackage, packageKey } from "./package-db.ts";

interface Merging {
  readonly first: FoundPackage;
  readonly versions: Set<string>;
  readonly files: Set<string>;
  readonly roots: Set<string>;
  readonly requires: Set<string>;
  explicit: boolean | null;
}

/**
 * Language packages are installed many times over, in several places and versions; in groupings a name is one row.
 * The row has all files and directories, needs what any copy needs, is asked for if one copy is, and says every version
 * (`2.0.0, 2.1.3`, in the order in which the copies come).
 */
export function mergeByName(copies: Iterable<FoundPackage>): FoundPackage[] {
  const merged = new Map<string, Merging>();
  for (const copy of copies) {
    const key = packageKey(copy);
    let into = merged.get(key);
    if (into === undefined) {
      into = {
        first: copy,
        versions: new Set(),
        files: new Set(),
        roots: new Set(),
        requires: new Set(),
        explicit: null,
      };
      merged.set(key, into);
    }
    if (copy.version !== null) into.versions.add(copy.version);
    for (const path of copy.files) into.files.add(path);
    for (const path of copy.roots) into.roots.add(path);
    for (const needed of copy.requires) if (needed !== key) into.requires.add(needed);
    if (copy.explicit !== null) into.explicit = into.explicit === true || copy.explicit;
  }
  return [...merged.values()].map(({ first, versions, files, roots, requires, explicit }) => ({
    ecosystem: first.ecosystem,
    name: first.name,
    version: versions.size === 0 ? null : [...versions].join(", "),
    files: [...files],
    roots: [...roots],
    explicit,
    requires: [...requires].sort(),
  }));
}
