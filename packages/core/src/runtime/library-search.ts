import { type LibcKind, libcOf } from "../base/libc.ts";
import { baseName, type ImagePath, normalizePath, parentPath } from "../image-path.ts";
import { trimEndOf } from "../trim-ends.ts";
import type { LiveBinary, LiveFiles, Located } from "./live-files.ts";

/** Where the libraries that an object names are searched. */
export interface SearchOrder {
  /** Equal for equal directories. */
  readonly id: number;
  readonly libc: LibcKind;
  readonly directories: readonly string[];
  /** Directories that what it loads inherits: its own, and those that it inherited itself. */
  readonly passedOn: readonly string[];
}

export interface FoundLibrary extends Located {
  /** No directory that is searched has it: a file of that name elsewhere, for something else to have loaded before. */
  readonly elsewhere: boolean;
}

export interface LibrarySearch {
  /**
   * The loader that a program asks for decides; libraries are searched by the rules of what loads them, else of the
   * image's C library.
   *
   * @param loader the order of the object that loads this one; null where it is started or loaded by name
   */
  orderFor(binary: LiveBinary, loader: SearchOrder | null): SearchOrder;
  /** The file that answers a DT_NEEDED entry; null where none does. */
  find(name: string, binary: LiveBinary, order: SearchOrder): FoundLibrary | null;
  /** So much was looked for that the search was given up, and what is not found says nothing: no real image comes near. */
  readonly isExhausted: boolean;
}

/** Names that musl answers itself (`ldso/dynlink.c`, load_library, `reserved`). */
const MUSL_OWN = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;
const MUSL_DEFAULT = ["lib", "usr/local/lib", "usr/lib"];
const LOADER = { musl: /^ld-musl-.*\.so\.1$/, triplet: /-linux-gnu\w*$/ } as const;
/** Where glibc lies beside musl in images that bring it along (sgerrand/alpine-pkg-glibc). */
const GLIBC_BESIDE_MUSL = "usr/glibc-compat/lib";
const MAX_INCLUDES = 100;
const MAX_CONFIGURED = 32;
const MAX_PASSED_ON = 16;
/**
 * Libraries asked for, and files looked at for them, by all searches of one image; long paths count for more. A full
 * Debian desktop takes 100,000.
 */
const MAX_STEPS = 2 ** 22;
/** Characters of a path that count as another step. */
const STEP_CHARS = 64;
/** More directories than any real file names; longer lists of a crafted one are cut. */
const MAX_DIRECTORIES = 32;
/** Linux PATH_MAX: no file lies deeper. */
const MAX_PATH_CHARS = 4096;
/** Files of one name that are looked at where a library is in no directory that is searched. */
const MAX_NAMESAKES = 64;

/** `include` lines of ld.so.conf name files by a pattern, of which `*` is all that is used (ldconfig(8)). */
function matchesPattern(pattern: string, path: ImagePath): boolean {
  const parts = normalizePath(pattern).path.split("*");
  if (parts.length === 1) return parts[0] === path;
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const found = i === 0 ? (path.startsWith(part) ? 0 : -1) : path.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts.at(-1) as string;
  return path.endsWith(last) && path.indexOf("/", (parts[0] as string).length) < 0;
}

function configuredDirectories({ libraryPaths }: LiveFiles): string[] {
  const directories: string[] = [];
  const visited = new Set<ImagePath>();
  const pending: ImagePath[] = ["etc/ld.so.conf"];
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    if (visited.has(path) || visited.size > MAX_INCLUDES) continue;
    visited.add(path);
    const includes: ImagePath[] = [];
    for (const line of (libraryPaths.get(path) ?? "").split("\n")) {
      const text = line.replace(/#.*/, "").trim();
      const pattern = /^include\s+(\S+)$/.exec(text)?.[1];
      if (pattern === undefined) {
        if (text.startsWith("/")) directories.push(text.slice(1));
        continue;
      }
      const whole = pattern.startsWith("/") ? pattern : `${parentPath(path)}/${pattern}`;
      includes.push(...[...libraryPaths.keys()].filter((other) => matchesPattern(whole, other)).sort());
    }
    pending.unshift(...includes);
  }
  return directories.slice(0, MAX_CONFIGURED);
}

function glibcDirectories(files: LiveFiles): readonly string[] {
  const multiarch = ["lib", "usr/lib"].flatMap((directory) =>
    files
      .list(directory)
      .filter((name) => LOADER.triplet.test(name))
      .map((name) => `${directory}/${name}`),
  );
  // Without its cache, ld.so looks at no configured directory.
  const configured = files.locate("etc/ld.so.cache") === null ? [] : configuredDirectories(files);
  const defaults = [...multiarch, "lib64", "usr/lib64", "lib", "usr/lib", GLIBC_BESIDE_MUSL];
  return [...new Set([...configured, ...defaults])].filter((directory) => files.isDirectory(directory));
}

function muslDirectories({ libraryPaths }: LiveFiles, machine: string): readonly string[] {
  const configured = libraryPaths.get(`etc/ld-musl-${machine}.path`);
  if (configured === undefined) return MUSL_DEFAULT;
  return configured.split(/[:\n]/).flatMap((directory) => (directory === "" ? [] : [directory.replace(/^\/+/, "")]));
}

/** How directories of libraries are found: ld.so(8) of glibc, `ldso/dynlink.c` of musl. */
export function librarySearch(files: LiveFiles, imageLibc: LibcKind | null, environment: string | null): LibrarySearch {
  const glibc = glibcDirectories(files);
  const musl = new Map<string, readonly string[]>();
  const fromEnvironment = splitDirectories(environment ?? "", /[:;]/);
  const hasGlibc = glibc.some((directory) => files.locate(`${directory}/libc.so.6`) !== null);
  const muslLoader = files.list("lib").find((name) => LOADER.musl.test(name));
  // gcompat answers to the name of glibc's loader, and hands over to musl's.
  const isCompatible =
    !hasGlibc &&
    muslLoader !== undefined &&
    ["lib", "lib64"].some((at) => files.list(at).some((name) => libcOf(`/${at}/${name}`) === "glibc"));
  const elsewhere = lazily(() => librariesByName(files));
  /** What was found by each order, by name. */
  const found: Map<string, FoundLibrary | null>[] = [];
  const orders = new Map<string, SearchOrder>();
  let steps = 0;
  const spend = (looks: number, chars: number): void => {
    steps += looks * (1 + chars / STEP_CHARS);
  };

  /** A file that ld.so would take: an ELF file for the same machine. glibc goes on searching past others. */
  const fits = (path: string, { facts }: LiveBinary): Located | null => {
    const located = files.locate(path);
    const other = located === null ? undefined : files.binaries.get(located.instance);
    return other !== undefined && other.facts.machine === facts.machine && other.facts.bits === facts.bits
      ? located
      : null;
  };
  const within = (directories: readonly string[], name: string, binary: LiveBinary): Located | null => {
    for (const directory of directories) {
      if (steps > MAX_STEPS) return null;
      spend(1, directory.length + name.length);
      const located = fits(`${directory}/${name}`, binary);
      if (located !== null) return located;
    }
    return null;
  };
  const systemDirectories = (libc: LibcKind, machine: string): readonly string[] => {
    if (libc === "glibc") return glibc;
    let directories = musl.get(machine);
    if (directories === undefined) {
      directories = muslDirectories(files, machine);
      musl.set(machine, directories);
    }
    return directories;
  };
  const loaderOf = ({ facts }: LiveBinary): Located | null => {
    if (facts.interpreter !== null && libcOf(facts.interpreter) === "musl") return files.locate(facts.interpreter);
    return muslLoader === undefined ? null : files.locate(`lib/${muslLoader}`);
  };

  const libcFor = ({ facts }: LiveBinary): LibcKind => {
    const kind = facts.interpreter === null ? null : libcOf(facts.interpreter);
    if (kind === "musl" || facts.needed.some((name) => name.startsWith("libc.musl-"))) return "musl";
    if (kind === "glibc" || facts.needed.includes("libc.so.6")) return isCompatible ? "musl" : "glibc";
    return imageLibc ?? "glibc";
  };
  /** What `$LIB` may stand for: it is built into ld.so. */
  const libs = ["lib", "lib64", ...glibc.filter((at) => LOADER.triplet.test(at))];
  const ownDirectories = ({ path, facts }: LiveBinary): string[] =>
    splitDirectories(facts.runpath ?? "", /:/).flatMap((directory) => {
      const origin = directory
        .replaceAll(/\$(?:ORIGIN\b|\{ORIGIN\})/g, () => `/${parentPath(path)}`)
        .replaceAll(/\$(?:PLATFORM\b|\{PLATFORM\})/g, () => facts.machine);
      if (origin.length > MAX_PATH_CHARS) return [];
      return LIB.test(origin) ? libs.map((lib) => origin.replace(LIB, () => lib)) : [origin];
    });

  const search = (name: string, binary: LiveBinary, { id, libc, directories }: SearchOrder): FoundLibrary | null => {
    if (libc === "musl" && MUSL_OWN.test(name)) return searched(loaderOf(binary));
    if (name.includes("/")) {
      spend(1, name.length);
      return searched(fits(name, binary));
    }
    const known = found[id] as Map<string, FoundLibrary | null>;
    let library = known.get(name);
    if (library === undefined) {
      library = searched(within(directories, name, binary));
      known.set(name, library);
    }
    return library;
  };

  return {
    orderFor(binary, loader) {
      const libc = loader?.libc ?? libcFor(binary);
      const own = ownDirectories(binary);
      for (const directory of own) spend(1, directory.length);
      const inherited = loader?.passedOn ?? [];
      const key = [libc, binary.facts.machine, String(binary.facts.bits), ...own, "", ...inherited].join("\0");
      let order = orders.get(key);
      if (order === undefined) {
        const system = systemDirectories(libc, binary.facts.machine);
        // musl lets an object's directories hold for all that it loads, before the system's; glibc does so for RPATH only.
        const rest = libc === "musl" ? [...own, ...inherited, ...system] : [...own, ...system, ...inherited];
        const passedOn = [...new Set([...own, ...inherited])].slice(0, MAX_PASSED_ON);
        order = { id: orders.size, libc, directories: [...new Set([...fromEnvironment, ...rest])], passedOn };
        orders.set(key, order);
        found.push(new Map());
      }
      return order;
    },
    find(name, binary, order) {
      spend(1, 0);
      if (steps > MAX_STEPS) return null;
      const library = search(name, binary, order);
      if (library !== null) return library;
      // Plugins rely on what the program that loads them has loaded already.
      const candidates = elsewhere().get(name) ?? [];
      spend(candidates.length, binary.path.length);
      const namesake = nearest(candidates, binary);
      return namesake === null ? null : { ...namesake, elsewhere: true };
    },
    get isExhausted() {
      return steps > MAX_STEPS;
    },
  };
}

function searched(located: Located | null): FoundLibrary | null {
  return located === null ? null : { ...located, elsewhere: false };
}

const LIB = /\$(?:LIB\b|\{LIB\})/;

function splitDirectories(text: string, separator: RegExp): string[] {
  return text
    .split(separator, MAX_DIRECTORIES)
    .filter((directory) => directory !== "")
    .map((directory) => trimEndOf(directory, "/"));
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** All libraries by file name and by soname. */
function librariesByName(files: LiveFiles): ReadonlyMap<string, readonly LiveBinary[]> {
  const byName = new Map<string, LiveBinary[]>();
  for (const binary of files.binaries.values()) {
    if (binary.facts.type !== "shared") continue;
    for (const name of new Set([baseName(binary.path), binary.facts.soname || baseName(binary.path)])) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [binary]);
      else if (known.length < MAX_NAMESAKES) known.push(binary);
    }
  }
  return byName;
}

/** Of several files of a name the one that shares most of its path with the object that needs it. */
function nearest(candidates: readonly LiveBinary[], { path, facts }: LiveBinary): Located | null {
  let best: LiveBinary | null = null;
  let bestShared = -1;
  for (const candidate of candidates) {
    if (candidate.facts.machine !== facts.machine || candidate.facts.bits !== facts.bits) continue;
    const shared = sharedLength(candidate.path, path);
    if (shared <= bestShared) continue;
    best = candidate;
    bestShared = shared;
  }
  return best === null ? null : { path: best.path, at: best.path, instance: best.instance, links: [] };
}

function sharedLength(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
