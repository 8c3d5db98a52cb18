import { isCopy } from "../../../build/build.ts";
import { baseName, type ImagePath, parentPath } from "../../../image-path.ts";
import { UNOWNED } from "../../../ledger/owner-keys.ts";
import { FATE } from "../../../tree/fate.ts";
import { trimBothEndsOf } from "../../../trim-ends.ts";
import type { Facts } from "../../facts.ts";
import type { StoredFile } from "../../rule.ts";
import type { MainProgram } from "./main-program.ts";
import { isSideEffect } from "./side-effects.ts";

/** What the image's own layers hold besides its program. */
export interface OwnFiles {
  /** What the program may read: files of no package that are no sources and no leftovers of the build. */
  readonly data: readonly StoredFile[];
  /** Directories of sources that the program lies outside of, and that it is taken not to read. */
  readonly sourceDirectories: readonly ImagePath[];
  /** OS packages that were asked for and are no build tools: the program may start them. */
  readonly programs: readonly string[];
  /** Language packages that are no part of compiled programs: the image runs more than one. */
  readonly languagePackages: readonly string[];
}

/** What marks the root of a source tree of a compiled language. */
const BUILD_FILES =
  /^(?:go\.mod|Cargo\.toml|CMakeLists\.txt|[Mm]akefile|GNUmakefile|meson\.build|configure\.ac|pom\.xml|build\.gradle(?:\.kts)?|BUILD(?:\.bazel)?|[^.].*\.cabal)$/;
const SOURCES =
  /\.(?:go|rs|c|cc|cpp|cxx|h|hh|hpp|hxx|s|S|asm|java|kt|kts|scala|swift|zig|nim|cr|d|hs|ml|mli|f90|pas|adb|ads|proto|o|a|la|lo|rlib|rmeta|obj|pyx|m4|cmake|mk)$/;
const SOURCE_NAMES =
  /^(?:go\.(?:mod|sum|work|work\.sum)|Cargo\.(?:toml|lock)|rust-toolchain(?:\.toml)?|(?:Dockerfile|Containerfile|Makefile|makefile|Jenkinsfile|README|LICENSE|CHANGELOG|CONTRIBUTING|CODEOWNERS)(?:\.[^/]*)?|CMakeLists\.txt|meson\.build|\.dockerignore|\.editorconfig|\.gitignore|\.gitattributes|\.golangci\.ya?ml|configure(?:\.ac)?|[^/]*\.md)$/;
const COMPILED_OWNERS = /^(?:go|rust|dotnet)\//;
const OS_ECOSYSTEMS = new Set(["apk", "deb", "rpm", "pacman"]);
const PROGRAM = /(?:^|\/)s?bin\/[^/]+$/;
/** Directories that belong to no source tree, whatever lies in them. */
const SYSTEM_DIRECTORY = /^(?:[^/]+|usr\/[^/]+|usr\/local\/[^/]+|var\/[^/]+|home\/[^/]+)$/;
const PLAIN_TOP = /^(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)(?:\/|$)/;
/** Installed for what they hold: nothing starts them. */
const DATA_PACKAGES = /^(?:ca-certificates(?:-.*)?|tzdata(?:-.*)?|\..*)$/;

export function ownFiles(facts: Facts, program: MainProgram): OwnFiles {
  const { attribution } = facts.ledger;
  const own: StoredFile[] = [];
  const languages = new Set<string>();
  for (const instance of facts.instances) {
    const file = facts.file(instance);
    if (file.fate !== FATE.live || file.inBase || file.layer < attribution.base.layers) continue;
    if (file.owner === UNOWNED || COMPILED_OWNERS.test(file.owner)) own.push(file);
    else if (/^(?:npm|python|gem|composer|java)\//.test(file.owner)) languages.add(file.owner);
  }
  const roots = buildRoots(own);
  const used = [parentPath(program.file.path), parentPath(program.at), workingDirectory(facts)];
  const data: StoredFile[] = [];
  const sourceDirectories = new Set<ImagePath>();
  for (const file of own) {
    if (file.category !== "application" || file.instance === program.file.instance) continue;
    if (isSideEffect(file.path, isCopied(facts, file.layer))) continue;
    const root = rootOf(file.path, roots);
    if (root !== null && !used.some((directory) => isWithin(directory, root))) sourceDirectories.add(root);
    else if (!isSource(file.path) && !facts.needs.files.binaries.has(file.instance)) data.push(file);
    else if (facts.needs.files.binaries.has(file.instance) && isOtherProgram(facts, file, program)) data.push(file);
  }
  return {
    data,
    sourceDirectories: [...sourceDirectories].sort(),
    programs: askedFor(facts),
    languagePackages: [...languages].sort(),
  };
}

/** Where the history does not say, a layer's files are taken for what the image is about. */
function isCopied(facts: Facts, layer: number): boolean {
  const step = facts.stepOf(layer);
  return step === null || isCopy(step);
}

/** The highest directories that hold what a source tree's root holds. */
function buildRoots(files: readonly StoredFile[]): readonly ImagePath[] {
  const found = new Set(
    files.flatMap(({ path }) => {
      const directory = parentPath(path);
      return BUILD_FILES.test(baseName(path)) || SOURCES.test(path) ? [directory] : [];
    }),
  );
  for (const root of found)
    if (root === "" || (PLAIN_TOP.test(root) && SYSTEM_DIRECTORY.test(root))) found.delete(root);
  return [...found].filter((root) => ![...found].some((other) => other !== root && isWithin(root, other)));
}

function isWithin(path: ImagePath, directory: ImagePath): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function rootOf(path: ImagePath, roots: readonly ImagePath[]): ImagePath | null {
  return roots.find((root) => isWithin(path, root)) ?? null;
}

function isSource(path: ImagePath): boolean {
  const name = baseName(path);
  return SOURCES.test(name) || SOURCE_NAMES.test(name);
}

function workingDirectory({ ledger }: Facts): ImagePath {
  return trimBothEndsOf(ledger.image.description.config.run.workingDir ?? "/", "/");
}

/** Another program than the main one, and no copy of it as a build leaves them (`make && cp hello /usr/local/bin`). */
function isOtherProgram(facts: Facts, file: StoredFile, program: MainProgram): boolean {
  const elf = facts.needs.files.binaries.get(file.instance)?.facts;
  if (elf === undefined || elf.type === "relocatable" || elf.type === "core") return false;
  return !(file.bytes === program.file.bytes && baseName(file.path) === baseName(program.file.path));
}

/** OS packages that the image's own steps asked for by name, build tools aside. */
function askedFor(facts: Facts): string[] {
  const { packages, base } = facts.ledger.attribution;
  return [...packages.records.values()].flatMap(({ key, found, installed, layer }) => {
    if (!installed || layer < base.layers || found.explicit === false || !OS_ECOSYSTEMS.has(found.ecosystem)) return [];
    if (DATA_PACKAGES.test(found.name)) return [];
    const files = facts.ownedBy(key).filter(({ fate }) => fate === FATE.live);
    return files.some(({ path }) => PROGRAM.test(path)) && !isBuildTool(files) ? [found.name] : [];
  });
}

function isBuildTool(files: readonly StoredFile[]): boolean {
  return files.some(({ category }) => category === "build-toolchain" || category === "headers-static-libs");
}
