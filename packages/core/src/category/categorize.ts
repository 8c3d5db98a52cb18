import { baseName, type ImagePath, parentPath } from "../image-path.ts";
import { CATEGORIES, CATEGORY_RULES, type Category, type CategoryRule, PACKAGE_DIRECTORIES } from "./catalogue.ts";
import { type GlobState, PathGlobs } from "./path-globs.ts";
import { PLACES, type Place } from "./places.ts";

const RANK = new Map(CATEGORIES.map((category, rank) => [category, rank]));
const LAST = CATEGORIES.length - 1;
const OS_BASE = RANK.get("os-base") as number;
const PACKAGE_CACHE = RANK.get("package-cache") as number;

const PLACE_LIST: readonly Place[] = Object.values(PLACES);

/** What is known of a file beside its path. */
export interface FileFacts {
  /** The key of its owner, such as `apk/musl`; null for none. */
  readonly owner: string | null;
  /** It came with the base image, or is the package manager's own state. */
  readonly system: boolean;
}

/** One rule's lists, ready to be looked up. */
function tableOf(select: (rule: CategoryRule) => readonly string[] | undefined): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  CATEGORY_RULES.forEach((rule, rank) => {
    for (const key of select(rule) ?? []) if (!table.has(key)) table.set(key, rank);
  });
  return table;
}

const DIRECTORIES = tableOf(({ directories }) => directories);
const NAMES = tableOf(({ names }) => names);
const NAMES_IN_PACKAGES = tableOf(({ namesInPackages }) => namesInPackages);
const SUFFIXES = tableOf(({ suffixes }) => suffixes);
const SUFFIXES_IN_PACKAGES = tableOf(({ suffixesInPackages }) => suffixesInPackages);
const INSIDE = new Set(PACKAGE_DIRECTORIES);
/** What is installed in these is not the language, though the language's own library holds them. */
const BELOW_RUNTIMES = new Set(["site-packages", "dist-packages", "node_modules"]);
/** The names of directories that say anything: all others are as the directory that they lie in. */
const DECISIVE = new Set(
  [DIRECTORIES, NAMES, NAMES_IN_PACKAGES, INSIDE, BELOW_RUNTIMES].flatMap((listed) =>
    Array.from(listed.keys(), (path) => unversioned(baseName(path))),
  ),
);
/** Characters of the longest suffix that is listed. */
const LONGEST_SUFFIX = Math.max(...[...SUFFIXES.keys(), ...SUFFIXES_IN_PACKAGES.keys()].map(({ length }) => length));
/** Components of the longest directory that is listed; `~` stands for two. */
const LONGEST_DIRECTORY = 1 + Math.max(...Array.from(DIRECTORIES.keys(), (path) => path.split("/").length));

// `gcc-[0-9]*` as a regular expression.
function globToRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.replace(/[.+?^${}()|\\]/g, "\\$&").replaceAll("*", ".*")}$`);
}

const PACKAGE_NAMES: readonly { readonly pattern: RegExp; readonly rank: number }[] = CATEGORY_RULES.flatMap(
  (rule, rank) => (rule.packages ?? []).map((glob) => ({ pattern: globToRegExp(glob), rank })),
);

const OS_ECOSYSTEMS = new Set(["apk", "deb", "rpm", "pacman"]);

/** Whether a key is that of an OS package. */
export function isOsPackage(key: string): boolean {
  return OS_ECOSYSTEMS.has(key.slice(0, key.indexOf("/")));
}

/** What kind of thing an OS package is by its name; null where the name does not say. */
export function categoryOfPackage(key: string): Category | null {
  const name = key.slice(key.indexOf("/") + 1).replace(/:[a-z0-9]+$/, "");
  const found = isOsPackage(key) ? PACKAGE_NAMES.filter(({ pattern }) => pattern.test(name)) : [];
  return CATEGORIES[Math.min(...found.map(({ rank }) => rank))] ?? null;
}

/** What a directory makes of the files in it. */
export interface DirectoryFacts {
  readonly name: string;
  /** The directory that it lies in; null for the root. */
  readonly above: DirectoryFacts | null;
  /** Components of its path. */
  readonly depth: number;
  /** Number of the category, by the directory alone. */
  readonly rank: number;
  readonly insidePackages: boolean;
  /** How far it has come in the globs of {@link PLACES}. */
  readonly place: GlobState;
}

/** `root/x` and `home/me/x` as `~/x`; null for what is in no home. */
function inHome(path: ImagePath): string | null {
  if (path.startsWith("root/")) return `~/${path.slice("root/".length)}`;
  const home = /^home\/[^/]+\//.exec(path);
  return home === null ? null : `~/${path.slice(home[0].length)}`;
}

/**
 * Puts each file into exactly one category. Directories and packages are decided once and remembered: an image has far
 * fewer of them than files.
 */
export class Categorizer {
  readonly root: DirectoryFacts;
  readonly #places: PathGlobs;
  readonly #owners = new Map<string, number>();

  /** @param homes home directories beyond `root` and `home/*` */
  constructor(homes: readonly ImagePath[] = []) {
    this.#places = new PathGlobs(homes);
    for (const { globs, category } of PLACE_LIST)
      for (const glob of globs) this.#places.add(glob, RANK.get(category) as number);
    this.root = {
      name: "",
      above: null,
      depth: 0,
      rank: LAST,
      insidePackages: false,
      place: this.#places.start(),
    };
  }

  categoryOf(path: ImagePath, facts: FileFacts): Category {
    return CATEGORIES[
      this.rankIn(this.directory(parentPath(path)), baseName(path), facts.owner, facts.system)
    ] as Category;
  }

  /** The number of a file's category in `CATEGORIES`, for many files of one directory; the rest as in {@link FileFacts}. */
  rankIn({ rank, insidePackages }: DirectoryFacts, name: string, owner: string | null, system: boolean): number {
    const byOwner = owner === null ? LAST : this.#owner(owner);
    return Math.min(rank, suffixRank(name, insidePackages), byOwner, system ? OS_BASE : LAST);
  }

  #owner(key: string): number {
    let rank = this.#owners.get(key);
    if (rank === undefined) {
      rank = RANK.get(categoryOfPackage(key) ?? (CATEGORIES[LAST] as Category)) as number;
      if (isOsPackage(key)) rank = Math.min(rank, OS_BASE);
      this.#owners.set(key, rank);
    }
    return rank;
  }

  directory(path: ImagePath): DirectoryFacts {
    if (path === "") return this.root;
    return path.split("/").reduce((above: DirectoryFacts, name) => this.inside(above, name), this.root);
  }

  /** Whether what lies in a directory is kept to be used again, by the directory alone. */
  isCache({ rank }: DirectoryFacts): boolean {
    return rank === PACKAGE_CACHE;
  }

  /** What a directory is that lies in another one. */
  inside(above: DirectoryFacts, name: string): DirectoryFacts {
    const depth = above.depth + 1;
    const place = this.#places.enter(above.place, name);
    const { rank, insidePackages } = DECISIVE.has(unversioned(name)) ? decide(above, name, depth) : above;
    // The ids of places are the numbers of their categories, in ascending order.
    const [placeRank = LAST] = this.#places.matchAll(place);
    return { name, above, depth, rank: Math.min(rank, placeRank), insidePackages, place };
  }
}

/** Of a directory that is not deep. */
function pathIn(above: DirectoryFacts, name: string): ImagePath {
  let path = name;
  for (let at = above; at.above !== null; at = at.above) path = `${at.name}/${path}`;
  return path;
}

/** `usr/lib/python3.11` counts as `lib/python3`: versions differ, what it is does not. */
function unversioned(name: string): string {
  return name.startsWith("python") ? name.replace(/^(python\d)[.\d]*$/, "$1") : name;
}

/** Where a directory's name alone may make a difference. */
function decide(
  above: DirectoryFacts,
  ownName: string,
  depth: number,
): Pick<DirectoryFacts, "rank" | "insidePackages"> {
  const path = depth > LONGEST_DIRECTORY ? null : pathIn(above, ownName);
  const name = unversioned(ownName);
  const withParent = `${above.name}/${name}`;
  const grandParent = `${above.above?.name ?? ""}/${withParent}`;
  const insidePackages = above.insidePackages || INSIDE.has(name) || INSIDE.has(withParent) || INSIDE.has(grandParent);
  const home = path === null ? null : inHome(path);
  const ranks = [
    path === null ? undefined : DIRECTORIES.get(path),
    home === null ? undefined : DIRECTORIES.get(home),
    NAMES.get(name),
    NAMES.get(withParent),
    above.insidePackages ? NAMES_IN_PACKAGES.get(name) : undefined,
  ];
  let rank = above.rank;
  if (BELOW_RUNTIMES.has(name) && CATEGORIES[rank] === "language-runtime") rank = LAST;
  for (const found of ranks) if (found !== undefined) rank = Math.min(rank, found);
  return { rank, insidePackages };
}

/** The longest suffixes have two dots: `.js.map`. */
function suffixRank(name: string, insidePackages: boolean): number {
  let rank = LAST;
  for (let dot = name.indexOf(".", name.length - LONGEST_SUFFIX); dot >= 0; dot = name.indexOf(".", dot + 1)) {
    const suffix = name.slice(dot);
    rank = Math.min(
      rank,
      SUFFIXES.get(suffix) ?? LAST,
      (insidePackages ? SUFFIXES_IN_PACKAGES.get(suffix) : undefined) ?? LAST,
    );
  }
  return rank;
}
